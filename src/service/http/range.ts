/** The header Range (RFC 9110): a part of a file, for whoever lost the connection half way. */
import { ServiceError } from './errors.ts';

export interface Range {
  /** First and last byte, from 0. */
  readonly start: number;
  readonly end: number;
}

/**
 * The part that is asked for; `undefined` where all of it is to be sent: without the header, for several parts at once or
 * another unit, and when the file is another than that of If-Range.
 * @param tag with its quotation marks
 * @throws ServiceError CENR_RANGE_UNSATISFIABLE
 */
export function rangeOf(
  range: string | undefined,
  ifRange: string | string[] | undefined,
  tag: string,
  size: number,
): Range | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range?.replaceAll(' ', '') ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (ifRange !== undefined && ifRange !== tag) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start <= end) return { start, end };
  throw new ServiceError('CENR_RANGE_UNSATISFIABLE', {
    detail: `The file has ${size} bytes.`,
    headers: { 'content-range': `bytes */${size}` },
  });
}
