/** Anomalies as a list of lines, one for each side, and counted. */
import { grouped } from '#base/text';
import { withDashes } from '#records/days';
import type { Anomaly, AnomalyCount } from '#store/anomalies';

export const ANOMALY_COLUMNS: readonly string[] = [
  ...['Anomaly', 'Kind', 'Code', 'State', 'What', 'Reporting LEA', 'School of Attendance', 'SSID', 'Local Student ID'],
  ...['Enrollment Start Date', 'Enrollment Exit Date', 'Student Exit Reason Code', 'Score', 'What to do'],
];

/** A line for each side; what is not shown to whoever asks is blank. */
export const anomalyRows = ({ id, kind, code, state, says, sides, scores }: Anomaly): string[][] =>
  sides.map(({ lea, school, ssid, localID, start, exit, exitReason, todo }) => [
    ...[id, kind, code, state, says, lea, school, ssid, localID],
    ...[start && withDashes(start), exit && withDashes(exit), exitReason],
    scores ? String(Math.max(...scores.map(({ score }) => score))) : '',
    todo,
  ]);

/** Counts as lines: by kind and LEA. One at two schools of an LEA counts for both. */
export function countLines(counts: readonly AnomalyCount[]): string[] {
  const sums = new Map<string, number>();
  for (const { kind, lea, count } of counts) {
    const key = `${kind}  LEA ${lea}`;
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums].map(([key, count]) => `  ${key}  ${grouped(count)}`);
}

export const COUNT_COLUMNS: readonly string[] = ['Kind', 'Reporting LEA', 'School of Attendance', 'State', 'Anomalies'];

export const countRows = (counts: readonly AnomalyCount[]): string[][] =>
  counts.map(({ kind, lea, school, state, count }) => [kind, lea, school, state, String(count)]);
