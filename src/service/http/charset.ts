/** The charset of a body, as its Content-Type names it. */
import { Transform } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { type Encoding, textOf } from '#intake/lines';
import { ServiceError } from './errors.ts';

/**
 * Names of the two encodings that are understood. Whoever says ISO 8859-1 means Windows-1252, as in web pages; ASCII is
 * UTF-8.
 */
const ENCODING_OF: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
};

/**
 * The encoding that the Content-Type names; `undefined` when it names none.
 * @throws ServiceError CENR_MEDIA_TYPE_UNSUPPORTED for one that is not understood
 */
export function charsetOf({ headers }: Pick<FastifyRequest, 'headers'>): Encoding | undefined {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset === undefined) return undefined;
  const encoding = ENCODING_OF[charset.toLowerCase()];
  if (encoding) return encoding;
  throw new ServiceError('CENR_MEDIA_TYPE_UNSUPPORTED', {
    detail: `Found the charset "${charset.slice(0, 40)}" in the Content-Type, expected utf-8 or windows-1252.`,
  });
}

/** Text as UTF-8 that comes in an encoding of one byte a character. */
export const asUTF8 = (encoding: 'windows-1252'): Transform =>
  new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, Buffer.from(textOf(chunk, encoding))) });
