/** The SSID extract: who is enrolled on a day, with the number that is in use. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { rowsIn } from '#extract/file-rows';
import type { FormColumn, Rows } from '#extract/forms/columns';
import { listColumns } from '#extract/forms/list';
import { reportNamed } from '#extract/reports/report';
import { columnSetFor, type ExtractRequest } from '#extract/request';
import { outputColumns } from '#records/layout';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { extractFromStore } from './from-store.ts';

/** The report of the rules that lists its columns. */
const REPORT = 'ssidExtract';
const SSID = 'ssid';

export interface SSIDExtractOptions {
  readonly storeDir: string;
  readonly snapshot?: number | undefined;
  readonly rulebook: Rulebook;
  readonly reportingLEAs: LEAScope;
  /** CCYYMMDD, both: who is enrolled on it, and the day it is made. */
  readonly asOf: string;
  readonly runDate: string;
  readonly replacements: ReadonlyMap<string, string>;
  /** Only for this work; whoever gives it removes it. */
  readonly temporaryDir: string;
  readonly signal?: AbortSignal | undefined;
  /** As of an extract. */
  readonly workers?: number | undefined;
}

export interface SSIDExtract {
  readonly columns: readonly FormColumn[];
  readonly rows: Rows;
  /** What was asked, and the SHA-256 of the extract that the rows are from. */
  readonly request: ExtractRequest;
  readonly sha256: string;
  readonly count: number;
}

/**
 * Makes the extract of those enrolled on a day and takes the columns of the SSID extract from it. Rows are read as they
 * are asked for.
 * @throws RequestError; UserError when the rules do not declare the report
 */
export async function ssidExtract(options: SSIDExtractOptions): Promise<SSIDExtract> {
  const { rulebook, reportingLEAs, asOf, replacements, temporaryDir } = options;
  const report = reportNamed(rulebook, REPORT);
  const request: ExtractRequest = { reportingLEAs, asOf };
  const columnSet = columnSetFor(request, rulebook);
  const path = join(temporaryDir, 'enrolled.txt');
  const made = await extractFromStore({
    ...{
      storeDir: options.storeDir,
      snapshot: options.snapshot,
      rulebook,
      signal: options.signal,
      workers: options.workers,
    },
    ...{ request, runDate: options.runDate, columns: columnSet, out: path },
  });
  const inFile = outputColumns(rulebook.schemas.output, columnSet);
  const places = report.columns.map(({ column }) => inFile.indexOf(column));
  const number = report.columns.findIndex(({ column }) => column.copyOf === SSID);
  const row = (values: readonly string[]): readonly string[] => {
    const listed = places.map((place) => values[place] as string);
    const active = replacements.get(listed[number] as string);
    return active === undefined ? listed : listed.with(number, active);
  };
  return {
    columns: listColumns(
      report.columns.map(({ name, column: { type, max } }) => ({ name, isDay: type === 'DT', max })),
    ),
    rows: rowsOf(path, inFile.length, row),
    ...{ request, sha256: made.sha256, count: made.rows },
  };
}

async function* rowsOf(
  path: string,
  columns: number,
  row: (values: readonly string[]) => readonly string[],
): AsyncGenerator<readonly (readonly string[])[]> {
  for await (const some of rowsIn(createReadStream(path), columns)) yield some.map(row);
}
