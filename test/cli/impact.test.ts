/** `cenr rules impact` from end to end, and what it says to whoever asks wrongly. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SHIPPED_RULES } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { cenr, cenrProcess } from './cenr.ts';

t.setTimeout(900_000);

const YEAR = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
const FIELD = 'fields/40-homeless-program-eligible.json';

/** A copy of the shipped rules in which nobody is in the Homeless Program. */
function changedRules(t: Test): string {
  const rules = join(folder(t), 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const file = join(rules, FIELD);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"value": "Y"', '"value": "N"'));
  return rules;
}

t.test('a change of one rule, from files and from a store', async (t) => {
  const dir = folder(t);
  const [sample, store, out, report] = ['sample', 'data', 'changes.csv', 'impact.md'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  const rules = changedRules(t);
  await cenr('sample', '--students', '200', '--seed', '5', '--out', sample);
  const ofFiles = await cenrProcess(
    'rules',
    'impact',
    '--to',
    rules,
    sample,
    ...YEAR,
    '--out',
    out,
    '--report',
    report,
  );
  t.equal(ofFiles.code, 0, ofFiles.err);
  t.match(
    ofFiles.out,
    /^[0-9]+ values change in [0-9]+ rows \(field 40\)\. There are as many rows as before\.\nThe change can reach field 40; /,
  );
  t.match(ofFiles.out, 'The rule "eligible" of field 40 "Homeless Program Eligible" changed: it gives another value.');
  t.match(ofFiles.out, 'Y -> N');
  t.match(ofFiles.err, `changes       ${out}\nreport        ${report}\nin `);
  const changes = readFileSync(out, 'utf8').split('\r\n');
  t.equal(`${changes.length - 2}`, /^[0-9]+/.exec(ofFiles.out)?.[0], 'a line for each value');
  t.match(readFileSync(report, 'utf8'), /^# Impact of a change of the rules\n/);

  await cenr('load', sample, '--lea', 'all', '--store', store);
  const fromStore = await cenr('rules', 'impact', '--to', rules, '--store', store, ...YEAR);
  t.equal(fromStore.code, 0, fromStore.err);
  t.equal(fromStore.out, ofFiles.out);
  const made = await cenr('extract', '--store', store, ...YEAR, '--out', join(dir, 'cenr.txt'));
  t.equal(made.code, 0, made.err);
  const { rulebook } = JSON.parse(readFileSync(join(dir, 'cenr.txt.manifest.json'), 'utf8')) as {
    rulebook: { sha256: string };
  };
  const back = await cenr(
    'rules',
    'impact',
    '--from',
    rules,
    '--to',
    rulebook.sha256.slice(0, 8),
    '--store',
    store,
    '--lea',
    'all',
    '--first-day',
    '2023-07-01',
    '--through',
    '2024-06-30',
  );
  t.equal(back.code, 0, back.err);
  t.match(back.out, 'N -> Y');
  const same = await cenr('rules', 'impact', '--from', rules, '--to', rules, '--store', store, ...YEAR);
  t.match(same.out, /^Nothing changes: the two rulebooks come to the same for every student there can be\.\n/);
});

t.test('asked wrongly', async (t) => {
  const rules = changedRules(t);
  const broken = changedRules(t);
  writeFileSync(
    join(broken, FIELD),
    readFileSync(join(broken, FIELD), 'utf8').replace('programAtSchool', 'programAtScool'),
  );
  const wrong: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['neither files nor a store', ['--to', rules], /give files or --store DIR, not both/],
    ['no such store', ['--to', rules, '--store', join(rules, 'none')], /there is no store in/],
    ['a hash without a store', ['--to', '0123456789', 'sample'], /--to 0123456789 .*--store DIR/],
    ['a folder that is not there', ['--to', join(rules, 'none'), 'sample'], /is not a folder/],
    [
      'an unknown kind of list',
      ['--to', rules, 'sample', '--out', 'changes.xls'],
      /expected a name that ends in \.ndjson, \.csv, \.xlsx/,
    ],
    [
      'an unknown kind of report',
      ['--to', rules, 'sample', '--report', 'impact.pdf'],
      /expected a name that ends in \.json or \.md/,
    ],
    [
      'rules that cannot be used',
      ['--to', broken, 'sample'],
      /40-homeless-program-eligible\.json:[0-9]+:[0-9]+ .*"programAtScool", which does not exist/,
    ],
  ];
  for (const [what, args, says] of wrong) {
    const ran = await cenr('rules', 'impact', ...args, ...YEAR);
    t.equal(ran.code, 2, what);
    t.match(ran.err, says, what);
  }
});
