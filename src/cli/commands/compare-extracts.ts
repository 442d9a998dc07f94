/** What `cenr diff` does. */
import { createReadStream, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { madeOtherwise } from '#audit/made-otherwise';
import type { Manifest } from '#audit/manifest';
import { fileOutput, type Output, streamOutput } from '#base/output';
import { counted, grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { asCSV, asNDJSON, type DifferingColumns, shownDifference } from '#extract/difference-list';
import { keyColumns } from '#extract/file-rows';
import {
  type ComparedExtract,
  type ComparedRows,
  DifferenceCounter,
  type DifferenceCounts,
  type RowDifference,
  rowDifferences,
} from '#extract/row-differences';
import { type OutputColumn, outputColumns, usualColumnSet } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { manifestBeside, ROWS_ENDING } from '../manifest-beside.ts';
import { MANIFEST_ENDING, type ReplacementsOption } from '../options.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { type OpenReasons, openReasons } from './extract-reasons.ts';

export interface DiffOptions extends ReplacementsOption {
  readonly out?: string;
  readonly rules?: string;
  readonly store?: string;
  readonly columns?: string;
  /** Files that the earlier extract was made from, and the later one. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly versions?: readonly string[];
}

interface NamedExtract extends ComparedExtract {
  readonly path: string;
  readonly manifest: Manifest | undefined;
}

/**
 * Compares two extracts, as the options of `cenr diff` say.
 * @throws UserError when there is no such extract, or one is not an extract with its columns
 */
export async function compareExtracts(before: string, after: string, options: DiffOptions): Promise<void> {
  const rulebook = await rulebookFrom(options);
  const [old, now] = [before, after].map((named) => extractAt(named, rulebook, options)) as [
    NamedExtract,
    NamedExtract,
  ];
  if ([old.path, now.path].includes(options.out ?? ''))
    throw new UserError(`--out names one of the extracts, "${options.out}"; give another file`);
  const given = { ...options, recordsBefore: options.before, recordsAfter: options.after };
  const reasons = old.manifest && now.manifest ? await openReasons(old.manifest, now.manifest, given) : undefined;
  const finder = typeof reasons === 'object' ? reasons.finder : undefined;
  const columns: DifferingColumns = {
    before: old.columns,
    after: now.columns,
    keys: keyColumns(now.columns, rulebook).map((place) => now.columns[place] as OutputColumn),
    hasReasons: finder !== undefined,
  };
  const list = options.out === undefined ? undefined : await listTo(options.out, columns);
  try {
    const counter = new DifferenceCounter();
    const differences = students(rowDifferences(old, now, rulebook));
    let next = await differences.next();
    for (; !next.done; next = await differences.next()) {
      const student = next.value;
      const found = await finder?.of((student[0] as RowDifference).ssid, student);
      for (const [i, difference] of student.entries()) {
        counter.add(difference);
        await list?.write(difference, found?.[i]?.sentence);
      }
    }
    await list?.finish();
    say([
      ...summaryLines(next.value, counter.counts, now.columns, old.manifest, now.manifest),
      ...reasonLines(reasons),
    ]);
  } catch (error) {
    await list?.abandon();
    throw error;
  } finally {
    if (typeof reasons === 'object') await reasons.close();
  }
}

/** The differences of one student after the other. */
async function* students(
  differences: AsyncGenerator<RowDifference, ComparedRows>,
): AsyncGenerator<readonly RowDifference[], ComparedRows> {
  let student: RowDifference[] = [];
  let next = await differences.next();
  for (; !next.done; next = await differences.next()) {
    if (student[0] && student[0].ssid !== next.value.ssid) {
      yield student;
      student = [];
    }
    student.push(next.value);
  }
  if (student.length > 0) yield student;
  return next.value;
}

function reasonLines(reasons: OpenReasons | string | undefined): string[] {
  if (reasons === undefined) return [];
  if (typeof reasons === 'string') return [`Why rows differ is not known: ${reasons}`];
  const lines = reasons.finder.countLines();
  return lines.length === 0
    ? []
    : ['why rows differ, each evaluated with what changed and without:', ...lines.map((line) => `  ${line}`)];
}

/** The folder of a store with the extracts of its service. */
const EXTRACTS = 'extracts';

/** @param named a text file, a manifest, or the id of an extract that the service of a store made */
function extractAt(named: string, rulebook: Rulebook, { columns: columnSet, store }: DiffOptions): NamedExtract {
  const given = named.endsWith(MANIFEST_ENDING) ? named.slice(0, -MANIFEST_ENDING.length) : named;
  const places = [given, given + ROWS_ENDING];
  if (store !== undefined && basename(named) === named) places.push(join(store, EXTRACTS, named + ROWS_ENDING));
  const path = places.find((place) => existsSync(place));
  if (path === undefined) throw new UserError(`there is no file "${given}"; cenr extract makes an extract`);
  const manifest = manifestBeside(path);
  const set = manifest?.columns ?? columnsFrom(rulebook, columnSet) ?? usualColumnSet(rulebook.schemas.output);
  return {
    name: basename(path),
    path,
    manifest,
    bytes: createReadStream(path, { highWaterMark: 1 << 20 }),
    columns: outputColumns(rulebook.schemas.output, set),
  };
}

const GATHERED = 1 << 16;

async function listTo(out: string, columns: DifferingColumns) {
  const form = out === '-' || out.toLowerCase().endsWith('.csv') ? asCSV : asNDJSON;
  const output: Output = out === '-' ? streamOutput(terminal.out) : await fileOutput(out);
  let gathered = form.head(columns);
  const flush = async (): Promise<void> => {
    await output.write(gathered);
    gathered = '';
  };
  return {
    async write(difference: RowDifference, reason?: string): Promise<void> {
      gathered += form.lines(shownDifference(difference, columns, reason), columns);
      if (gathered.length > GATHERED) await flush();
    },
    async finish(): Promise<void> {
      await flush();
      await output.finish();
    },
    abandon: () => output.abandon(),
  };
}

function summaryLines(
  { before, after }: ComparedRows,
  counts: DifferenceCounts,
  columns: readonly OutputColumn[],
  then: Manifest | undefined,
  now: Manifest | undefined,
): string[] {
  const students = (n: number): string => (n === 0 ? '' : `, of ${counted(n, 'student')} without another row`);
  const fields = columns.flatMap(({ no, name }) => {
    const rows = counts.byField.get(no);
    return rows === undefined ? [] : [`  ${no} ${name}: ${grouped(rows)}`];
  });
  const otherwise = then && now ? madeOtherwise(then, now).map(({ sentence }) => sentence) : [NO_MANIFESTS];
  return [
    `rows          ${grouped(before)} before, ${grouped(after)} after`,
    `  new         ${grouped(counts.new)}${students(counts.newStudents)}`,
    `  gone        ${grouped(counts.gone)}${students(counts.goneStudents)}`,
    `  changed     ${grouped(counts.changed)}${fields.length > 0 ? ', by field:' : ''}`,
    ...fields.map((line) => `  ${line}`),
    ...(otherwise.length > 0 ? otherwise : ['Both were made from the same records, rules, request and run date.']),
  ];
}

const NO_MANIFESTS = 'Without the manifests of both, nobody can tell what else is not the same.';
