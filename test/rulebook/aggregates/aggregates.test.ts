/** What looks give of all their records: the examples of each, as compiled and as written again, and what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AGGREGATES } from '#rulebook/aggregates/index';
import type { LookJson } from '#rulebook/load/declarations';
import { summarize } from '#rulebook/second-opinion/summarize';
import type { Value } from '#rulebook/tree/values';

const ROOT = join(import.meta.dirname, '../../..');
const all = [...AGGREGATES.values()];
const absentIfNull = (value: unknown): Value => (value === null ? undefined : (value as Value));

t.test('the grammar and docs/rule-grammar.md list them', async (t) => {
  const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/grammar/facts.schema.json'), 'utf8'));
  t.same(schema.definitions.fact.properties.gives.enum, ['any', 'count', 'record', ...AGGREGATES.keys()]);
  const page = readFileSync(join(ROOT, 'docs/rule-grammar.md'), 'utf8');
  for (const name of AGGREGATES.keys()) t.match(page.replaceAll(/\s+/g, ' '), `\`${name}\` (`, name);
});

t.test('examples', async (t) => {
  for (const { name, compute, examples, ofNothing, isCount, isWithin } of all) {
    for (const [values, gives, within] of examples) {
      const told = `${name} of ${JSON.stringify(values)} is ${JSON.stringify(gives)}`;
      t.equal(compute(values.map(absentIfNull), within), absentIfNull(gives), told);
      t.equal(summarize(name, values.map(absentIfNull), within), absentIfNull(gives), `${told}, as written again`);
      t.equal(within !== undefined, isWithin === true, `${name} says whether it counts within an interval`);
    }
    t.equal(compute([], examples[0]?.[2]), ofNothing, `${name} of nothing`);
    const results = examples.map(([, gives]) => gives);
    if (isCount)
      t.ok(
        results.every((result) => Number.isInteger(result) && Number(result) >= 0),
        `${name} counts`,
      );
  }
});

const LOOK = { name: 'n', says: 'it', from: 'SENR', value: { fact: 'record', path: '$.gradeLevelCode' } };
const SAID: Readonly<Record<string, readonly [words: string, became: string, says: string]>> = {
  distinct: [
    'how many different values these have, blanks left out: a',
    'count',
    'Records were counted instead of different values',
  ],
  sum: ['the sum of these, 0 when there is none: a', 'greatest', 'The sum became the greatest'],
  least: ['the least of these, blanks left out: a', 'greatest', 'The least became the greatest'],
  greatest: ['the greatest of these, blanks left out: a', 'least', 'The greatest became the least'],
  days: ['how many days of b at least one of these covers: a', 'count', 'Records were counted instead of days'],
};

t.test('words and mistakes', async (t) => {
  t.same(Object.keys(SAID), [...AGGREGATES.keys()], 'SAID has every one, in the order of index.ts');
  for (const { name, words, mistakes } of all) {
    const look = { ...LOOK, gives: name } as LookJson;
    const [said, became, says] = SAID[name] as (typeof SAID)[string];
    t.equal(words('a', 'b'), said, name);
    const [mistake] = mistakes(look);
    const to = mistake?.to as LookJson;
    t.same([to.gives, mistake?.says], [became, says], `${name}, mistaken`);
    t.equal('value' in to, became !== 'count', 'a count asks nothing of a record');
  }
});
