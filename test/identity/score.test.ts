/** How alike two persons are: every value of section 2 of the domain text, as a table. */
import fc from 'fast-check';
import t from 'tap';
import { isWithin } from '#identity/distance';
import { matchParameters, PARTS, type PartName } from '#identity/parameters';
import { type Description, personOf, plainForm } from '#identity/person';
import { agreementOf, reasonOf } from '#identity/reason';
import { Scorer } from '#identity/score';
import { loadRulebook } from '#rulebook/load/load';

const parameters = matchParameters(loadRulebook());
const scorer = new Scorer(parameters);
const MARIA: Description = {
  ...{ first: 'Maria', middle: 'Luz', last: 'Stonebridge', aliasFirst: '', aliasMiddle: '', aliasLast: '' },
  ...{ birthDate: '20100312', gender: 'F', birthCountry: 'US', birthState: 'US-CA' },
};

const score = (mine: Partial<Description>, theirs: Partial<Description>) =>
  scorer.score(personOf({ ...MARIA, ...mine }), personOf({ ...MARIA, ...theirs }));

interface Case {
  readonly says: string;
  readonly mine?: Partial<Description>;
  readonly theirs: Partial<Description>;
  /** Parts that are not 1. */
  readonly parts?: Partial<Record<PartName, number | undefined>>;
  readonly score: number;
}

const CASES: readonly Case[] = [
  { says: 'the same', theirs: {}, score: 100 },
  { says: 'another case', theirs: { first: 'MARIA' }, parts: { FirstName: 0.95 }, score: 98.9 },
  { says: 'an accent', theirs: { first: 'María' }, parts: { FirstName: 0.95 }, score: 98.9 },
  {
    says: 'the same accent, composed and not',
    mine: { first: 'Mari\u0301a' },
    theirs: { first: 'Mar\u00eda' },
    score: 100,
  },
  {
    says: 'hyphen, apostrophe and blank',
    mine: { last: 'O’Stone-Bridge' },
    theirs: { last: 'OStone Bridge' },
    parts: { LastName: 0.95 },
    score: 99,
  },
  { says: 'an alias', mine: { aliasFirst: 'Mia' }, theirs: { first: 'Mia' }, parts: { FirstName: 0.9 }, score: 97.8 },
  {
    says: 'an alias of the other side',
    theirs: { last: 'Cedar', aliasLast: 'Stonebridge' },
    parts: { LastName: 0.9 },
    score: 98,
  },
  {
    says: 'the middle name typed into the first',
    theirs: { first: 'Maria Luz', middle: '' },
    parts: { FirstName: 0.9, MiddleName: undefined },
    score: 97.5,
  },
  { says: 'one letter of five', theirs: { first: 'Marya' }, parts: { FirstName: 0.6 }, score: 91.2 },
  { says: 'two letters changed places', theirs: { first: 'Mraia' }, parts: { FirstName: 0.6 }, score: 91.2 },
  { says: 'two letters of five', theirs: { first: 'Myrya' }, parts: { FirstName: 0 }, score: 78 },
  { says: 'two letters of many', theirs: { last: 'Stonabridje' }, parts: { LastName: 0.6 }, score: 92 },
  { says: 'three letters of many', theirs: { last: 'Stanabridje' }, parts: { LastName: 0 }, score: 80 },
  { says: 'no middle name on one side', theirs: { middle: '' }, parts: { MiddleName: undefined }, score: 100 },
  { says: 'another middle name', theirs: { middle: 'Fern' }, parts: { MiddleName: 0 }, score: 88 },
  { says: 'a last name on one side only', theirs: { last: '' }, parts: { LastName: 0 }, score: 80 },
  {
    says: 'a last name on neither side',
    mine: { last: '' },
    theirs: { last: '', first: 'Ann' },
    parts: { FirstName: 0, LastName: undefined },
    score: 72.5,
  },
  { says: 'the year after', theirs: { birthDate: '20110312' }, parts: { BirthYear: 0.5 }, score: 85 },
  { says: 'two years after', theirs: { birthDate: '20120312' }, parts: { BirthYear: 0 }, score: 70 },
  {
    says: 'month and day swapped',
    theirs: { birthDate: '20101203' },
    parts: { BirthMonth: 0.7, BirthDay: 0.7 },
    score: 95.2,
  },
  { says: 'another month', theirs: { birthDate: '20100412' }, parts: { BirthMonth: 0 }, score: 91 },
  { says: 'another day', theirs: { birthDate: '20100311' }, parts: { BirthDay: 0 }, score: 93 },
];

