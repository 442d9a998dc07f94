/** What `cenr diff` does. */
import { createReadStream, existsSync } from 'node:fs';
import { basename } from 'node:path';
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
import { manifestBeside } from '../manifest-beside.ts';
import { MANIFEST_ENDING } from '../options.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

export interface DiffOptions {
  readonly out?: string;
  readonly rules?: string;
  readonly store?: string;
  readonly columns?: string;
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
  const rulebook = rulebookFrom(options);
  const [old, now] = [before, after].map((named) => extractAt(named, rulebook, options.columns)) as [
    NamedExtract,
    NamedExtract,
  ];
  if ([old.path, now.path].includes(options.out ?? ''))
    throw new UserError(`--out names one of the extracts, "${options.out}"; give another file`);
  const columns: DifferingColumns = {
    before: old.columns,
    after: now.columns,
    keys: keyColumns(now.columns, rulebook).map((place) => now.columns[place] as OutputColumn),
  };
  const list = options.out === undefined ? undefined : await listTo(options.out, columns);
  try {
    const counter = new DifferenceCounter();
    const differences = rowDifferences(old, now, rulebook);
    let next = await differences.next();
    for (; !next.done; next = await differences.next()) {
      counter.add(next.value);
      await list?.write(next.value);
    }
    await list?.finish();
    say(summaryLines(next.value, counter.counts, now.columns, old.manifest, now.manifest));
  } catch (error) {
    await list?.abandon();
    throw error;
  }
}

function extractAt(named: string, rulebook: Rulebook, columnSet: string | undefined): NamedExtract {
  const path = named.endsWith(MANIFEST_ENDING) ? named.slice(0, -MANIFEST_ENDING.length) : named;
  if (!existsSync(path)) throw new UserError(`there is no file "${path}"; cenr extract makes an extract`);
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
    async write(difference: RowDifference): Promise<void> {
      gathered += form.lines(shownDifference(difference, columns));
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
