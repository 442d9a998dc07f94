/**
 * Files as an LEA sends them, and what becomes of them: problems, counts, rows. The same functions that the command
 * line calls, without threads.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Output } from '#base/output';
import type { ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import type { Problem } from '#intake/problem';
import type { Upload } from '#intake/upload';
import { extractFromFiles } from '#pipeline/from-files';
import { loadUpload } from '#pipeline/load-upload';
import type { Tally } from '#pipeline/steps';
import { MARGIN_WIDTH } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { type Patch, patched, shippedTexts } from '../rulebook/texts.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { bodiesOf, inRanges } from '../support/stored.ts';

/** The LEA, school and student of every line that says nothing else. */
export const LEA = '1234567';
export const SCHOOL = '7654321';
export const SSID = '9900000001';

type Columns = Readonly<Record<string, string>>;
const defaults = (
  JSON.parse(readFileSync(new URL('../../rules/examples/defaults.json', import.meta.url), 'utf8')) as {
    records: Record<string, Columns>;
  }
).records;

/** The fields of a record that passes every check, with changes. */
export function fields(recordType: string, changes: Columns = {}): string[] {
  const columns = shipped.schemas.layouts.find((l) => l.recordType === recordType)?.columns ?? [];
  for (const key of Object.keys(changes))
    if (!columns.some((c) => c.key === key)) throw new RangeError(`${recordType} has no column ${key}`);
  const values: Columns = { ...defaults[recordType], ...changes };
  return columns.map((c) => values[c.key] ?? '');
}

/** The same as a line of a plain file, without line end. */
export const line = (recordType: string, changes: Columns = {}): string => fields(recordType, changes).join('^');

/** The same as a line of an ODS extract: `-R`, and the two dates at the end. */
export const odsLine = (
  recordType: string,
  changes: Columns,
  uploaded: string,
  lastUpdated: string,
  count = 99,
): string => [`${recordType}-R`, ...fields(recordType, changes).slice(1, count), uploaded, lastUpdated].join('^');

export interface Sent {
  readonly problems: readonly Problem[];
  readonly tally: Tally;
  /** Rows of the extract, each split into its fields: field 3 is `row[2]`. */
  readonly rows: readonly string[][];
  readonly text: string;
  readonly students: number;
}

export interface SendOptions {
  readonly rulebook?: Rulebook;
  readonly encoding?: Encoding;
  readonly threads?: number;
  readonly runDate?: string;
  readonly request?: ExtractRequest;
  /** What the sender says the files are. */
  readonly recordType?: string;
}

type Content = string | Uint8Array;

/** Every day that is written in a test. */
const EVER: ExtractRequest = { reportingLEAs: 'all', from: '19000101', through: '29991231' };

function written(t: Test, files: Content | Readonly<Record<string, Content>>): { name: string; path: string }[] {
  const dir = folder(t);
  const named = typeof files === 'string' || files instanceof Uint8Array ? { 'sent.txt': files } : files;
  return Object.entries(named).map(([name, content]) => {
    const path = join(dir, name);
    writeFileSync(path, content);
    return { name, path };
  });
}

/** Reads files as `cenr extract` does. */
export function send(
  t: Test,
  files: Content | Readonly<Record<string, Content>>,
  options: SendOptions = {},
): Promise<Sent> {
  return sendPaths(written(t, files), options);
}

export async function sendPaths(
  files: { name: string; path: string }[],
  { rulebook = shipped, encoding, threads = 0, runDate = '20240715', request = EVER, recordType }: SendOptions = {},
): Promise<Sent> {
  const problems: Problem[] = [];
  const chunks: Buffer[] = [];
  const output: Output = {
    write: async (bytes) => void chunks.push(Buffer.from(bytes as string)),
    finish: async () => ({ bytes: 0, sha256: '' }),
    abandon: async () => {},
  };
  const done = await extractFromFiles({
    rulebook,
    files: files.map((named) => ({ ...named, recordType })),
    encoding,
    threads,
    runDate,
    request,
    output,
    onProblem: (problem) => void problems.push(problem),
  });
  const text = Buffer.concat(chunks).toString('utf8');
  const rows = text
    .split('\r\n')
    .slice(0, -1)
    .map((row) => row.split('^'));
  return { problems, tally: done.tally, rows, text, students: done.students };
}

/** Lines joined as a file has them. */
export const file = (...lines: readonly string[]): string => lines.map((l) => `${l}\r\n`).join('');

/** Codes by line, `2 SENR0018` and so on, in the order reported. */
export const codes = ({ problems }: Pick<Sent, 'problems'>): string[] => problems.map((p) => `${p.line} ${p.code}`);

/** Lines read = blank + added + replaced + deleted + not used + rejected. */
export const accountedFor = ({
  linesRead,
  blankLines,
  counts,
}: Pick<Tally, 'linesRead' | 'blankLines' | 'counts'>): boolean =>
  linesRead === blankLines + counts.added + counts.replaced + counts.deleted + counts.notUsed + counts.rejected;

/** The shipped rulebook with checks of another severity, whatever parts they have. */
export const withSeverity = (severities: Readonly<Record<string, 'reject' | 'warn'>>): Rulebook =>
  verify(
    patched(
      Object.entries(severities).map(([code, severity]): Patch => {
        const file = `rules/checks/${code}.json`;
        const { text = '' } = shippedTexts.find(({ path }) => path === file) ?? {};
        const changed = text.replaceAll(/"severity": "[a-z]+"/g, `"severity": "${severity}"`);
        if (changed === text) throw new RangeError(`${file} has no other severity than ${severity}`);
        return { file, text: changed };
      }),
    ),
  );

let uploads = 0;

/** Loads files into a store as `cenr load` does, in a thread of its own. */
export function load(
  t: Test,
  storeDir: string,
  files: Content | Readonly<Record<string, Content>>,
  {
    sender = 'all',
    loadDay = '20240715',
    rulebook = shipped,
    recordType,
  }: { sender?: string; loadDay?: string; rulebook?: Rulebook; recordType?: string } = {},
): Promise<Upload> {
  const id = `up_${String(++uploads).padStart(6, '0')}`;
  return loadUpload({
    storeDir,
    id,
    sender,
    files: written(t, files).map((named) => ({ ...named, recordType })),
    receivedAt: '2024-07-15T08:00:00.000Z',
    loadDay,
    rulebook,
  });
}

/** The records that a store holds of students with an enrollment, without their margins, in the order of loading. */
export async function storedRecords(storeDir: string): Promise<string[]> {
  const store = openSqliteStore(storeDir);
  try {
    const seen = store.forLEAs('all');
    const bodies = await bodiesOf(inRanges(seen, 1));
    return bodies.flatMap(([, body]) => body.split('\n').map((kept) => kept.slice(MARGIN_WIDTH)));
  } finally {
    await store.close();
  }
}
