/** What is sent, as uploads take it: packed with gzip or not, with a byte order mark or without. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import { type Encoding, textOf, UnreadableInputError } from '#intake/lines';
import { ServiceError } from './errors.ts';

const GZIP = [0x1f, 0x8b];
const BOM = [0xef, 0xbb, 0xbf];

const begins = (bytes: Uint8Array, mark: readonly number[]): boolean => mark.every((byte, i) => bytes[i] === byte);

const damaged = (): UnreadableInputError =>
  new UnreadableInputError('The body begins like a gzip file, but cannot be decompressed; send it again.');

/**
 * The text of a stream as it comes, as UTF-8, unpacked and without its mark. Gzip is recognized by its first bytes.
 * @throws UnreadableInputError while it is read
 */
export async function* plainBytes(source: Readable, encoding: Encoding = 'utf-8'): AsyncGenerator<Buffer> {
  // Destroying a request destroys the connection, on which a refusal is still to be sent.
  const sent = joinedStart(source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>, GZIP.length);
  const first = await sent.next();
  if (first.done) return;
  const whole = withFirst(first.value, sent);
  let isFirst = true;
  for await (const chunk of joinedStart(begins(first.value, GZIP) ? unpacked(whole) : whole, BOM.length)) {
    const bytes = isFirst && begins(chunk, BOM) ? chunk.subarray(BOM.length) : chunk;
    // Of an encoding with a byte for each character, every piece is whole.
    yield encoding === 'utf-8' ? bytes : Buffer.from(textOf(bytes, encoding));
    isFirst = false;
  }
}

async function* withFirst(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** The same bytes; the first piece has at least so many of them, if there are that many. */
async function* joinedStart(pieces: AsyncIterable<Buffer>, least: number): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (!start) {
      yield piece;
      continue;
    }
    start = Buffer.concat([start, piece]);
    if (start.length < least) continue;
    yield start;
    start = undefined;
  }
  if (start && start.length > 0) yield start;
}

async function* unpacked(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // What fails on the way is thrown where it is read.
  const gunzip = pipeline(Readable.from(bytes, { objectMode: false }), createGunzip(), () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code?.startsWith('Z_') ? damaged() : error;
  }
}

/**
 * The text of a body that came as a whole.
 * @param most bytes, unpacked
 * @throws ServiceError CENR_BODY_TOO_LARGE, UnreadableInputError
 */
export function plainText(body: Buffer, most: number, encoding: Encoding = 'utf-8'): string {
  const bytes = begins(body, GZIP) ? gunzipped(body, most) : body;
  return textOf(begins(bytes, BOM) ? bytes.subarray(BOM.length) : bytes, encoding);
}

function gunzipped(body: Buffer, most: number): Buffer {
  try {
    return gunzipSync(body, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ServiceError('CENR_BODY_TOO_LARGE', {
        detail: `A JSON body may have at most ${most} bytes, decompressed.`,
      });
    throw damaged();
  }
}
