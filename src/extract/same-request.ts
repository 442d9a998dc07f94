/** Whether two requests ask for the same. */
import type { ExtractRequest } from './request.ts';

const LISTS = ['schools', 'grades', 'statuses'] as const;
const DAYS = ['asOf', 'from', 'through'] as const;

/** The same LEAs, days, schools, grades and statuses, in whatever order and however days are written. */
export const isSameRequest = (a: ExtractRequest, b: ExtractRequest): boolean => normal(a) === normal(b);

function normal(request: ExtractRequest): string {
  const sorted = (codes: readonly string[] = []): readonly string[] => [...new Set(codes)].sort();
  const { reportingLEAs, academicYear = '', adjusted = false } = request;
  return JSON.stringify([
    reportingLEAs === 'all' ? 'all' : sorted(reportingLEAs),
    academicYear,
    adjusted,
    ...DAYS.map((day) => (request[day] ?? '').replaceAll('-', '')),
    ...LISTS.map((list) => sorted(request[list])),
  ]);
}
