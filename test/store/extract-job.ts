/** Jobs that nobody makes. */
import type { ExtractJob } from '#store/extract-job';

/** An extract that was asked for. */
export const extractJob = (id: string, reportingLEAs: ExtractJob['reportingLEAs'] = 'all'): ExtractJob => ({
  id,
  request: { academicYear: '2023-2024' },
  reportingLEAs,
  runDate: '20240715',
  columns: '50',
  rulebookHash: 'cd',
  requestedAt: '2026-11-21T08:00:00.000Z',
  status: 'Pending',
  progress: 0,
});
