/** `cenr rules list` and `cenr rules ledger` from end to end. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadRulebook, SHIPPED_RULES } from '#rulebook/load/load';
import { rulesPage } from '../../scripts/docs/rules-page.ts';
import { folder } from '../support/folders.ts';
import { cenr, cenrProcess } from './cenr.ts';

t.setTimeout(900_000);

t.test('list: in sentences, the page of the documentation', async (t) => {
  const [md, html, one] = await Promise.all([
    cenr('rules', 'list', '--format', 'md'),
    cenr('rules', 'list', '--format', 'html'),
    cenrProcess('rules', 'list', '--field', '42', '--year', '2022-2023'),
  ]);
  t.same([md.code, html.code, one.code], [0, 0, 0]);
  const page = rulesPage(loadRulebook()).replace(/<!-- Generated .* -->\n\n/, '');
  t.ok(md.out.startsWith(page), 'docs/rules.md, and then what was not compared for a year');
  t.match(md.out.slice(page.length), /^\n## Not compared for a year\n/);
  t.match(html.out, /^<!DOCTYPE html>\n[\s\S]*<\/html>\n$/);
  t.match(one.out, 'only values that hold on a day of that year');
});

t.test('list: what cannot be listed', async (t) => {
  const [field, year, format] = await Promise.all([
    cenr('rules', 'list', '--field', '99'),
    cenr('rules', 'list', '--year', '2022'),
    cenr('rules', 'list', '--format', 'pdf'),
  ]);
  t.same([field.code, year.code, format.code], [2, 2, 2]);
  t.match(field.err, /^cenr: there is no field "99"; the rulebook has 36, /);
  t.match(year.err, /^cenr: "2022" is not an academic year; /);
});

t.test('list: the short listing names what was not compared for a year', async (t) => {
  const rules = join(folder(t), 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const file = join(rules, 'selection.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"lastCompared": "[0-9-]+"/, '"lastCompared": "2001-02-03"'));
  const { code, out } = await cenr('rules', 'list', '--rules', rules);
  t.equal(code, 0);
  t.match(
    out,
    /\nNot compared with the publication for a year\n(.*\n)* {2}Selection: 2001-02-03 \(rules\/selection\.json\)\n/,
  );
});

t.test('ledger: nothing open, a citation taken away, another page', async (t) => {
  const dir = folder(t);
  const rules = join(dir, 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const file = join(rules, 'fields', '40-homeless-program-eligible.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"cenr-40.3", ', ''));
  const page = join(dir, 'page.txt');
  writeFileSync(page, 'Another page.\n');
  const [shipped, open, other, missing] = await Promise.all([
    cenr('rules', 'ledger'),
    cenr('rules', 'ledger', '--rules', rules),
    cenrProcess('rules', 'ledger', '--page', page),
    cenr('rules', 'ledger', '--page', join(dir, 'none.txt')),
  ]);
  t.same([shipped.code, open.code, other.code, missing.code], [0, 1, 1, 2]);
  t.match(shipped.out, '\nWithout a rule or an example\n  none\n');
  t.match(open.out, '    no rule cites cenr-40.3 (');
  t.match(
    other.out,
    /\nThe page: 0 sentences unchanged, 1 changed, [0-9]+ missing, 0 new\n {2}changed {2}cenr-page\.title .* now reads: Another page\.\n/,
  );
});
