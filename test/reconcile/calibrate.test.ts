/** Every reading that the rules leave open is found from a file that was made with it, alone and together with others. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { compileRulebook } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { Calibration, type FiledStudent, isRuledOut } from '#reconcile/calibration';
import { openChoices, SeenValues } from '#reconcile/open-readings';
import type { Basis } from '#reconcile/readings';
import { type Rows, World } from '#reconcile/views';
import { type ParameterValues, withParameters } from '#reconcile/with-parameters';
import { columnIndex } from '#records/layout';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import { verify } from '#rulebook/load/load';
import { rowsFile, withReferences } from '#rulebook/load/reference-files';
import { shipped } from '../support/histories.ts';
import { BASIS, bodyOf, COMPARISON, type Line, layout, REQUEST, RUN_DATE, sampleStudents } from './seeds.ts';

t.setTimeout(900_000);

const withColumn = (line: Line, type: string, key: string, value: string): Line =>
  line.with(columnIndex(layout(type), key), value);

/** Of some enrollments the Academic Year ID is not the year of their start; some students are certified. */
function lines(lines: readonly Line[], i: number, ssid: string): readonly Line[] {
  if (i % 3 === 0)
    return [
      ...lines,
      layout('DCERT').columns.map(
        ({ key }) =>
          ({ recordTypeCode: 'DCERT', ssid, academicYearID: '2025-2026', directCertificationResultCode: 'S' })[key] ??
          '',
      ),
    ];
  return i % 3 === 1
    ? lines.map((line) => (line[0] === 'SENR' ? withColumn(line, 'SENR', 'academicYearID', '2025-2026') : line))
    : lines;
}

const students = sampleStudents(400, 11);
const bodies = students.map(({ ssid, lines: own }, i) => ({ ssid, body: bodyOf(ssid, lines(own, i, ssid)) }));

/** One of three schools is a juvenile court school. */
const column = (line: Line, key: string): string => line[columnIndex(layout('SENR'), key)] ?? '';
const schools = new Map(
  students.flatMap(({ lines: own }) =>
    own
      .filter(([type]) => type === 'SENR')
      .map((line) => [column(line, 'schoolOfAttendance'), column(line, 'reportingLEA')] as const),
  ),
);
const directory = [...schools].map(([school, reportingLEA], i) => ({
  ...{ school, reportingLEA, grades: 'KN-12' },
  type: i % 3 === 0 ? 'Juvenile Court Schools' : 'Elementary Schools (Public)',
}));
const known = assemble(
  withReferences(shipped, [rowsFile({ name: 'schoolDirectory', sha256: '0'.repeat(64), rows: directory })]),
);

const rowsUnder = (values: ParameterValues, request: ExtractRequest): ((ssid: string, body: string) => Rows) => {
  const read = withParameters(known, values) as Rulebook;
  const compiled = compileRulebook(read, { recording: false, reading: false });
  const world = new World(compiled, requestFacts(request, read), RUN_DATE, COMPARISON);
  return (ssid, body) => world.rowsOfBody(ssid, body);
};

/** What is found when the file was made with other values of parameters: by reading, the value, and whether it is decided. */
function calibrated(values: ParameterValues, request = REQUEST, changed: (rows: Rows) => Rows = (rows) => rows) {
  const make = rowsUnder(values, request);
  const usual = rowsUnder(new Map(), request);
  const students = bodies.map(
    ({ ssid, body }): FiledStudent => ({ file: 0, ssid, body, theirs: changed(make(ssid, body)) }),
  );
  const seen = new SeenValues(known, COMPARISON.columns);
  for (const { ssid, body, theirs } of students) seen.add(theirs, usual(ssid, body));
  const basis: Basis = { ...BASIS, rulebook: known, request };
  const calibration = new Calibration([basis], [...openChoices(known), ...seen.open()]);
  for (const student of students) calibration.consider(student);
  const best = calibration.best();
  const evidence = calibration.noEvidence();
  let [same, differing] = [0, 0];
  for (const student of students) {
    const weighed = calibration.weigh(best, student, evidence);
    same += weighed.same;
    differing += weighed.differing;
  }
  const found = calibration.open.map(({ name, alternatives }, i) => {
    const taken = best[i] as number;
    const others = evidence[i]?.filter((_, n) => n !== taken) ?? [];
    return {
      name,
      taken,
      value: alternatives[taken]?.value,
      isDecided: others.every(isRuledOut),
      against: others.reduce((sum, one) => sum + one.against, 0),
      saysAnything: others.some((one) => one.for + one.against > 0),
    };
  });
  return { found, same, differing };
}

