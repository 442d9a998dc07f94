/**
 * Small inputs that once went wrong, and what has to come out: each folder of `test/cases` is one, with an
 * `expected.json`. Another folder needs no change here.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Problem } from '#intake/problem';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

const CASES = join(import.meta.dirname, '../cases');
/** The LEA of every case that names none. */
const LEA = '9900001';
/** Names that stand in the records of cases: no message may show a line. */
const IN_LINES = /Maple|Alder|Cedar/;

interface Expected {
  readonly check: {
    readonly read?: number;
    readonly blankLines?: number;
    readonly accepted?: number;
    readonly notUsed?: number;
    readonly rejected?: number;
    readonly exitCode?: number;
    readonly findings?: readonly {
      readonly file: string;
      readonly line: number;
      readonly field: string;
      readonly code: string;
      readonly severity: string;
    }[];
    /** Names what the file has, in words: "says once that the file has tabs and what to do; …" */
    readonly message?: string;
    readonly notice?: string;
  };
  readonly extract?: {
    readonly request: { readonly lea: string; readonly academicYear: string; readonly runDate: string };
    readonly exitCode?: number;
  };
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
    const { check, extract } = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
    const files = readdirSync(dir)
      .filter((file) => file !== 'expected.json')
      .map((file) => join(dir, file));
    const out = folder(t);
    const report = join(out, 'problems.ndjson');
    const ran = await cenr('check', ...files, '--lea', LEA, '--problems', report);
    const { message, notice, findings = [], exitCode, ...counts } = check;
    if (exitCode !== undefined) t.equal(ran.code, exitCode, ran.err);
    const found = summary(ran.err);
    t.match(found, counts);
    if (message === undefined)
      t.equal(
        found['lines'],
        ['blankLines', 'accepted', 'notUsed', 'rejected'].reduce((sum, key) => sum + (found[key] as number), 0),
        'every line is accounted for',
      );
    else {
      const [, what = ''] = /file has (.*?) and what/.exec(message) ?? [];
      t.equal(ran.err.split(what).length, 2, `says once: ${what}`);
      t.notMatch(ran.out + ran.err, IN_LINES, 'no text of a line');
      t.notOk(existsSync(report), 'no report of what was not read');
    }
    if (notice !== undefined) t.match(ran.err, /CALPADS posts a file only if nothing in it is rejected/);
    const problems = existsSync(report)
      ? readFileSync(report, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Problem)
      : [];
    for (const { file, line, field, code, severity } of findings)
      t.ok(
        problems.some(
          (p) =>
            p.file.endsWith(file) &&
            p.line === line &&
            p.field === field &&
            severity.includes(p.severity) &&
            (/^[A-Z]+\d+$/.test(code) ? p.code === code : true),
        ),
        `${file}:${line} ${field} ${code}`,
      );
    if (extract?.exitCode === undefined) return;
    const { lea, academicYear, runDate } = extract.request;
    const path = join(out, 'cenr.txt');
    const made = await cenr(
      'extract',
      ...files,
      '--lea',
      lea,
      '--academic-year',
      academicYear,
      '--run-date',
      runDate,
      '--out',
      path,
    );
    t.equal(made.code, extract.exitCode, made.err);
    t.notOk(existsSync(path), 'no file is written');
    t.same(readdirSync(out), existsSync(report) ? ['problems.ndjson'] : []);
  });
