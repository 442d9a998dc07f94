/** What `cenr grounds` does. */
import { fileOutput, type Output, streamOutput } from '#base/output';
import { counted, grouped } from '#base/text';
import { checkRequest } from '#extract/request';
import { csvLine } from '#intake/problem';
import { type Grounds, groundsInStore } from '#pipeline/grounds';
import { groundLines } from '#pipeline/grounds-list';
import { outputColumns, usualColumnSet } from '#records/layout';
import { today } from '../clock.ts';
import { withReferencesOf } from '../inputs.ts';
import { LOAD_MAKES_ONE, requireStore } from '../open-store.ts';
import { type RequestOptions, requestFrom } from '../options.ts';
import { rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

export interface GroundsOptions extends RequestOptions {
  readonly store: string;
  readonly runDate?: string;
  readonly out?: string;
  readonly rules?: string;
}

/**
 * Counts what is behind a value, as the options of `cenr grounds` say.
 * @throws UserError when there is no such field or store; RequestError
 */
export async function showGrounds(field: string, value: string, options: GroundsOptions): Promise<void> {
  const { store: storeDir, out } = options;
  requireStore(storeDir, LOAD_MAKES_ONE);
  const rulebook = await withReferencesOf(await rulebookFrom(options), storeDir);
  const request = requestFrom(options);
  checkRequest(request, rulebook);
  const runDate = options.runDate ?? today();
  const found = await groundsInStore({ storeDir, rulebook, request, runDate, field, value });
  if (out !== undefined) await writeOut(out, found);
  const { output } = rulebook.schemas;
  const name = outputColumns(output, usualColumnSet(output)).find(({ no }) => no === field)?.name ?? '';
  const shown = found.grounds.map(({ rule, codes, meanings, students, alone, rows }) => [
    [rule, ...codes, ...meanings].join(' '),
    counted(students, 'student'),
    `${grouped(alone)} by this alone`,
    counted(rows, 'row'),
  ]);
  const widths = [0, 1, 2].map((i) => Math.max(0, ...shown.map((line) => (line[i] as string).length)));
  say([
    `field ${field} ${name} is ${value === '' ? 'blank' : value}: ${counted(found.students, 'student')}, ${counted(found.rows, 'row')}`,
    ...shown.map((line) => `  ${line.map((part, i) => part.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()),
    'A student counts once, however many schools; one with several grounds counts in each.',
  ]);
}

async function writeOut(out: string, found: Grounds): Promise<void> {
  const output: Output = out === '-' ? streamOutput(terminal.out) : await fileOutput(out);
  try {
    await output.write(groundLines(found).map(csvLine).join(''));
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}
