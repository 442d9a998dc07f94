/** What differs for all students alike is found as such: another reading of the rules, another request or run date. */
import t from 'tap';
import { compileRulebook } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { CauseFinder } from '#reconcile/causes';
import {
  askSample,
  otherReadings,
  otherRequests,
  otherRulebooks,
  otherRunDates,
  type Reading,
  type Sampled,
  type Tried,
} from '#reconcile/readings';
import { World } from '#reconcile/views';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import { shipped } from '../support/histories.ts';
import { BASIS, bodyOf, COMPARISON, REQUEST, RUN_DATE, sampleStudents } from './seeds.ts';

t.setTimeout(600_000);

const LEAST_RIGHT = 0.95;
/** Of a run date is known only between which days of a student's records it lies, and few of them are tried. */
const LEAST_RIGHT_OF_RUN_DATES = 0.8;
const bodies = sampleStudents(250, 11).map(({ ssid, lines }) => ({ ssid, body: bodyOf(ssid, lines) }));

/** What is found when their file was made in another way. */
function found(
  rulebook: Rulebook,
  request: ExtractRequest,
  runDate: string,
  versions: readonly Rulebook[] = [],
): { readonly causes: readonly (Reading | undefined)[]; readonly tried: readonly Tried[] } {
  const compiled = compileRulebook(rulebook, { recording: false, reading: false });
  const world = new World(compiled, requestFacts(request, rulebook), runDate, COMPARISON);
  const finder = new CauseFinder(BASIS);
  const sample = bodies.map(({ ssid, body }): Sampled => {
    const theirs = world.rowsOfBody(ssid, body);
    const { items } = finder.compare(ssid, body, theirs);
    return { ssid, body, theirs, items: items.size, differing: items };
  });
  const differing = sample.filter(({ items }) => items > 0);
  const tried = [
    ...otherReadings(BASIS),
    ...otherRulebooks(BASIS, versions),
    ...otherRequests(BASIS, []),
    ...otherRunDates(BASIS, differing.slice(0, 60)),
  ];
  askSample(tried, sample);
  finder.useReadings(tried);
  const causes = differing.map(({ ssid, body, theirs }) => {
    const [first] = finder.find(ssid, body, theirs).causes;
    return first && !('record' in first.cause) ? first.cause : undefined;
  });
  return { causes, tried };
}

function withParameter(name: string, value: string, rulebook = shipped): Rulebook {
  const files = rulebook.files.map((file) => {
    const json = file.json as { readonly parameters?: readonly ParameterJson[] };
    if (!file.path.startsWith('rules/parameters/') || !json.parameters) return file;
    const parameters = json.parameters.map((p) => (p.name === name ? { ...p, values: [{ value }] } : p));
    return { ...file, json: { ...json, parameters } };
  });
  return assemble({ hash: `${rulebook.hash} ${name} ${value}`, files });
}

t.test('every shipped reading', (t) => {
  let seen = 0;
  for (const { reading } of otherReadings(BASIS)) {
    if (reading.kind !== 'reading') continue;
    const { causes } = found(withParameter(reading.parameter, reading.value), REQUEST, RUN_DATE);
    if (causes.length === 0) continue;
    seen++;
    const right = causes.filter((cause) => JSON.stringify(cause) === JSON.stringify(reading)).length;
    const name = `${reading.parameter} ${reading.value}: ${right} of ${causes.length}`;
    t.ok(right >= causes.length * LEAST_RIGHT, name);
  }
  t.ok(seen >= 6, `${seen} readings make a difference`);
  t.end();
});

t.test('another version of the rules, which no single reading stands for', (t) => {
  const version = withParameter(
    'provisionalLTELBasis',
    'latestOf46To48',
    withParameter('disadvantagedProgramScope', 'schoolOfAttendance'),
  );
  const another = withParameter('migrantSource', 'weeklyMatch');
  const { causes } = found(version, REQUEST, RUN_DATE, [another, version, shipped, version]);
  const right = causes.filter((cause) => cause?.kind === 'rulebook' && cause.sha256 === version.hash).length;
  const wrong = causes.filter((cause) => cause?.kind === 'rulebook' && cause.sha256 !== version.hash).length;
  t.ok(causes.length > 20);
  t.ok(right >= causes.length * LEAST_RIGHT, `${right} of ${causes.length}`);
  t.equal(wrong, 0);
  const of = otherRulebooks(BASIS, [another, version, shipped, version]).map(({ reading }) => reading);
  t.match(of, [
    { kind: 'rulebook', version: shipped.about.version, sha256: another.hash },
    { kind: 'rulebook', sha256: version.hash },
  ]);
  t.equal(of.length, 2, 'neither the one in hand nor one twice');
  t.end();
});

t.test('another request', (t) => {
  for (const request of [
    { ...REQUEST, adjusted: true },
    { ...REQUEST, academicYear: '2024-2025' },
  ]) {
    const { causes } = found(shipped, request, RUN_DATE);
    const right = causes.filter((cause) => cause?.kind === 'request').length;
    t.ok(causes.length > 5);
    t.ok(right >= causes.length * LEAST_RIGHT, `${right} of ${causes.length}`);
  }
  t.end();
});

t.test('another run date', (t) => {
  const { causes } = found(shipped, REQUEST, '20250801');
  const right = causes.filter((cause) => cause?.kind === 'runDate').length;
  t.ok(causes.length > 5);
  t.ok(right >= causes.length * LEAST_RIGHT_OF_RUN_DATES, `${right} of ${causes.length}`);
  t.end();
});
