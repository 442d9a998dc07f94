/** A rulebook is verified once: its texts and the grammar together are known again, and nothing else is taken for them. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadRulebook, RulebookLoadError, SHIPPED_RULES, type VerifiedBefore } from '#rulebook/load/load';
import { folder } from '../../support/folders.ts';

/** Remembers in memory, and what it was asked. */
function memory(known: Iterable<string> = []): VerifiedBefore & { readonly added: string[]; readonly asked: string[] } {
  const keys = new Set(known);
  const added: string[] = [];
  const asked: string[] = [];
  const has = (key: string): boolean => {
    asked.push(key);
    return keys.has(key);
  };
  const add = (key: string): void => {
    keys.add(key);
    added.push(key);
  };
  return { has, add, added, asked };
}

/** A copy of the shipped rules in which field 40 is written otherwise. */
function changedRules(t: Parameters<typeof folder>[0], change: (text: string) => string): string {
  const rules = join(folder(t), 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  const file = join(rules, 'fields/40-homeless-program-eligible.json');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return rules;
}

const withSpace = (text: string): string => text.replace('{', '{ ');
const withUnknownKey = (text: string): string => text.replace('{', '{ "shoeSize": 42,');

t.test('the rulebook that comes with the program was verified when it was made', async (t) => {
  const before = memory();
  const { hash } = loadRulebook(undefined, undefined, before);
  t.match(hash, /^[0-9a-f]{64}$/);
  t.same(before.added, []);
});

t.test('another rulebook is verified the first time, and known the second', async (t) => {
  const rules = changedRules(t, withSpace);
  const before = memory();
  const first = loadRulebook(rules, undefined, before);
  t.equal(before.added.length, 1);
  t.match(before.added[0], first.hash, 'by the hash of its texts');
  const second = loadRulebook(rules, undefined, before);
  t.equal(before.added.length, 1, 'nothing is verified again');
  t.same(
    { hash: second.hash, files: second.files, about: second.about },
    { hash: first.hash, files: first.files, about: first.about },
  );
});

t.test('what was verified vouches for no other texts', async (t) => {
  const before = memory();
  loadRulebook(changedRules(t, withSpace), undefined, before);
  t.throws(() => loadRulebook(changedRules(t, withUnknownKey), undefined, before), RulebookLoadError);
  t.equal(before.added.length, 1, 'and a rulebook that is refused is not remembered');
  t.equal(new Set(before.asked).size, 2);
});

t.test('without a memory every rulebook but the shipped one is verified each time', async (t) => {
  const rules = changedRules(t, withUnknownKey);
  for (let i = 0; i < 2; i++) t.throws(() => loadRulebook(rules), /unknown key "shoeSize"/);
});
