/** `cenr rules test`: what it prints, and when it exits with 1. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SHIPPED_RULES } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { cenr, cenrProcess } from './cenr.ts';

t.setTimeout(900_000);

interface Report {
  readonly passed: number;
  readonly failed: readonly object[];
  readonly coverage?: readonly { readonly of: string; readonly gaps: readonly object[] }[];
  readonly mutation?: {
    readonly scores: readonly object[];
    readonly mutants: readonly { readonly fate: string; readonly json?: object }[];
  };
}

const EXAMPLES = 'examples/40-homeless-program-eligible.json';
/** The record of the one example that shows that the LEA of a membership matters. */
const OTHER_LEA = '"educationProgramCode": "191", "reportingLEA": "2345678" } ]';

t.test('rules test says what no example reaches or notices; with --strict the exit code says it too', async (t) => {
  const rules = join(folder(t), 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const text = readFileSync(join(rules, EXAMPLES), 'utf8');
  writeFileSync(join(rules, EXAMPLES), text.replace(OTHER_LEA, OTHER_LEA.replace('191', '190')));

  const one = ['rules', 'test', '--only', '40'];
  const [complete, found, strict, withoutMutants, json] = await Promise.all([
    cenr(...one, '--strict'),
    cenr(...one, '--rules', rules),
    cenrProcess(...one, '--rules', rules, '--strict'),
    cenr(...one, '--rules', rules, '--no-mutants'),
    cenr(...one, '--rules', rules, '--json'),
  ]);
  t.match(complete, { code: 0, err: '' });
  t.match(
    complete.out,
    /^40: (\d+) of \1 reached, (\d+) of \2 mutants noticed\n\d+ examples passed, 0 failed\n\1 of \1 rules and outcomes of conditions reached\n\2 of \2 mutants noticed(; \d+ refused by the loader)?\n$/,
  );

  const place = 'rules/facts/programs.json /facts/0/where/all/2\n';
  const gap = `${place}  40: not reached by an example. Never false: the record's Reporting LEA is the enrollment's Reporting LEA (in: a Student Program record with the Homeless Program at the school of attendance during the enrollment).\n`;
  const survivor = `${place}  40: not noticed by an example. Left out: the record's Reporting LEA is the enrollment's Reporting LEA.\n`;
  t.equal(found.code, 0, 'a gap is no failure');
  t.ok(found.out.includes(gap), found.out);
  t.ok(found.out.includes(survivor), found.out);
  t.match(strict, { code: 1, out: found.out }, 'but it is with --strict');
  t.ok(withoutMutants.out.includes(gap));
  t.notMatch(withoutMutants.out, /mutants/);

  const report = JSON.parse(json.out) as Report;
  t.match(report, {
    failed: [],
    coverage: [{ of: '40', gaps: [{ outcome: 'false' }] }],
    mutation: { scores: [{ of: '40', survived: 1 }] },
  });
  t.equal(report.mutation?.mutants.filter(({ fate }) => fate === 'survived').length, 1);
  t.notOk(
    report.mutation?.mutants.some(({ json }) => json),
    'without the changed files',
  );
});

t.test('--only with what is neither a field nor a check', async (t) => {
  t.match(await cenr('rules', 'test', '--only', '40,99'), {
    code: 2,
    out: '',
    err: "cenr: --only 99: the rulebook has no such field or check; expected a field's number, selection, or a check's code\n",
  });
});

t.test('an edit that makes several examples fail leads them, with its file and line', async (t) => {
  const dir = folder(t);
  cpSync(SHIPPED_RULES, dir, { recursive: true });
  const file = join(dir, 'parameters', 'program-codes.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('{ "value": "191", "source": "cenr-38" },', ''));
  const { code, out } = await cenr('rules', 'test', '--rules', dir);
  t.equal(code, 1);
  const lines = out.split('\n');
  t.match(
    lines[0],
    /^rules\/parameters\/program-codes\.json:12:5: this edit makes \d+ examples fail: .*disadvantagedPrograms.*191/,
  );
  t.match(lines[1], /^ {2}rules\/examples\//);
  t.equal(lines.filter((line) => line.startsWith('rules/')).length, 1, 'all stand below it');
  const checked = await cenr('rules', 'check', '--rules', dir);
  t.match(checked.out, /program-codes\.json:12:5 .*: error: this edit makes \d+ worked examples fail/);
  t.equal(checked.out.match(/\(examples-fail\)/g)?.length, 1);
});