t.test('the score of every value of a part', async (t) => {
  for (const { says, mine = {}, theirs, parts = {}, score: expected } of CASES) {
    const found = score(mine, theirs);
    t.same(found.parts, { ...Object.fromEntries(PARTS.map((part) => [part, 1])), ...parts }, says);
    t.equal(found.score, expected, says);
    t.same(score(theirs, mine), found, `${says}: the order of the two does not matter`);
  }
});

t.test('why, in words; and of another LEA’s student only what agrees', async (t) => {
  const { parts } = score({}, { first: 'María', birthDate: '20101203', middle: '' });
  t.equal(
    reasonOf(parts, parameters),
    'first name equal but for case, accents, hyphens, apostrophes or blanks; middle name not compared (blank); birth month and birth day swapped; birth year and last name equal',
  );
  t.equal(
    agreementOf(parts, parameters),
    'birth year, first name and last name agree; birth month and birth day differ',
  );
  t.equal(reasonOf(score({}, {}).parts, parameters), 'all parts equal');
});

t.test('names of any script and length', async (t) => {
  t.equal(plainForm('Zéphyr-Ann O’Neil'), 'zephyrannoneil');
  t.equal(plainForm('\u200fليلى\u200f'), 'ليلى', 'marks of direction are no letters');
  t.equal(plainForm("'"), "'", 'what consists of marks alone stays');
  const long = 'x'.repeat(300);
  t.equal(score({ last: long }, { last: `${long}y` }).parts.LastName, 0.6);
});

/** The plain definition of the distance, without bounds. */
function distance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  for (let j = 0; j <= b.length; j++) (d[0] as number[])[j] = j;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const at = (x: number, y: number): number => d[x]?.[y] as number;
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(i - 2, j - 2) + 1);
      (d[i] as number[])[j] = least;
    }
  return d[a.length]?.[b.length] as number;
}

t.test('letters that differ are counted as the plain definition counts them', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
  fc.assert(
    fc.property(
      name,
      name,
      fc.integer({ min: 1, max: 2 }),
      (a, b, most) => isWithin(a, b, most) === distance(a, b) <= most,
    ),
    { numRuns: 5_000 },
  );
});

t.test('giving up early gives up nobody who has the score', async () => {
  const some = fc.record({
    first: fc.constantFrom('Maria', 'María', 'Mraia', 'Mary', 'Ann', 'Maria Luz', 'MariaLuz', ''),
    middle: fc.constantFrom('Luz', 'Luzz', '', 'Fern'),
    last: fc.constantFrom('Stonebridge', 'Stonebrige', 'Cedar', 'Ceder', ''),
    aliasFirst: fc.constantFrom('', 'Ann'),
    aliasMiddle: fc.constantFrom('', 'Fern'),
    aliasLast: fc.constantFrom('', 'Cedar'),
    birthDate: fc.constantFrom('20100312', '20101203', '20110312', '20100412', '20100311', '20150101'),
    gender: fc.constantFrom('F', 'M'),
    birthCountry: fc.constant('US'),
    birthState: fc.constant(''),
  });
  fc.assert(
    fc.property(some, some, fc.integer({ min: 50, max: 100 }), (a, b, least) => {
      const [one, other] = [personOf(a), personOf(b)];
      const whole = scorer.score(one, other);
      const early = scorer.scoreFrom(one, other, least);
      return whole.score >= least ? early?.score === whole.score : early === undefined;
    }),
    { numRuns: 10_000 },
  );
});