/** Whether a file made with these values differs from the shipped one in more than a few rows. */
const tells = (values: ParameterValues, request: ExtractRequest): number => {
  const [make, usual] = [rowsUnder(values, request), rowsUnder(new Map(), request)];
  return bodies.filter(
    ({ ssid, body }) => JSON.stringify([...make(ssid, body)]) !== JSON.stringify([...usual(ssid, body)]),
  ).length;
};

/** Some readings count only in an adjusted extract, or only in another year. */
const REQUESTS: readonly ExtractRequest[] = [
  REQUEST,
  { ...REQUEST, adjusted: true },
  { ...REQUEST, academicYear: '2024-2025' },
];
const FEWEST = 3;

t.test('every alternative of readings.json', (t) => {
  let told = 0;
  for (const { name, alternatives } of openChoices(known))
    for (const { value, values } of alternatives.slice(1)) {
      const request = REQUESTS.find((one) => tells(values, one) >= FEWEST);
      if (!request) {
        t.fail(`${name} ${value}: no student of the sample tells`);
        continue;
      }
      told++;
      const { found, differing } = calibrated(values, request);
      const own = found.find((one) => one.name === name);
      t.match(own, { value, isDecided: true, against: 0 }, `${name}: ${value}`);
      t.equal(differing, 0, `${name}: ${value} reproduces every row`);
      t.same(
        found.filter((one) => one.name !== name && one.taken !== 0).map((one) => one.name),
        [],
        `${name}: ${value}, and no other reading is changed`,
      );
    }
  const { parameters } = JSON.parse(
    readFileSync(new URL('../../rules/parameters/readings.json', import.meta.url), 'utf8'),
  ) as {
    readonly parameters: readonly { readonly choices?: readonly string[]; readonly values: readonly unknown[] }[];
  };
  // Where one value holds on all days it is the shipped one; else each is an alternative.
  const all = parameters.map(({ choices = [], values }) => choices.length - (values.length === 1 ? 1 : 0));
  t.equal(
    told,
    all.filter((n) => n > 0).reduce((sum, n) => sum + n, 0),
    'all of them are tried',
  );
  t.end();
});

t.test('several readings at once', (t) => {
  const values: ParameterValues = new Map([
    ['disadvantagedProgramScope', [{ value: 'schoolOfAttendance' }]],
    ['directCertification', [{ value: 'certificationRecord' }]],
    ['provisionalLTELBasis', [{ value: 'latestOf46To48' }]],
    ['hispanicLabel', [{ value: '500' }]],
  ]);
  const { found, differing } = calibrated(values);
  t.equal(differing, 0);
  t.match(
    found.filter(({ taken }) => taken !== 0),
    [
      { name: 'directCertification', value: 'certificationRecord', isDecided: true },
      { name: 'disadvantagedProgramScope', value: 'schoolOfAttendance', isDecided: true },
      { name: 'provisionalLTELBasis', value: 'latestOf46To48', isDecided: true },
      { name: 'texts of field 36', value: '"500"', isDecided: true },
    ],
  );
  t.end();
});

