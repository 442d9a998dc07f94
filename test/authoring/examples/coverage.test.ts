import t from 'tap';
import { coverageOf } from '#authoring/examples/coverage';
import { subjectsOf } from '#authoring/examples/reads';
import { EQUIVALENTS, shipped, withFile, withoutCase } from '../mutants/rulebooks.ts';

t.test(
  'the examples reach every rule and every outcome of their field, of the selection and of their check',
  async (t) => {
    const coverage = coverageOf(shipped);
    t.same(
      coverage.map(({ of }) => of),
      subjectsOf(shipped),
    );
    for (const { of, gaps, stale, reached, total } of coverage) {
      t.same(gaps, [], of);
      t.same(stale, [], of);
      t.equal(reached, total);
      t.ok(total >= 4, `${of} has something to reach; a check has its conditions in "all" or "any", a single one too`);
    }
  },
);

/** An example, and what nothing reaches without it: `POINTER OUTCOME`, or `POINTER rule`. */
const NEEDED: readonly (readonly [of: string, title: string, ...gaps: string[]])[] = [
  ['40', 'A membership at a school with the same code at another LEA', '/facts/0/where/all/2 false'],
  ['38', 'reportingLEA: at another school of the LEA it counts', '/facts/1/where/all/2/any/1/all/1/any/0 true'],
  ['38', "On one day the record of the enrollment's LEA counts, as for field 36", '/facts/0/order/1/preferring true'],
  ['SENR0187', 'Without an exit the length is not yet known', '/conditions/all/1 absent'],
  ['SENR0187', 'A primary enrollment may last', '/conditions/all/0 false'],
];

t.test('an example that is missing leaves a gap, and the gap says where and what', async (t) => {
  for (const [of, title, ...expected] of NEEDED) {
    const [coverage] = coverageOf(withoutCase(of, title), { only: [of] });
    t.same(
      coverage?.gaps.map(({ pointer, outcome = 'rule' }) => `${pointer} ${outcome}`),
      expected,
      title,
    );
    t.equal((coverage?.total ?? 0) - (coverage?.reached ?? 0), expected.length);
  }
  const [gap] =
    coverageOf(withoutCase('SENR0187', 'A primary enrollment may last'), { only: ['SENR0187'] })[0]?.gaps ?? [];
  t.match(gap, {
    of: 'SENR0187',
    file: 'rules/checks/SENR0187.json',
    says: /^Never false: the Enrollment Status Code of the record sent is one of /,
  });
});

t.test('a field without examples reaches nothing, its rules included', async (t) => {
  const files = shipped.files.filter(
    ({ path }) => path !== 'rules/examples/46-initial-us-school-enrollment-date-k-12.json',
  );
  const [coverage] = coverageOf({ ...shipped, files }, { only: ['46'] });
  t.same(
    coverage?.gaps.map(({ says }) => says),
    [
      'Rule "provisional" never decides.',
      'Rule "otherwise" never decides.',
      'Never true: field 45 is present.',
      'Never absent: field 45 is present.',
    ],
  );
});

t.test('a field answers for itself: what another field reaches in the same row does not count', async (t) => {
  // As shipped, field 45 does not look at enrollments; field 47 does, in every row that has field 45.
  const asShipped = withFile('rules/examples/readings.json', (json) => {
    const { examples } = json as { examples: { of: string }[] };
    return { ...json, examples: examples.filter(({ of }) => of !== '45') };
  });
  const gaps = coverageOf(asShipped, { only: ['45'] })[0]?.gaps ?? [];
  const where = ['/facts/4/where', '/facts/4/where/all/0', '/facts/4/where/all/1'];
  t.same(
    gaps.map(({ pointer, outcome }) => `${pointer} ${outcome}`),
    where.flatMap((pointer) => [`${pointer} true`, `${pointer} false`]),
  );
});

t.test('a reason for what an example does reach is reported', async (t) => {
  const entry = {
    of: ['40'],
    file: 'rules/facts/programs.json',
    pointer: '/facts/0/where/all/2',
    outcome: 'false',
    because: 'No membership is at another LEA.',
  };
  const wrong = withFile(EQUIVALENTS, (json) => ({ ...json, unreachable: [entry] }));
  t.same(coverageOf(wrong, { only: ['40'] })[0]?.stale, [entry]);
  const missing = withFile(EQUIVALENTS, () => ({}));
  t.equal(
    coverageOf(missing, { only: ['selection'] })[0]?.gaps.length,
    1,
    'without its reason, what cannot be reached is a gap',
  );
});
