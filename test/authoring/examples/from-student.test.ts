/** Examples made from students: they come to the same, and say nothing of who the students are. */
import t from 'tap';
import { casesOf, type ExampleRecord, requestOf } from '#authoring/examples/cases';
import { exampleFrom, exampleListOf } from '#authoring/examples/from-student';
import { Bench, runCase } from '#authoring/examples/run';
import { parseJson } from '#base/json';
import { withItemAdded } from '#base/json-edits';
import { parseDay } from '#records/days';
import { shipped } from '../../support/histories.ts';

t.setTimeout(900_000);

const WHO = {
  ssid: '9912345678',
  localStudentID: 'LOCAL4711',
  studentLegalFirstName: 'Adaeze',
  studentLegalLastName: 'Okonkwo',
  studentBirthCity: 'Enugu',
};
const SECRETS = Object.values(WHO);
const { layouts } = shipped.schemas;

/** A record of somebody else: with their names, where the layout has them and the example says nothing of them. */
function ofSomebody(record: ExampleRecord): ExampleRecord {
  if (!('recordType' in record)) return record;
  const layout = layouts.find(({ recordType }) => recordType === String(record['recordType']).replace('-R', ''));
  const has = (key: string): boolean => layout?.columns.some((column) => column.key === key) ?? false;
  return {
    ...Object.fromEntries(Object.entries(WHO).filter(([key]) => has(key))),
    ...record,
    ssid: WHO.ssid,
  } as unknown as ExampleRecord;
}

t.test('students of all worked examples become examples that come to the same', async (t) => {
  const bench = new Bench(shipped);
  let made = 0;
  let same = 0;
  const seen = new Set<string>();
  for (const example of casesOf(shipped)) {
    const { of, request, runDate, given, records } = example;
    const isOne = new Set([...given, ...records].map((record) => ('ssid' in record ? record['ssid'] : ''))).size === 1;
    if (!('value' in example.expect) || !request || !runDate || example.parameters || example.references) continue;
    if (!isOne || example.expect.row) continue;
    const own = { ...example, given: [], records: [...given, ...records].map(ofSomebody) };
    const day = parseDay(runDate) as string;
    const body = bench.kept(own, day).lines.bodies.get(WHO.ssid);
    const found = runCase(bench, own).found;
    if (body === undefined || found?.kind !== 'field') continue;
    const asked = { rulebook: shipped, of, ssid: WHO.ssid, body, request: requestOf(request), runDate: day, row: {} };
    const from = exampleFrom(asked);
    if (!from) continue;
    made++;
    seen.add(of);
    if (from.isSame) same++;
    const text = JSON.stringify(from.json);
    for (const secret of SECRETS) if (text.includes(secret)) t.fail(`${of} ${example.title}: ${secret} is in ${text}`);
    const again = { ...own, ...from.json, given: [] };
    if (!runCase(bench, again).passed) t.fail(`${of} ${example.title}: it does not hold: ${text}`);
    if (from.isSame && from.json.expect && 'value' in from.json.expect)
      t.equal(from.json.expect.value, found.value, `${of} ${example.title}`);
  }
  t.ok(made > 300, `${made} were made`);
  t.equal(same, made, 'all come to the same');
  t.equal(seen.size, 13, 'of every derived field');
});

t.test('a day of birth is another one, in the same month', async (t) => {
  const bench = new Bench(shipped);
  const [example] = casesOf(shipped).filter(({ of }) => of === '42');
  const own = {
    ...(example as NonNullable<typeof example>),
    given: [],
    records: [
      { ...WHO, recordType: 'SENR', gradeLevelCode: 'KN', studentBirthDate: '20180922' },
    ] as unknown as ExampleRecord[],
  };
  const body = bench.kept(own, '20240715').lines.bodies.get(WHO.ssid) as string;
  const request = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;
  const asked = { rulebook: shipped, of: '42', ssid: WHO.ssid, body, request, runDate: '20240715', row: {} };
  const text = JSON.stringify(exampleFrom(asked));
  t.notMatch(text, '20180922');
  t.match(text, /Replaced by made-up values: .*SSID/);
  t.equal(exampleFrom({ ...asked, row: { schoolOfAttendance: '0000000' } }), undefined, 'there is no such row');
});

t.test('an example goes to the end of its list, and nothing else changes', async (t) => {
  const text = '{ "cases": [\n    { "title": "a" },\n    { "title": "b" } ] }\n';
  t.equal(
    withItemAdded(text, '/cases', '{ "title": "c" }'),
    '{ "cases": [\n    { "title": "a" },\n    { "title": "b" },\n    { "title": "c" } ] }\n',
  );
  t.same(parseJson(withItemAdded('{ "cases": [] }', '/cases', '1') ?? '').json, { cases: [1] });
  t.equal(withItemAdded(text, '/others', '1'), undefined);
  t.match(exampleListOf(shipped, '40'), { file: /40-homeless/, pointer: '/cases' });
  t.equal(exampleListOf(shipped, '51'), undefined);
});
