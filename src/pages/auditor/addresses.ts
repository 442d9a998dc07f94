/** Where a student and a row of an extract have their pages. */
import type { ShownRow } from '../coordinator/shown.ts';

/** What tells a row from the others. */
export type RowOf = Pick<ShownRow, 'ssid' | 'reportingLEA' | 'school' | 'grade'>;

export const rowPath = (extract: string, { ssid, school, grade }: RowOf): string =>
  `/extracts/${extract}/rows/${[ssid, school, grade].map(encodeURIComponent).join('/')}`;

export const rowAddress = (extract: string, row: RowOf): string =>
  `${rowPath(extract, row)}?${new URLSearchParams({ reportingLEA: row.reportingLEA }).toString()}`;

export const studentAddress = (extract: string, ssid: string): string =>
  `/extracts/${extract}/students/${encodeURIComponent(ssid)}`;

/** Where the access log is searched. */
export const LOG_PATH = '/access-log';
