/** The first place where an extract that is made anew differs from a file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { measuringOutput, type Output, type Written } from '#base/output';

const LINE_FEED = 10;
const CARET = 94;

/**
 * Where two extracts part, counted from 1: a row that has another value in a column, or a row that only one of them
 * has.
 */
export type FirstDifference =
  | { readonly kind: 'value'; readonly row: number; readonly column: number }
  | { readonly kind: 'missing'; readonly row: number }
  | { readonly kind: 'more'; readonly row: number };

export interface ComparingOutput extends Output {
  /**
   * What was found when everything was written; `missing` says that the file ends before that row, `more` that it goes
   * on with it.
   */
  difference(): FirstDifference | undefined;
}

/**
 * Compares what is written with a file, and keeps nothing.
 * @throws Error when the file cannot be read
 */
export async function comparingOutput(path: string): Promise<ComparingOutput> {
  const file = await open(path);
  const measured = measuringOutput();
  let at = 0;
  let rows = 0;
  /** Carets since the last end of a line. */
  let carets = 0;
  let found: FirstDifference | undefined;

  const read = async (length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    let filled = 0;
    for (let more = 1; filled < length && more > 0; filled += more)
      more = (await file.read(bytes, filled, length - filled, at + filled)).bytesRead;
    return bytes.subarray(0, filled);
  };
  const goBy = (bytes: Uint8Array): void => {
    for (const byte of bytes)
      if (byte === LINE_FEED) {
        rows++;
        carets = 0;
      } else if (byte === CARET) carets++;
  };

  return {
    async write(written) {
      await measured.write(written);
      if (found) return;
      const expected = typeof written === 'string' ? Buffer.from(written) : written;
      const there = await read(expected.length);
      let same = there.length;
      if (Buffer.compare(there, expected.subarray(0, same)) !== 0)
        same = there.findIndex((byte, i) => byte !== expected[i]);
      goBy(expected.subarray(0, same));
      at += same;
      if (same < there.length) found = { kind: 'value', row: rows + 1, column: carets + 1 };
      else if (there.length < expected.length) found = { kind: 'missing', row: rows + 1 };
    },
    async finish() {
      if (!found && (await read(1)).length > 0) found = { kind: 'more', row: rows + 1 };
      await file.close();
      return measured.finish();
    },
    abandon: () => file.close().catch(() => {}),
    difference: () => found,
  };
}

/**
 * Length and SHA-256 of a file as it is.
 * @throws Error when it cannot be read
 */
export async function measuredFile(path: string): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
