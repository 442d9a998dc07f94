/** Anomalies as a list of lines, one for each side, and counted. */
import { grouped } from '#base/text';
import { dashed } from '#records/days';
import type { Anomaly, AnomalyCount } from '#store/anomalies';

export const ANOMALY_COLUMNS: readonly string[] = [
  ...['Anomaly', 'Kind', 'Code', 'State', 'What', 'Reporting LEA', 'School of Attendance', 'SSID', 'Local Student ID'],
  ...['Enrollment Start Date', 'Enrollment Exit Date', 'Student Exit Reason Code', 'Score', 'What to do'],
];

/** A line for each side; what is not shown to whoever asks is blank. */
export const anomalyRows = ({ id, kind, code, state, says, sides, scores }: Anomaly): string[][] =>
  sides.map(({ lea, school, ssid, localID, start, exit, exitReason, todo }) => [
    ...[id, kind, code, state, says, lea, school, ssid, localID],
    ...[start && dashed(start), exit && dashed(exit), exitReason],
    scores ? String(Math.max(...scores.map(({ score }) => score))) : '',
    todo,
  ]);

/** Counts by kind, LEA and school, as lines. */
export const countLines = (counts: readonly AnomalyCount[]): string[] =>
  counts.map(({ kind, lea, school, count }) => `  ${kind}  LEA ${lea}  school ${school}  ${grouped(count)}`);
