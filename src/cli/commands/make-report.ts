/** What `cenr report` does. */
import { createReadStream, existsSync } from 'node:fs';
import { fileOutput, streamOutput } from '#base/output';
import { counted, grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { ReportMaker, reportNamed } from '#extract/reports/report';
import { reportText } from '#extract/reports/report-file';
import { usualColumnSet } from '#records/layout';
import { manifestBeside } from '../manifest-beside.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

export interface ReportOptions {
  readonly out: string;
  readonly rules?: string;
  readonly store?: string;
  readonly columns?: string;
}

/**
 * Makes a report from an extract, as the options of `cenr report` say.
 * @throws UserError when there is no such report or extract, or the extract is not one of this column set
 */
export async function makeReport(name: string, extract: string, options: ReportOptions): Promise<void> {
  if (!existsSync(extract)) throw new UserError(`there is no file "${extract}"; cenr extract makes an extract`);
  if (options.out === extract) throw new UserError(`--out names the extract itself, "${extract}"; give another file`);
  const rulebook = await rulebookFrom(options);
  const report = reportNamed(rulebook, name);
  const columns =
    columnsFrom(rulebook, options.columns) ??
    manifestBeside(extract)?.columns ??
    usualColumnSet(rulebook.schemas.output);
  const maker = new ReportMaker(rulebook, report, columns);
  const output = options.out === '-' ? streamOutput(terminal.out) : await fileOutput(options.out);
  try {
    const text = reportText(maker, createReadStream(extract, { highWaterMark: 1 << 20 }));
    let next = await text.next();
    for (; !next.done; next = await text.next()) await output.write(next.value);
    const { sha256 } = await output.finish();
    const { rows, counted: taken, hidden } = next.value;
    say([
      `rows          ${grouped(taken)} of ${grouped(rows)}`,
      ...(hidden === undefined
        ? []
        : [`not shown     ${counted(hidden, 'cell')}: the small ones, and those that would tell them`]),
      `SHA-256       ${sha256}`,
    ]);
  } catch (error) {
    await output.abandon();
    throw error;
  }
}
