/** Anomalies as a list of lines, one for each side, and counted. */
import { grouped } from '#base/text';
import { withDashes } from '#records/days';
import type { LEAScope } from '#records/scope';
import type { Anomaly, AnomalyCount, AnomalyFilter, AnomalyScore, AnomalyTable } from '#store/anomalies';

export const ANOMALY_COLUMNS: readonly string[] = [
  ...['Anomaly', 'Kind', 'Code', 'State', 'What', 'Reporting LEA', 'School of Attendance', 'SSID', 'Local Student ID'],
  ...['Enrollment Start Date', 'Enrollment Exit Date', 'Student Exit Reason Code', 'Score', 'What to do'],
];

/** So many are read at a time. */
const PAGE = 1_000;

/** Every anomaly that a filter lets through, in ascending order of id; few are held at a time. */
export async function* everyAnomaly(
  anomalies: AnomalyTable,
  scope: LEAScope,
  filter: AnomalyFilter,
): AsyncGenerator<Anomaly> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: readonly Anomaly[] = await anomalies.list(scope, { ...filter, after, limit: PAGE });
    yield* page;
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  }
}

/** The greatest score of a set of numbers. */
export const bestOf = (scores: readonly AnomalyScore[]): number =>
  scores.reduce((best, { score }) => Math.max(best, score), 0);

/** A line for each side; what is not shown to whoever asks is blank. */
export const anomalyRows = ({ id, kind, code, state, says, sides, scores }: Anomaly): string[][] =>
  sides.map(({ lea, school, ssid, localID, start, exit, exitReason, todo }) => [
    ...[id, kind, code, state, says, lea, school, ssid, localID],
    ...[start && withDashes(start), exit && withDashes(exit), exitReason],
    scores ? String(bestOf(scores)) : '',
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
