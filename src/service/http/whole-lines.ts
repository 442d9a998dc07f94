/** A stream as whole lines: what has arrived, without waiting for more, and no line longer than is good for memory. */
import { UnreadableInputError } from '#intake/lines';
import { ServiceError } from './errors.ts';

export interface LineLimits {
  readonly lineBytes: number;
  readonly totalBytes: number;
}

/** In place of a line that is too long, of which nothing is kept. */
export const TOO_LONG = Symbol('a line that is too long');

/** Whole lines with their line feeds; a line left out; or why there are no more. */
export type Piece = Buffer | typeof TOO_LONG | ServiceError;

const LINE_FEED = 10;

export const tooLarge = (most: number, what: string): ServiceError =>
  new ServiceError('CENR_BODY_TOO_LARGE', { detail: `${what} may have at most ${most} bytes.` });

/** Whole lines as they arrive, as many at a time as there are. A limit of the whole that is passed is the end of it. */
export async function* wholeLines(
  source: AsyncIterable<Buffer>,
  { lineBytes, totalBytes }: LineLimits,
): AsyncGenerator<Piece> {
  const lines = new Lines(lineBytes);
  let total = 0;
  try {
    for await (const chunk of source) {
      total += chunk.length;
      if (total > totalBytes) return void (yield tooLarge(totalBytes, 'A stream of evaluations'));
      yield* lines.add(chunk);
    }
  } catch (error) {
    if (!(error instanceof UnreadableInputError)) throw error;
    return void (yield new ServiceError('CENR_UPLOAD_UNREADABLE', { detail: error.message }));
  }
  yield* lines.end();
}

/** Puts lines together from pieces that follow each other. */
class Lines {
  readonly #most: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** The rest of a line that is too long is still to come. */
  #skipping = false;

  constructor(most: number) {
    this.#most = most;
  }

  *add(chunk: Buffer): Generator<Buffer | typeof TOO_LONG> {
    let start = 0;
    if (this.#skipping) {
      start = chunk.indexOf(LINE_FEED) + 1;
      if (start === 0) return;
      this.#skipping = false;
    }
    let behind = start;
    // Where no line can be too long, none is looked at.
    while (this.#restBytes + chunk.length - start > this.#most) {
      const end = chunk.indexOf(LINE_FEED, behind);
      const before = behind === start ? this.#restBytes : 0;
      if (before + (end < 0 ? chunk.length : end) - behind > this.#most) {
        if (before === 0) yield* this.#take(chunk.subarray(start, behind));
        this.#forget();
        yield TOO_LONG;
        if (end < 0) {
          this.#skipping = true;
          return;
        }
        start = end + 1;
      }
      if (end < 0) break;
      behind = end + 1;
    }
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    yield* this.#take(chunk.subarray(start, Math.max(start, end)));
    const left = chunk.subarray(Math.max(start, end));
    if (left.length === 0) return;
    this.#rest.push(left);
    this.#restBytes += left.length;
  }

  *end(): Generator<Buffer> {
    if (this.#restBytes > 0) yield Buffer.concat(this.#rest);
  }

  /** What is left over from before, and whole lines behind it. */
  *#take(lines: Buffer): Generator<Buffer> {
    if (lines.length === 0) return;
    if (this.#restBytes === 0) return void (yield lines);
    // Only the line that began before is put together: to copy all others costs time and memory.
    const end = lines.indexOf(LINE_FEED) + 1;
    const begun = Buffer.concat([...this.#rest, lines.subarray(0, end)]);
    this.#forget();
    yield begun;
    if (end < lines.length) yield lines.subarray(end);
  }

  #forget(): void {
    this.#rest = [];
    this.#restBytes = 0;
  }
}
