/**
 * Small inputs that once went wrong, and what has to come out: each folder of `test/intake/cases` is one, with an
 * `expected.json`. Another folder needs no change here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { shipped } from '../support/histories.ts';
import { type Sent, sendPaths } from './uploads.ts';

const CASES = join(import.meta.dirname, 'cases');
/** For cases that ask for no extract. */
const REQUEST = { lea: '9900001', academicYear: '2023-2024', runDate: '2024-07-15' };

interface Finding {
  readonly file: string;
  readonly line: number;
  /** Absent: the whole line. */
  readonly field?: string;
  /** A code, or words where there is no published one. */
  readonly code: string;
  /** Begins with a severity, or names several. */
  readonly severity: string;
}

interface Expected {
  readonly check: {
    readonly accepted?: number;
    readonly rejected?: number;
    readonly findings: readonly Finding[];
    /** `line 2`: lines without a finding. */
    readonly none?: readonly string[];
  };
  readonly extract?: {
    readonly request: typeof REQUEST;
    /** How many, or what each has. */
    readonly rows?: number | readonly Readonly<Record<'grade' | 'start' | 'exit', string>>[];
  };
}

/** Columns of the extract by the names that cases use. */
const COLUMNS = { grade: 'gradeLevelCode', start: 'enrollmentStartDate', exit: 'enrollmentExitDate' } as const;

function findsThem(t: Test, { problems }: Sent, { findings, none = [] }: Expected['check']): void {
  for (const { file, line, field = '', code, severity } of findings)
    t.ok(
      problems.some(
        (p) =>
          p.file === file &&
          p.line === line &&
          p.field === field &&
          severity.split(/\W+/).includes(p.severity) &&
          (/^[A-Z]+\d+$/.test(code) ? p.code === code : true),
      ),
      `${file}:${line} ${field} ${code}`,
    );
  t.equal(problems.length, findings.length, 'no other problem');
  for (const words of none)
    t.notOk(
      problems.some(({ line }) => words === `line ${line}`),
      words,
    );
}

for (const name of readdirSync(CASES))
  t.test(name, async (t) => {
    const dir = join(CASES, name);
    const { check, extract } = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
    const files = readdirSync(dir)
      .filter((file) => file !== 'expected.json')
      .map((file) => ({ name: file, path: join(dir, file) }));
    const { lea, academicYear, runDate } = extract?.request ?? REQUEST;
    const sent = await sendPaths(files, {
      request: { reportingLEAs: [lea], academicYear },
      runDate: runDate.replaceAll('-', ''),
    });
    findsThem(t, sent, check);
    const { added, replaced, deleted, rejected } = sent.tally.counts;
    t.match({ accepted: added + replaced + deleted, rejected }, { rejected: 0, ...pick(check) });
    const rows = extract?.rows;
    if (typeof rows === 'number') t.equal(sent.rows.length, rows);
    else if (rows)
      t.match(
        sent.rows.map((row) => named(row)),
        rows,
      );
  });

const pick = ({ accepted, rejected }: Expected['check']): object => ({
  ...(accepted !== undefined && { accepted }),
  ...(rejected !== undefined && { rejected }),
});

function named(row: readonly string[]): Record<string, string | undefined> {
  const { columns } = shipped.schemas.output;
  return Object.fromEntries(
    Object.entries(COLUMNS).map(([name, key]) => [name, row[columns.findIndex((c) => c.key === key)]]),
  );
}
