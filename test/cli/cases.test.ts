/**
 * Small inputs that once went wrong, and what has to come out: each folder of `test/cases` is one, with an
 * `expected.json`. Another folder needs no change here.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Problem } from '#intake/problem';
import { loadRulebook, SHIPPED_RULES } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

const CASES = join(import.meta.dirname, '../cases');
const COLUMNS = loadRulebook(SHIPPED_RULES).schemas.output.columns;
/** The LEA of every case that names none. */
const LEA = '9900001';
/** An enrollment that is still open years later: `check` goes by today's date. */
const SAYS_TODAY = 'SENR0317';
/** Names that stand in the records of cases: no message may show a line. */
const IN_LINES = /Maple|Alder|Cedar/;

interface Expected {
  readonly check: {
    /** The LEA that sends, where it is another. */
    readonly lea?: string;
    readonly read?: number;
    readonly blankLines?: number;
    readonly accepted?: number;
    readonly notUsed?: number;
    readonly rejected?: number;
    readonly exitCode?: number;
    readonly findings?: readonly Finding[];
    /** Lines that nothing is found in. */
    readonly clear?: readonly number[];
    /** How often each code rejects. */
    readonly codes?: Readonly<Record<string, number>>;
    /** Names what the file has, in words: "says once that the file has tabs and what to do; …" */
    readonly message?: string;
    readonly notice?: string;
  };
  readonly extract?: {
    readonly request: { readonly lea: string; readonly academicYear: string; readonly runDate: string };
    /** Of an extract that is not made. */
    readonly exitCode?: number;
    /** All rows of one that is made, in their order: some of their columns. */
    readonly rows?: readonly Readonly<Record<string, string>>[];
    /** What is told beside. */
    readonly says?: string;
  };
}

interface Finding {
  readonly file: string;
  readonly line: number;
  /** Absent when the problem is in the whole line. */
  readonly field?: string;
  readonly code: string;
  readonly severity: string;
  /** Other lines that the message names. */
  readonly names?: readonly number[];
}

/** The numbers of a summary by their names. */
function summary(err: string): Record<string, number> {
  const number = (pattern: RegExp): number => Number((pattern.exec(err)?.[1] ?? '0').replaceAll(',', ''));
  const lines = number(/^lines read {4}([\d,]+)/m);
  const blank = number(/of which ([\d,]+) blank/);
  return {
    lines,
    read: lines - blank,
    blankLines: blank,
    accepted: number(/accepted ([\d,]+)/),
    notUsed: number(/not used ([\d,]+)/),
    rejected: number(/rejected ([\d,]+)/),
  };
}

for (const name of readdirSync(CASES))
  t.test(name, async (t) => {
    const dir = join(CASES, name);
    const expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
    const files = readdirSync(dir)
      .filter((file) => file !== 'expected.json')
      .map((file) => join(dir, file));
    await holdsCheck(t, files, expected.check);
    if (expected.extract) await holdsExtract(t, files, expected.extract);
  });

async function holdsCheck(t: Test, files: readonly string[], check: Expected['check']): Promise<void> {
  const report = join(folder(t), 'problems.ndjson');
  const { lea = LEA, message, notice, findings, clear = [], codes, exitCode, ...counts } = check;
  const ran = await cenr('check', ...files, '--lea', lea, '--problems', report);
  if (exitCode !== undefined) t.equal(ran.code, exitCode, ran.err);
  const found = summary(ran.err);
  t.match(found, counts);
  if (message !== undefined) {
    const [, what = ''] = /file has (.*?) and what/.exec(message) ?? [];
    t.equal(ran.err.split(what).length, 2, `says once: ${what}`);
    t.notMatch(ran.out + ran.err, IN_LINES, 'no text of a line');
    t.notOk(existsSync(report), 'no report of what was not read');
    return;
  }
  t.equal(
    found['lines'],
    ['blankLines', 'accepted', 'notUsed', 'rejected'].reduce((sum, key) => sum + (found[key] as number), 0),
    'every line is accounted for',
  );
  if (notice !== undefined) t.match(ran.err, /CALPADS posts a file only if nothing in it is rejected/);
  const problems = readFileSync(report, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Problem);
  if (findings) t.equal(problems.filter(({ code }) => code !== SAYS_TODAY).length, findings.length, 'no other problem');
  for (const finding of findings ?? []) {
    const { file, line, field = '', code, severity, names = [] } = finding;
    const problem = problems.find(
      (p) => p.file.endsWith(file) && p.line === line && p.code === code && (field === '' || p.field === field),
    );
    t.match(problem, { severity }, `${file}:${line} ${field} ${code}`);
    for (const other of names) t.match(problem?.message, new RegExp(`\\bline ${other}\\b`));
  }
  for (const line of clear)
    t.same(
      problems.filter((p) => p.line === line),
      [],
      `nothing in line ${line}`,
    );
  const rejecting = problems.filter((p) => p.severity === 'reject');
  for (const [code, count] of Object.entries(codes ?? {}))
    t.equal(rejecting.filter((p) => p.code === code).length, count, code);
}

async function holdsExtract(
  t: Test,
  files: readonly string[],
  { request, exitCode, rows, says }: NonNullable<Expected['extract']>,
): Promise<void> {
  const out = folder(t);
  const path = join(out, 'cenr.txt');
  const { lea, academicYear, runDate } = request;
  const args = ['--lea', lea, '--academic-year', academicYear, '--run-date', runDate, '--out', path];
  const made = await cenr('extract', ...files, ...args);
  if (exitCode !== undefined) {
    t.equal(made.code, exitCode, made.err);
    t.same(readdirSync(out), [], 'no file is written');
  }
  if (says !== undefined) t.match(made.err, says);
  if (rows === undefined) return;
  const written = readFileSync(path, 'utf8').split('\r\n').filter(Boolean);
  t.equal(written.length, rows.length, written.join('\n'));
  for (const [i, row] of rows.entries()) {
    const values = (written[i] as string).split('^');
    for (const [key, value] of Object.entries(row))
      t.equal(values[COLUMNS.findIndex((column) => column.key === key)], value, `${key} of row ${i + 1}`);
  }
}
