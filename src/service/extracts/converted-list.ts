/** The list of changes of an impact report, kept as NDJSON, in another form: read, turned and sent line by line. */
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { changeList, type ListFormat } from '#authoring/impact/change-list';
import type { Change } from '#authoring/impact/report';
import type { Output } from '#base/output';

/** A sheet has 1,048,576 lines, the head included. */
export const MOST_IN_A_SHEET = 1_048_575;
const LINES_AT_ONCE = 500;

/**
 * @param lines NDJSON; ended when nobody reads the outcome any more
 * @param rowKey keys of the columns that tell rows apart
 */
export function convertedList(lines: Readable, format: ListFormat, rowKey: readonly string[]): Readable {
  const out = new PassThrough();
  out.on('close', () => lines.destroy());
  convert(lines, outputTo(out), format, rowKey).catch((error: Error) => out.destroy(error));
  return out;
}

async function convert(lines: Readable, output: Output, format: ListFormat, rowKey: readonly string[]): Promise<void> {
  const list = await changeList(output, format, rowKey);
  for await (const texts of linesAtOnce(lines)) await list.write(texts.map((text) => JSON.parse(text) as Change));
  await list.finish();
}

/** Only a line feed ends a line: a value may hold what other readers take for an end. */
async function* linesAtOnce(stream: Readable): AsyncGenerator<readonly string[]> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (let i = 0; i < lines.length; i += LINES_AT_ONCE) yield lines.slice(i, i + LINES_AT_ONCE);
  }
}

/** Waits for whoever reads. */
function outputTo(stream: PassThrough): Output {
  const closed = once(stream, 'close').then(() => {
    throw new Error('the caller has stopped reading the answer');
  });
  closed.catch(() => {});
  return {
    async write(bytes) {
      if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), closed]);
    },
    async finish() {
      stream.end();
      return { bytes: 0, sha256: '' };
    },
    abandon: async () => void stream.destroy(),
  };
}
