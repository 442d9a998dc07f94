/** A sample of persons who are hard to tell apart, and the truth about them. */
import t from 'tap';
import { generateSample, IDENTITIES, REQUESTS } from '#sample/generate';
import { fileOf, readSampleLayouts, readSampleRecipe } from '#sample/write';

const recipe = readSampleRecipe();
const layouts = readSampleLayouts(recipe);

/** The lines of each file of a sample with identities. */
function sample(students: number, seed = 3): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, string>();
  const options = { students, seed, leas: 6, style: 'plain', identities: true } as const;
  for (const { recordType, bytes } of generateSample(recipe, layouts, options))
    texts.set(recordType, (texts.get(recordType) ?? '') + new TextDecoder().decode(bytes));
  return new Map([...texts].map(([type, text]) => [type, text.split('\r\n').slice(0, -1)]));
}

const made = sample(6_000);
const truth = (made.get(IDENTITIES) ?? []).slice(1).map((line) => {
  const [person = '', kind = '', ssid = '', request = '', leas = '', difference = '', twinOf = ''] = line.split(',');
  return { person, kind, ssid, request, leas, difference, twinOf };
});
const enrollments = (made.get('SENR') ?? []).map((line) => line.split('^'));
const [SSID, FIRST, MIDDLE, LAST, BORN] = [7, 9, 10, 11, 16] as const;

t.test('the truth tells every number and every request once for each way of writing, and of whom it is', async (t) => {
  const numbers = new Set(truth.map(({ ssid }) => ssid).filter(Boolean));
  t.same([...new Set(enrollments.map((fields) => fields[SSID]))].sort(), [...numbers].sort());
  t.same(
    truth.filter(({ request }) => request !== '').map(({ request }) => Number(request)),
    (made.get(REQUESTS) ?? []).map((_, i) => i + 1),
  );
  const persons = new Map<string, Set<string>>();
  for (const { ssid, person } of truth) if (ssid) persons.set(ssid, (persons.get(ssid) ?? new Set()).add(person));
  t.same([...persons.values()].filter(({ size }) => size > 1).length, 0, 'no number is of two persons');
});

t.test('requests have no SSID; those of students who have one are about that student', async (t) => {
  const requests = (made.get(REQUESTS) ?? []).map((line) => line.split('^'));
  t.ok(requests.length > 50);
  t.ok(requests.every((fields) => fields[SSID] === ''));
  for (const { person, request, difference } of truth.filter(
    ({ kind, request, difference }) => kind.endsWith('and has one') && request !== '' && difference === 'same',
  )) {
    const known = truth.find((other) => other.person === person && other.ssid !== '');
    const record = enrollments.find((fields) => fields[SSID] === known?.ssid);
    const asked = requests[Number(request) - 1] ?? [];
    t.same([asked[FIRST], asked[LAST], asked[BORN]], [record?.[FIRST], record?.[LAST], record?.[BORN]], difference);
  }
});

t.test('every kind of the recipe and every difference comes about', async (t) => {
  const { kinds, differences } = recipe.identities;
  t.same(
    Object.keys(kinds).filter((kind) => !truth.some((of) => of.kind === kind)),
    [],
  );
  t.same(
    Object.keys(differences).filter((difference) => !truth.some((of) => of.difference === difference)),
    [],
  );
});

t.test('twins are two persons born on one day; two numbers are one person', async (t) => {
  const ofSSID = new Map(enrollments.map((fields) => [fields[SSID], fields]));
  const twins = truth.filter(({ twinOf, ssid }) => twinOf !== '' && ssid !== '');
  t.ok(twins.length > 20);
  let ownMiddleNames = 0;
  for (const twin of twins) {
    const other = truth.find(({ person }) => person === twin.twinOf);
    const [a, b] = [ofSSID.get(twin.ssid), ofSSID.get(other?.ssid)];
    t.same([a?.[LAST], a?.[BORN]], [b?.[LAST], b?.[BORN]]);
    if (a?.[MIDDLE] !== b?.[MIDDLE]) ownMiddleNames++;
  }
  t.ok(ownMiddleNames > twins.length / 2, 'each with a middle name of their own, or without one');
  const numbers = new Map<string, Set<string>>();
  for (const { person, ssid, kind } of truth)
    if (kind === 'two numbers') numbers.set(person, (numbers.get(person) ?? new Set()).add(ssid));
  t.ok(numbers.size > 30);
  t.ok([...numbers.values()].every(({ size }) => size === 2));
});

t.test('the same seed gives the same persons; more students leave the earlier ones as they are', async (t) => {
  t.same(sample(200), sample(200));
  const few = sample(200);
  for (const [type, lines] of few) t.same(made.get(type)?.slice(0, lines.length), lines, fileOf(type));
});
