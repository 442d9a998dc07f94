/** `cenr sample-rows`: rows of an extract, drawn so that anybody can draw the same. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sampleHash } from '#audit/sample';
import { folder } from '../support/folders.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const REQUEST = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
const SCHOOL = 4;

t.test('rows by a seed, with what they were drawn from', async (t) => {
  const dir = folder(t);
  const [records, extract, trace, sample] = ['sample', 'cenr.txt', 'trace.ndjson', 'drawn.txt'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  await cenr('sample', '--students', '120', '--seed', '5', '--out', records);
  await cenr('extract', records, ...REQUEST, '--out', extract, '--trace', trace);
  const rows = readFileSync(extract, 'utf8').trimEnd().split('\r\n');
  const draw = (...more: string[]) => cenr('sample-rows', extract, '--rows', '10', '--seed', 'a b', ...more);

  const plain = await draw();
  t.equal(plain.code, 0, plain.err);
  t.match(
    plain.err,
    new RegExp(`^drawn 10 of ${rows.length} rows of the extract, seed a b, SHA-256 of the extract [0-9a-f]{64}\\n`),
  );
  t.match(plain.err, /the row's SSID, .* and Grade Level Code, with carets/i);
  t.equal((await draw()).out, plain.out);
  const drawn = plain.out.trimEnd().split('\r\n');
  t.ok(drawn.every((row) => rows.includes(row)));

  const byRule = JSON.parse((await draw('--by', 'rule', '--field', '40', '--trace', trace, '--json')).out);
  t.same(
    byRule.strata.reduce((sum: number, { population }: { population: number }) => sum + population, 0),
    rows.length,
  );
  const bySchool = JSON.parse((await draw('--by', 'school', '--json')).out);
  t.ok(bySchool.strata.length > 1);
  for (const { row, number, stratum, hash } of bySchool.rows) {
    t.equal(rows[number - 1], row);
    const values = row.split('^');
    t.equal(values[SCHOOL], stratum);
    t.equal(
      hash,
      sampleHash('a b', [values[7], values[3], values[4], values.find((_: string, i: number) => i === GRADE)]),
    );
  }

  writeFileSync(sample, plain.out);
  t.match(await cenr('explain', records, '--manifest', `${extract}.manifest.json`, '--rows', sample), { code: 0 });

  for (const [more, err] of [
    [['--by', 'rule', '--field', '40'], /to draw by rule, give the trace of the extract with --trace FILE/],
    [['--by', 'value'], /to draw by value, name the field by its number/],
    [['--field', '40'], /a field is named only to draw by its value or its rule/],
    [['--by', 'value', '--field', '99'], /found field "99", expected a field of the extract, 1 to 50/],
    [['--by', 'rule', '--field', '7', '--trace', trace], /field 7 has no rules: it is copied/],
    [['--rows', '501'], /Expected 500 or fewer/],
  ] as const)
    t.match(await draw(...more), { code: 2, out: '', err });
  appendFileSync(extract, `${rows[0]}\r\n`);
  t.match(await draw(), { code: 2, err: /is not the text of its manifest/ });
});

const GRADE = 23;
