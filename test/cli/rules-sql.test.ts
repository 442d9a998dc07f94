/** `cenr rules sql` from end to end; test/peers/sql.test.ts runs what it writes. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SHIPPED_RULES } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const REQUEST = ['--lea', '9900001', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];

t.test('a query, and with it the tables', async (t) => {
  const dir = folder(t);
  const [sample, data, tables] = ['sample', 'data', 'tables'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  await cenr('sample', '--students', '40', '--out', sample);
  await cenr('load', sample, '--lea', 'all', '--store', data);

  const query = await cenr('rules', 'sql', '--dialect', 'duckdb', ...REQUEST);
  t.equal(query.code, 0);
  t.match(query.out, /^WITH [\s\S]*;\n$/);
  t.equal(query.err, '');

  const whole = await cenr('rules', 'sql', '--dialect', 'duckdb', ...REQUEST, '--tables', tables);
  t.ok(whole.out.startsWith('CREATE TABLE '));
  t.ok(whole.out.endsWith(query.out));
  t.match(whole.out, `COPY "SENR" FROM '${tables}/SENR.csv'`);

  const filled = await cenr('rules', 'sql', '--dialect', 'duckdb', ...REQUEST, '--tables', tables, '--store', data);
  t.equal(filled.out, whole.out);
  t.match(filled.err, /^\d+ records of \d+ students, in the folder .*tables\n$/);
  t.same(readdirSync(tables).toSorted(), [
    'DCERT.csv',
    'MEPS.csv',
    'SELA.csv',
    'SENR.csv',
    'SINF.csv',
    'SPRG.csv',
    'SWDS.csv',
  ]);
  t.match(readFileSync(join(tables, 'SENR.csv'), 'utf8'), /^"recordTypeCode",.*,"loaded"\n"SENR",/);

  const short = await cenr('rules', 'sql', '--dialect', 'postgresql', ...REQUEST, '--columns', '48', '--outcomes');
  t.notMatch(short.out, 'lastDateUpdated');
  t.match(short.out, ' AS outcome0');
});

t.test('rules that cannot be said, and options that cannot be used', async (t) => {
  const rules = join(folder(t), 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const file = join(rules, 'fields/40-homeless-program-eligible.json');
  const asked = '"params": { "program": "homelessProgram" }, "operator": "equal", "value": true';
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace('"fact": "programAtSchool"', '"fact": "enrollment"')
      .replace(asked, '"path": "$.localRecordID", "operator": "hasOther", "value": "A9"'),
  );
  const found = await cenr('rules', 'sql', '--dialect', 'duckdb', ...REQUEST, '--rules', rules);
  t.equal(found.code, 1);
  t.equal(found.out, '', 'nothing that could be run');
  t.equal(
    found.err,
    'rules/fields/40-homeless-program-eligible.json /rules/0/conditions: "hasOther" has no words in SQL\n',
  );

  for (const [options, sentence] of [
    [['--dialect', 'basic'], /Allowed choices are clickhouse, duckdb, postgresql/],
    [[], /required option '--dialect <D>' not specified/],
    [['--dialect', 'duckdb', '--store', 'data'], /name the folder with --tables DIR/],
    [['--dialect', 'duckdb', '--store', 'nowhere', '--tables', 'x'], /there is no store in "nowhere"/],
    [['--dialect', 'duckdb', '--columns', '7'], /--columns 7: expected one of 48, 50/],
  ] as const) {
    const { code, err } = await cenr('rules', 'sql', ...REQUEST, ...options);
    t.equal(code, 2);
    t.match(err, sentence);
  }
});
