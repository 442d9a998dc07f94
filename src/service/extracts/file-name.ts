/** What a downloaded file of an extract is called: a person sees whose it is, of which days, and when it was made. */
import type { ExtractJob } from '#store/extract-job';

const MOST_LEAS = 3;
/** The file gets the ending of its form in any case. */
const ENDING = /\.(?:txt|csv|xlsx|parquet)$/i;

/** `CENR_9900001_2023-2024_20240715`, or the name that it was given; to be followed by an ending. */
export function extractName({
  name,
  reportingLEAs,
  request,
  runDate,
}: Pick<ExtractJob, 'name' | 'reportingLEAs' | 'request' | 'runDate'>): string {
  if (name !== undefined) return name.replace(ENDING, '').replaceAll(/[^\w .()-]/g, '');
  const leas =
    reportingLEAs === 'all'
      ? 'all'
      : reportingLEAs.length > MOST_LEAS
        ? `${reportingLEAs[0]}-and-${reportingLEAs.length - 1}-more`
        : reportingLEAs.join('-');
  const { academicYear, adjusted, asOf, from, through } = request as Readonly<Record<string, string | boolean>>;
  const days =
    academicYear !== undefined
      ? `${academicYear}${adjusted ? '-adjusted' : ''}`
      : asOf !== undefined
        ? `as-of-${plain(asOf)}`
        : `${plain(from)}-${plain(through)}`;
  // Codes and days were checked, but a header takes nothing on trust.
  return `CENR_${leas}_${days}_${runDate}`.replaceAll(/[^\w-]/g, '');
}

const plain = (day: unknown): string => String(day).replaceAll('-', '');
