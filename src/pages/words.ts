/** Numbers, days and moments as people write them. */
import { grouped, spaced } from '#base/text';
import type { ExtractRequest } from '#extract/request';
import { withDashes } from '#records/days';

/** `1,234` */
export const number = (n: number): string => grouped(n);

/** `2026-11-28`, from CCYYMMDD or a moment. */
export const day = (text: string): string => (/^\d{8}$/.test(text) ? withDashes(text) : text.slice(0, 10));

/** `2026-11-28 10:15`, UTC, from ISO 8601. */
export const moment = (text: string): string => `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;

/** `12.3 MB` */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `juvenile court`, from the name of the rule `juvenileCourt`. */
export const ruleWords = spaced;

/** What a request asks for, in the words of the portal. */
export function requestWords(request: ExtractRequest): string {
  const { academicYear, adjusted, asOf, from = '', through = '' } = request;
  if (academicYear !== undefined) return `Academic Year ${academicYear}${adjusted ? ', adjusted' : ''}`;
  return asOf === undefined ? `Date Range ${day(from)} to ${day(through)}` : `As-of Date ${day(asOf)}`;
}

/** Whose rows a request asks for. */
export function scopeWords({ reportingLEAs, schools = [], grades = [] }: ExtractRequest): string {
  const of = (what: string, codes: readonly string[]): string =>
    codes.length === 0 ? `all ${what}s` : `${what}${codes.length > 1 ? 's' : ''} ${codes.join(', ')}`;
  const leas = reportingLEAs === 'all' ? 'all LEAs' : of('LEA', reportingLEAs);
  return `${leas}, ${of('school', schools)}, ${of('grade', grades)}`;
}
