/** Which students may be one: with the pairs of a full comparison, and many who are alike. */
import fc from 'fast-check';
import t from 'tap';
import { Matcher } from '#identity/matcher';
import { type Description, personOf } from '#identity/person';
import {
  type FoundPairs,
  LARGE_SET,
  PairFinder,
  type PairSearch,
  PersonCollector,
  setsOf,
} from '#identity/same-student';
import { Scorer } from '#identity/score';
import { StudentReader } from '#identity/student-reader';
import { loadRulebook } from '#rulebook/load/load';

t.setTimeout(300_000);

const { parameters, mayBeOne } = new StudentReader(loadRulebook(), '20260302');
const MARIA: Description = {
  ...{ first: 'Maria', middle: 'Luz', last: 'Stonebridge', aliasFirst: '', aliasMiddle: '', aliasLast: '' },
  ...{ birthDate: '20100312', gender: 'F', birthCountry: 'US', birthState: 'US-CA' },
};
const numbered = (i: number): string => String(9_900_000_001 + i);

function pairsOf(persons: readonly Partial<Description>[], search?: PairSearch): FoundPairs {
  const finder = new PairFinder(parameters, mayBeOne);
  // Two ranges, as threads read them.
  for (const part of [0, 1]) {
    const collector = new PersonCollector();
    const half = Math.ceil(persons.length / 2);
    for (const [i, person] of persons.entries())
      if (Number(i >= half) === part) collector.add(numbered(i), { ...MARIA, ...person });
    finder.add(collector.take());
  }
  return finder.pairs(search);
}

t.test('the pairs of a full comparison, each once', async () => {
  const someone = fc.record({
    first: fc.constantFrom('Maria', 'María', 'Mraia', 'Ann', 'Maria Luz'),
    middle: fc.constantFrom('Luz', '', 'Fern'),
    last: fc.constantFrom('Stonebridge', 'Stonebrige', 'Cedar'),
    aliasFirst: fc.constantFrom('', 'Ann'),
    aliasLast: fc.constantFrom('', 'Cedar'),
    birthDate: fc.constantFrom('20100312', '20101203', '20110312', '20100412', '20100311', '20150312'),
  });
  const scorer = new Scorer(parameters);
  fc.assert(
    fc.property(fc.array(someone, { minLength: 2, maxLength: 12 }), (persons) => {
      const people = persons.map((person) => personOf({ ...MARIA, ...person }));
      const all = people.flatMap((a, i) =>
        people.slice(i + 1).flatMap((b, n) => {
          const likeness = scorer.likeness(a, b);
          return mayBeOne(likeness) ? [JSON.stringify({ a: numbered(i), b: numbered(i + n + 1), ...likeness })] : [];
        }),
      );
      const found = setsOf(pairsOf(persons).pairs).flatMap(({ pairs }) => pairs);
      // Of those described alike the first stands for all: their sets are the same.
      const sets = (pairs: readonly string[]) =>
        JSON.stringify(setsOf(pairs.map((pair) => JSON.parse(pair))).map(({ ssids }) => ssids));
      const texts = found.map((pair) => JSON.stringify(pair));
      return texts.every((text) => all.includes(text)) && sets(texts) === sets(all);
    }),
    { numRuns: 2_000 },
  );
});

t.test('a hundred thousand with the same names and birth date are one set, with a pair for each', async (t) => {
  const many = 100_000;
  const { pairs, crowded } = pairsOf(Array.from({ length: many }, () => ({})));
  t.equal(pairs.length, many - 1);
  t.equal(crowded, 0, 'who is described in the very same way is known to be alike');
  const sets = setsOf(pairs);
  t.same(
    sets.map(({ ssids }) => ssids.length),
    [many],
  );
});

t.test('many with the same names and other birth dates: not every pair of a large set', async (t) => {
  const day = (i: number): string =>
    `2010${String(1 + (i % 12)).padStart(2, '0')}${String(1 + (i % 28)).padStart(2, '0')}`;
  const many = 4_000;
  const { pairs } = pairsOf(Array.from({ length: many }, (_, i) => ({ birthDate: day(i), birthState: `US-${i}` })));
  t.ok(pairs.length < many * 2 * LARGE_SET, `${pairs.length} pairs`);
  t.equal(setsOf(pairs).length, 4, 'but all of them are in the sets of those who have month or day in common');
});

t.test('of a crowd each is compared with those whose names come next, and the crowd is counted', async (t) => {
  const crowd = Array.from({ length: 600 }, (_, i) => ({ first: `Given${String(i).padStart(4, '0')}X`, middle: '' }));
  const two = [
    { first: 'Jonathan', middle: 'Rafael' },
    { first: 'Jonathan', middle: 'Rafeal' },
  ];
  const { pairs, crowded } = pairsOf([...crowd, ...two]);
  t.equal(crowded, 602);
  t.ok(
    pairs.some(({ a, b }) => a === numbered(600) && b === numbered(601)),
    'in a crowd of one birth date two with one name are found by the name',
  );
  t.equal(pairsOf([...crowd.slice(0, 400), ...two]).crowded, 0);
});

t.test('of one who changed in a large set not every pair either', async (t) => {
  const persons = Array.from({ length: 2_000 }, () => ({}));
  const { pairs } = pairsOf([...persons, { first: 'Mraia' }], { involving: new Set([numbered(7), numbered(2_000)]) });
  t.ok(pairs.length > 0 && pairs.length < 2 * LARGE_SET, `${pairs.length} pairs`);
  t.ok(
    pairs.some(({ b }) => b === numbered(2_000)),
    'the one who is described in another way is in it',
  );
});

t.test('many requests that are described alike have the same candidates', async (t) => {
  const matcher = new Matcher(
    Array.from({ length: 20_000 }, () => MARIA),
    parameters,
  );
  for (let i = 0; i < 5_000; i++)
    matcher.student({ ssid: numbered(i), described: MARIA, last: () => undefined, isOwn: () => true });
  const { candidates } = matcher;
  t.equal(candidates.length, 20_000);
  t.same(
    candidates.at(-1)?.map(({ ssid }) => ssid),
    Array.from({ length: parameters.mostCandidates }, (_, i) => numbered(i)),
  );
});

t.test('names of three hundred letters, of marks only, from right to left: compared like others', async (t) => {
  const long = 'ب'.repeat(300);
  const cases: readonly (readonly [Partial<Description>, Partial<Description>])[] = [
    [{ first: long }, { first: `${long}ت` }],
    [{ first: '\u0301'.repeat(300) }, { first: '\u0301'.repeat(300) }],
    [{ first: 'ليلى' }, { first: '\u200fليلى\u200f' }],
    [{ last: 'Nu\u0303ez' }, { last: 'Ñuez'.replace('Ñ', 'N').replace('u', 'ũ') }],
  ];
  for (const [mine, theirs] of cases)
    t.equal(pairsOf([mine, theirs]).pairs.length, 1, JSON.stringify(mine).slice(0, 40));
});
