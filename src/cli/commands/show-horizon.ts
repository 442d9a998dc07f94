/** What `cenr horizon` does. */
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOutput, type Output, streamOutput } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import type { HorizonCounts } from '#extract/horizons/counts-shape';
import { HorizonMaker, type HorizonStudent, horizonNamed, horizonOf } from '#extract/horizons/horizon';
import { asCSV, asNDJSON, horizonHead, horizonWorkbook } from '#extract/horizons/horizon-list';
import { checkRequest } from '#extract/request';
import { csvLine } from '#intake/problem';
import { extractFromStore } from '#pipeline/from-store';
import { outputColumns, usualColumnSet } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Horizon } from '#rulebook/tree/nodes';
import { today } from '../clock.ts';
import { withReferencesOf } from '../inputs.ts';
import { manifestBeside } from '../manifest-beside.ts';
import { LOAD_MAKES_ONE, requireStore } from '../open-store.ts';
import { type RequestOptions, requestFrom } from '../options.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

export interface HorizonOptions extends Partial<RequestOptions> {
  readonly store?: string;
  readonly runDate?: string;
  readonly name?: string;
  readonly out?: string;
  readonly rules?: string;
  readonly columns?: string;
}

/** So many schools are shown on the terminal. */
const MOST_SHOWN = 20;

/**
 * Shows a horizon, as the options of `cenr horizon` say.
 * @throws UserError when there is no extract and no store, or the extract is not one of its columns
 */
export async function showHorizon(path: string | undefined, options: HorizonOptions): Promise<void> {
  if (path !== undefined) return fromExtract(path, options, await rulebookFrom(options));
  if (options.store === undefined)
    throw new UserError('name the file of an extract, or a store to make one of with --store DIR');
  requireStore(options.store, LOAD_MAKES_ONE);
  const rulebook = await withReferencesOf(await rulebookFrom(options), options.store);
  const request = requestFrom({ ...options, lea: options.lea ?? ['all'] });
  checkRequest(request, rulebook);
  const dir = mkdtempSync(join(tmpdir(), 'cenr-'));
  trackTempFile(dir);
  try {
    const [out, runDate] = [join(dir, 'cenr.txt'), options.runDate ?? today()];
    const columns = columnsFrom(rulebook, options.columns) ?? usualColumnSet(rulebook.schemas.output);
    await extractFromStore({ storeDir: options.store, rulebook, request, runDate, columns, out });
    await fromExtract(out, { ...options, runDate, columns }, rulebook);
  } finally {
    rmSync(dir, { recursive: true, force: true });
    untrackTempFile(dir);
  }
}

async function fromExtract(path: string, options: HorizonOptions, rulebook: Rulebook): Promise<void> {
  if (!existsSync(path)) throw new UserError(`there is no file "${path}"; cenr extract makes an extract`);
  if (options.out === path) throw new UserError(`--out names the extract itself, "${path}"; give another file`);
  const manifest = manifestBeside(path);
  const asOf = options.runDate ?? manifest?.runDate.replaceAll('-', '') ?? today();
  const { output } = rulebook.schemas;
  const columns = columnsFrom(rulebook, options.columns) ?? manifest?.columns ?? usualColumnSet(output);
  const horizon = horizonNamed(rulebook, options.name);
  const maker = new HorizonMaker(rulebook, horizon, columns, asOf);
  const list = options.out === undefined ? undefined : await listTo(options.out, horizon);
  try {
    const bytes = createReadStream(path, { highWaterMark: 1 << 20 });
    const counts = await horizonOf(maker, bytes, outputColumns(output, columns).length, list?.add);
    await list?.finish(counts);
    say(summaryLines(counts));
  } catch (error) {
    await list?.abandon();
    throw error;
  }
}

/** Where students go as they come: a workbook needs all of them, the other forms a line for each. */
async function listTo(out: string, horizon: Horizon) {
  const output: Output = out === '-' ? streamOutput(terminal.out) : await fileOutput(out);
  const name = out.toLowerCase();
  const isCSV = out === '-' || name.endsWith('.csv');
  const isWorkbook = name.endsWith('.xlsx');
  const students: HorizonStudent[] = [];
  return {
    add: (student: HorizonStudent): void => {
      students.push(student);
    },
    async finish(counts: HorizonCounts): Promise<void> {
      if (isWorkbook) await output.write(await horizonWorkbook(horizon, counts, students));
      else {
        if (isCSV) await output.write(csvLine(horizonHead(horizon)));
        for (const student of students) await output.write(isCSV ? asCSV(student) : asNDJSON(student, horizon));
      }
      await output.finish();
    },
    abandon: () => output.abandon(),
  };
}

function summaryLines({ says, asOf, rows, periods, by, cells, leaving, cannotTell }: HorizonCounts): string[] {
  const widest = Math.max(...periods.map(({ says: words }) => words.length));
  const schools = cells.filter(({ values }) => values.length === by.length - 1);
  const rest = schools.length - MOST_SHOWN;
  const head = [...by.slice(0, -1), ...periods.map(({ period }) => period)];
  const table = [
    head,
    ...schools.slice(0, MOST_SHOWN).map(({ values, students }) => [...values, ...students.map(grouped)]),
  ];
  const widths = head.map((_, i) => Math.max(...table.map((line) => (line[i] ?? '').length)));
  return [
    says,
    `as of ${asOf}, ${grouped(rows)} rows; each student counts once in a line`,
    ...periods.map(({ says: words, students }) => `  ${words.padEnd(widest)}  ${grouped(students)}`),
    '',
    ...table.map((line) => `  ${line.map((value, i) => value.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()),
    ...(rest > 0 ? [`  and ${grouped(rest)} more; --out FILE.xlsx has all of them, by grade`] : []),
    '',
    ...(leaving === undefined ? [] : [leaving]),
    ...cannotTell,
  ];
}
