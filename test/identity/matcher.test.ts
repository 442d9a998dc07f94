/** Candidates of requests: who is found, in which order, and what is shown of another LEA's student. */
import fc from 'fast-check';
import t from 'tap';
import { type Candidate, shown } from '#identity/candidates';
import { Matcher, mergedCandidates } from '#identity/matcher';
import { matchParameters } from '#identity/parameters';
import { type Description, personOf } from '#identity/person';
import { Scorer } from '#identity/score';
import { loadRulebook } from '#rulebook/load/load';

const parameters = matchParameters(loadRulebook());
const MARIA: Description = {
  ...{ first: 'Maria', middle: '', last: 'Stonebridge', aliasFirst: '', aliasMiddle: '', aliasLast: '' },
  ...{ birthDate: '20100312', gender: 'F', birthCountry: 'US', birthState: 'US-CA' },
};
const LAST = {
  ...{ lea: '9900002', school: '0199001', localID: 'L9', grade: '07', start: '20230815', exit: '20240612' },
  exitReason: 'E155',
};

type Known = readonly [ssid: string, described: Partial<Description>, isOwn?: boolean];

function candidatesOf(request: Partial<Description>, students: readonly Known[]): readonly Candidate[] {
  const matcher = new Matcher([{ ...MARIA, ...request }], parameters);
  for (const [ssid, described, isOwn = true] of students)
    matcher.student({ ssid, described: { ...MARIA, ...described }, last: () => LAST, isOwn: () => isOwn });
  return matcher.candidates[0] ?? [];
}

const numbers = (candidates: readonly Candidate[]): readonly string[] => candidates.map(({ ssid }) => ssid);

t.test('the best first; ties by gender, birth country and birth state', async (t) => {
  const found = candidatesOf({}, [
    ['9900000001', { birthState: 'US-NV' }],
    ['9900000002', { birthCountry: 'MX', birthState: 'MX-BCN' }],
    ['9900000003', { gender: 'M' }],
    ['9900000004', {}],
    ['9900000005', { first: 'Marya', birthDate: '20100311' }],
    ['9900000006', { first: 'Fern', last: 'Cedar' }],
  ]);
  t.same(numbers(found), ['9900000004', '9900000001', '9900000002', '9900000003', '9900000005']);
});

t.test('no more than ten, whatever the order in which they come', async (t) => {
  const students = Array.from({ length: 30 }, (_, i): Known => [String(9_900_000_001 + i), {}]);
  const found = candidatesOf({}, students.toReversed());
  t.same(
    numbers(found),
    students.slice(0, 10).map(([ssid]) => ssid),
  );
  const halves = [students.slice(0, 15), students.slice(15)].map((half) => [candidatesOf({}, half)]);
  t.same(mergedCandidates(halves, 10)[0], found, 'and whoever found them');
});

t.test('a retired number and its replacement are one candidate', async (t) => {
  const found = candidatesOf({}, [
    ['9900000001', { first: 'Marya' }],
    ['9900000001', {}],
    ['9900000001', { last: 'Stone' }],
  ]);
  t.equal(found.length, 1);
  t.equal(found[0]?.score, 100);
});

t.test('nothing of another LEA’s student is shown that was not sent', async (t) => {
  const [own] = candidatesOf({ first: 'Marya' }, [['9900000001', {}, true]]).map((c) => shown(c, parameters));
  t.equal(own?.parts.FirstName, '0.6');
  t.equal(own?.lastSchool, '0199001');
  const [foreign] = candidatesOf({ first: 'Marya' }, [['9900000001', {}, false]]).map((c) => shown(c, parameters));
  t.equal(foreign?.parts.FirstName, 'differs');
  t.equal(foreign?.parts.LastName, 'agrees');
  t.equal(foreign?.lastLEA, '9900002');
  t.same([foreign?.lastSchool, foreign?.lastGrade, foreign?.lastExit, foreign?.lastExitReason], ['', '', '', '']);
  t.notMatch(JSON.stringify(foreign), /Maria|Stonebridge|2010/);
});

t.test('keys find whom a full comparison finds, but for names that differ at both ends', async () => {
  const name = (names: readonly string[]) => fc.constantFrom(...names);
  const someone = fc.record({
    first: name(['Maria', 'María', 'Mraia', 'Marias', 'Ann', 'Maria Luz', 'MariaLuz']),
    middle: name(['Luz', '', 'Fern']),
    last: name(['Stonebridge', 'Stonebrige', 'STONEBRIDGE', 'Cedar']),
    aliasFirst: name(['', 'Ann', 'Maria']),
    aliasMiddle: name(['', 'Fern']),
    aliasLast: name(['', 'Cedar']),
    birthDate: name(['20100312', '20101203', '20110312', '20090312', '20100412', '20100311', '20100721', '20150312']),
    gender: fc.constant('F'),
    birthCountry: fc.constant('US'),
    birthState: fc.constant(''),
  });
  const scorer = new Scorer(parameters);
  fc.assert(
    fc.property(someone, someone, (request, student) => {
      const isCandidate = scorer.score(personOf(request), personOf(student)).score >= parameters.candidatesFrom;
      return (candidatesOf(request, [['9900000001', student]]).length === 1) === isCandidate;
    }),
    { numRuns: 10_000 },
  );
});
