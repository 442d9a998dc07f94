import { test } from 'tap';
import { casesOf } from '#authoring/examples/cases';
import { runExamples } from '#authoring/examples/run';
import { loadRulebook } from '#rulebook/load/load';

const rulebook = loadRulebook();
const results = runExamples(rulebook);

for (const of of new Set(results.map((r) => r.of)))
  test(`examples of ${of}`, async (t) => {
    for (const { title, passed, file, pointer, message } of results.filter((r) => r.of === of))
      t.ok(passed, title, { diagnostic: !passed, file, pointer, because: message });
  });

for (const { number, rules } of rulebook.extract.fields)
  test(`the examples of field ${number} reach every rule`, async (t) => {
    const reached = new Set(
      results.flatMap(({ of, found }) => (of === number && found?.kind === 'field' ? found.rule : [])),
    );
    for (const { name } of rules) t.ok(reached.has(name), name);
  });

for (const { json } of rulebook.declared.checks)
  test(`the examples of ${json.code} show when it finds fault and when it does not`, async (t) => {
    const finds = results.flatMap(({ of, found }) =>
      of === json.code && found?.kind === 'findings' ? found.findings.some((f) => f.code === json.code) : [],
    );
    t.ok(finds.includes(true), 'it finds fault');
    t.ok(finds.includes(false), 'it does not');
  });

test('the selection has examples with and without rows', async (t) => {
  const counts = results.flatMap(({ of, found }) =>
    of === 'selection' && found?.kind === 'rows' ? found.rows.length : [],
  );
  t.ok(counts.some((n) => n > 0));
  t.ok(counts.includes(0));
});

test('a case that cannot be run, or comes to something else, says so', async (t) => {
  const request = { reportingLEA: '1234567', academicYear: '2023-2024' };
  const [SENR, rows] = [{ recordType: 'SENR' }, { rows: [] }];
  const message = (of: string, example: object): string | undefined => {
    const files = rulebook.files.filter(
      (f) => !f.path.startsWith('rules/examples/') || f.path.endsWith('/defaults.json'),
    );
    const json = { of, title: '', given: { request, runDate: '2024-07-15' }, cases: [{ title: '', ...example }] };
    return runExamples({ ...rulebook, files: [...files, { path: 'rules/examples/x.json', json }] })[0]?.message;
  };
  const says = (of: string, example: object, expected: string | undefined) => t.equal(message(of, example), expected);
  says('selection', { records: [], expect: rows }, undefined);
  says(
    'selection',
    { records: [SENR], expect: rows },
    'expected no rows, found 1 row {"ssid":"9900000001","schoolOfAttendance":"7654321","gradeLevelCode":"05"}',
  );
  says(
    '40',
    { records: [SENR], expect: { value: 'Y', rule: 'eligible' } },
    'expected "Y" by rule "eligible", found "N" by rule "otherwise"',
  );
  says(
    'SENR0003',
    { records: [SENR], expect: { findings: [{ record: 1, code: 'SENR0003' }] } },
    'expected SENR0003 on record 1, found no finding',
  );
  says(
    '40',
    { records: [], expect: { value: 'N' } },
    'the case cannot be run: expected one row, found no rows; use "row" to choose one of several',
  );
  says(
    '40',
    { records: [{ ...SENR, grade: '05' }], expect: { value: 'N' } },
    'the case cannot be run: SENR has no column "grade"; schemas/records/SENR.json lists the columns',
  );
  says('40', { records: [SENR], expect: rows }, 'the case cannot be run: an example of field 40 expects a value');
  says(
    'selection',
    { parameters: { adjustedBy: [{ value: 'weekday' }] }, expect: rows },
    'the case cannot be run: with the parameters or reference files that it sets, the rulebook cannot be used: rules/parameters/readings.json /parameters/0/values/0/value: "weekday" is not one of the choices startDate, academicYearID',
  );
  says(
    'selection',
    { parameters: { adjusted: [{ value: 'startDate' }] }, expect: rows },
    'the case cannot be run: it sets the parameter "adjusted", which rules/parameters does not have',
  );
  says(
    '99',
    { records: [SENR], expect: rows },
    'the case cannot be run: found "99", expected a field, "selection", or a check of this rulebook',
  );
  says(
    'selection',
    { records: [SENR], expect: rows, request: { reportingLEA: '1234567' } },
    'the case cannot be run: give exactly one of: an academic year, an as-of date, or a date range (from and through)',
  );
});

test('every choice that a parameter offers has an example', async (t) => {
  const set = new Set(
    casesOf(rulebook).flatMap(({ parameters = {} }) =>
      Object.entries(parameters).flatMap(([name, values]) => values.map(({ value }) => `${name} ${value}`)),
    ),
  );
  for (const { json } of rulebook.declared.parameters.values())
    for (const choice of json.choices ?? [])
      t.ok(
        set.has(`${json.name} ${choice}`) || json.values.some(({ value }) => value === choice),
        `${json.name} ${choice}`,
      );
});
