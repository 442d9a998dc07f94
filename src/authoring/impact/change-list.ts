/**
 * The full list of changes as NDJSON, CSV (RFC 4180) or a workbook: written as the changes come, never held as a whole.
 */
import { PassThrough } from 'node:stream';
import { fileOutput, type Output } from '#base/output';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { MOST_LINES_OF_SHEET, workbookLibrary } from '#base/workbook-library';
import { csvLine } from '#intake/problem';
import type { Change } from './report.ts';

export const LIST_FORMATS = ['ndjson', 'csv', 'xlsx'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** The format that the ending of a name stands for; `undefined` for another ending. */
export const listFormatOf = (path: string): ListFormat | undefined =>
  LIST_FORMATS.find((format) => path.endsWith(`.${format}`));

export interface ChangeList {
  write(changes: readonly Change[]): Promise<void>;
  /** Makes the file appear under its name. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/**
 * @param rowKey keys of the columns that tell rows apart: the first columns behind the kind of change
 * @throws Error when the folder does not exist or cannot be written
 */
export async function changeList(
  out: string | Output,
  format: ListFormat,
  rowKey: readonly string[],
): Promise<ChangeList> {
  const output = typeof out === 'string' ? await fileOutput(out) : out;
  if (format === 'xlsx') return workbook(output, rowKey);
  if (format === 'csv') await output.write(csvLine(headOf(rowKey)));
  const line =
    format === 'csv'
      ? (change: Change) => csvLine(cellsOf(change, rowKey))
      : (change: Change) => `${JSON.stringify(plain(change))}\n`;
  return {
    write: (changes) => output.write(changes.map(line).join('')),
    finish: async () => void (await output.finish()),
    abandon: () => output.abandon(),
  };
}

/** Without what belongs to a sample only. */
const plain = ({
  change,
  row,
  field,
  name,
  old,
  new: now,
  ruleBefore,
  ruleNow,
  because,
  sentence,
}: Change): Change => ({
  change,
  row,
  field,
  name,
  old,
  new: now,
  ruleBefore,
  ruleNow,
  because,
  sentence,
});

const headOf = (rowKey: readonly string[]): string[] => [
  'change',
  ...rowKey,
  'field',
  'name',
  'old',
  'new',
  'ruleBefore',
  'ruleNow',
  'because',
  'sentence',
];

const cellsOf = (
  { change, row, field, name, old, new: now, ruleBefore, ruleNow, because, sentence }: Change,
  rowKey: readonly string[],
): string[] => [
  change,
  ...rowKey.map((key) => row[key] ?? ''),
  field,
  name,
  old ?? '',
  now ?? '',
  ruleBefore,
  ruleNow,
  because.join('; '),
  sentence,
];

/** Every cell is a text, so that nothing in it is taken for a formula, a number or a day. */
function workbook(output: Output, rowKey: readonly string[]): ChangeList {
  const rows = new PassThrough({ objectMode: true, highWaterMark: 256 });
  let lines = 1;
  const writing = (async () => {
    const { writeXlsxStream } = await workbookLibrary();
    const bytes = writeXlsxStream(rows as AsyncIterable<string[]>, {
      name: 'Changes',
      columns: headOf(rowKey).map((header) => ({ header })),
      freezePane: { rows: 1 },
    });
    for await (const chunk of bytes) await output.write(chunk);
  })();
  // It is awaited whenever there is something to wait for.
  writing.catch((error: Error) => rows.destroy(error));
  return {
    async write(changes) {
      lines += changes.length;
      if (lines > MOST_LINES_OF_SHEET)
        throw new TooManyChangesError(
          `there are more changes than a sheet can have (${grouped(MOST_LINES_OF_SHEET - 1)}); write them as .csv or .ndjson`,
        );
      for (const change of changes)
        if (!rows.write(cellsOf(change, rowKey))) await Promise.race([drained(rows), writing]);
    },
    async finish() {
      rows.end();
      await writing;
      await output.finish();
    },
    async abandon() {
      rows.destroy();
      await writing.catch(() => {});
      await output.abandon();
    },
  };
}

const drained = (stream: PassThrough): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.once('drain', resolve);
    stream.once('error', reject);
    stream.once('close', resolve);
  });

/** A workbook cannot hold all changes; the message says what to do. */
export class TooManyChangesError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = 'TooManyChangesError';
  }
}