t.test('statuses that count, and codes in place of labels', (t) => {
  const statuses = calibrated(new Map([['countedStatuses', [{ value: '10' }]]]));
  t.match(
    statuses.found.find(({ name }) => name === 'countedStatuses'),
    { value: '10', isDecided: true, against: 0 },
  );
  t.equal(statuses.differing, 0);
  const { json } = shipped.declared.parameters.get('raceCategory') as { json: ParameterJson };
  const byCode = json.values.map(({ key = '' }) => ({ key, value: key }));
  const codes = calibrated(new Map([['raceCategory', byCode]]));
  t.match(
    codes.found.find(({ name }) => name === 'texts of field 36'),
    { isDecided: true, against: 0 },
  );
  t.equal(codes.differing, 0);
  t.end();
});

t.test('two readings that hide each other in every row are found together', (t) => {
  // Field 43 is Y for everybody when both are on, and as before when one of them is.
  const choice = (name: string) => ({
    ...{ name, says: name, type: 'choice', choices: ['off', 'on'], values: [{ value: 'off' }], reading: 'Made up.' },
  });
  const on = (name: string) => ({ fact: 'parameter', params: { name }, operator: 'equal', value: 'on' });
  const both = {
    name: 'both',
    conditions: { all: [on('alpha'), on('beta')] },
    event: { type: 'value', params: { value: 'Y' } },
  };
  const rulebook = verify(
    shipped.files.map(({ path, text = '' }) => {
      const json = JSON.parse(text);
      if (path === 'rules/parameters/readings.json') json.parameters.push(choice('alpha'), choice('beta'));
      else if (path === 'rules/fields/43-gifted-and-talented.json') json.rules.unshift(both);
      else return { path, text };
      return { path, text: JSON.stringify(json) };
    }),
  );
  const basis: Basis = { ...BASIS, rulebook };
  const make = (values: ParameterValues) => {
    const read = withParameters(rulebook, values) as Rulebook;
    const compiled = compileRulebook(read, { recording: false, reading: false });
    return new World(compiled, requestFacts(REQUEST, read), RUN_DATE, COMPARISON);
  };
  const found = (names: readonly string[]) => {
    const world = make(new Map(names.map((name) => [name, [{ value: 'on' }]])));
    const calibration = new Calibration([basis], openChoices(rulebook));
    for (const { ssid, body } of bodies)
      calibration.consider({ file: 0, ssid, body, theirs: world.rowsOfBody(ssid, body) });
    const best = calibration.best();
    return calibration.open.flatMap(({ name, alternatives }, i) =>
      best[i] === 0 ? [] : [`${name} ${alternatives[best[i] as number]?.value}`],
    );
  };
  t.same(found(['alpha']), [], 'alone it changes nothing');
  t.same(found(['alpha', 'beta']), ['alpha on', 'beta on']);
  t.end();
});

t.test('a file as the rules make it decides for them, and a reading that no row tells apart stays open', (t) => {
  const { found, differing, same } = calibrated(new Map(), { ...REQUEST, academicYear: '2024-2025' });
  t.equal(differing, 0);
  t.ok(same > 0);
  t.ok(found.every(({ taken }) => taken === 0));
  t.match(
    found.find(({ name }) => name === 'provisionalLTELBasis'),
    { isDecided: true, against: 0 },
  );
  t.match(
    found.find(({ name }) => name === 'adjustedBy'),
    { isDecided: false, saysAnything: false },
  );
  t.end();
});

t.test('what single records make differ turns no reading', (t) => {
  const { found } = calibrated(new Map(), REQUEST, (rows) => {
    const [[key, row] = []] = rows;
    return key !== undefined && row && Number(row['ssid']) % 50 === 0
      ? new Map(rows).set(key, { ...row, socioEconomicallyDisadvantaged: 'N', ethnicityRace: 'Other' })
      : rows;
  });
  t.same(
    found.filter(({ taken }) => taken !== 0),
    [],
  );
  t.end();
});
