/**
 * `cenr rules check`: findings with their place and the history that shows them, as lines and as JSON, and the exit
 * code.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SHIPPED_RULES } from '#rulebook/load/load';
import { folder } from '../support/folders.ts';
import { cenr, cenrProcess } from './cenr.ts';

// Several processes, which a busy machine starts slowly.
t.setTimeout(900_000);

const FIELD = 'fields/40-homeless-program-eligible.json';

/** The shipped rules with one text of field 40 replaced. */
function rulesWith(t: Parameters<typeof folder>[0], from: string, to: string): string {
  const rules = join(folder(t), 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const file = join(rules, FIELD);
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
  return rules;
}

const OTHERWISE = '    { "name": "otherwise"';
const REPEATED =
  '    { "name": "again", "conditions": { "fact": "programAtSchool", "params": { "program": "homelessProgram" }, "operator": "equal", "value": true }, "event": { "type": "value", "params": { "value": "Y" } } },\n';

t.test('the shipped rules', async (t) => {
  const [plain, strict, json] = await Promise.all([
    cenr('rules', 'check'),
    cenrProcess('rules', 'check', '--strict'),
    cenr('rules', 'check', '--json'),
  ]);
  t.equal(plain.code, 0, 'nothing keeps them from being published');
  t.match(
    plain.out,
    /\nThe rulebook can be used: 13 fields, \d+ checks, \d+ facts, \d+ parameters\.\nSHA-256 [0-9a-f]{64}\nno errors, \d+ warnings, \d+ pieces of advice\. docs\/rule-check\.md explains each\.\n$/,
  );
  t.equal(strict.code, 1, 'with --strict a warning counts');
  t.equal(strict.out, plain.out);
  const report = JSON.parse(json.out);
  t.equal(json.code, 0);
  t.match(report, { canBeUsed: true, counts: { error: 0 } });
  t.equal(report.findings.length, report.counts.warning + report.counts.advice);
});

t.test('rules that changed and are called as before', async (t) => {
  const rules = rulesWith(t, '"value": "N"', '"value": "X"');
  const { out } = await cenr('rules', 'check', '--rules', rules);
  t.match(
    out,
    /rules\/rulebook\.json:4:14 \/version: warning: the files differ from those of the version with SHA-256 [0-9a-f]{64}, and both are called "[^"]+"; write another "version"/,
  );
  const about = join(rules, 'rulebook.json');
  writeFileSync(about, readFileSync(about, 'utf8').replace(/"version": "[^"]+"/, '"version": "of a test"'));
  t.notMatch((await cenr('rules', 'check', '--rules', rules)).out, /version-not-raised/);
});

t.test('a rule that never decides', async (t) => {
  const rules = rulesWith(t, OTHERWISE, REPEATED + OTHERWISE);
  const { code, out, err } = await cenr('rules', 'check', '--rules', rules);
  t.equal(code, 2);
  t.equal(err, '');
  t.match(
    out,
    /rules\/fields\/40-homeless-program-eligible\.json:\d+:5 \/rules\/1: error: rule "again" of field 40 never decides: whenever its conditions hold, rule "eligible" before it decides; move it up, or correct one of them \(rule-never-decides\)\n {2}shown by rules\/examples\/40-homeless-program-eligible\.json \/cases\/\d+: the conditions of rule "again" hold, but rule "eligible" decides field 40\n {4}request \{.+\}, run date 2024-07-15\n {4}\{"recordType":"SENR",/,
  );
  t.match(out, /\n1 error, \d+ warnings, \d+ pieces of advice\. docs\/rule-check\.md explains each\.\n$/);
});

t.test('rules that cannot be loaded', async (t) => {
  const rules = rulesWith(t, '"programAtSchool"', '"programAtScool"');
  const [plain, json] = await Promise.all([
    cenr('rules', 'check', '--rules', rules),
    cenr('rules', 'check', '--rules', rules, '--json'),
  ]);
  t.equal(plain.code, 2);
  t.match(plain.err, /^cenr: the rulebook cannot be used \(1 finding\):\n/);
  t.equal(json.code, 2);
  t.match(JSON.parse(json.out), {
    canBeUsed: false,
    counts: { error: 1 },
    findings: [{ kind: 'cannot-be-used', pointer: '/rules/0/conditions/fact' }],
  });
});
