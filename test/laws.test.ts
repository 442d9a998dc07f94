/**
 * Laws see a mistake in the rules wherever rules are used: here one that makes a student Title I Part C Migrant (41 is Y)
 * and not Socio-economically Disadvantaged (38 is N), which each field explains well by itself.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { readManifest } from '#audit/manifest';
import { checkRulebook } from '#authoring/check/check';
import { runExamples } from '#authoring/examples/run';
import { reportLines, reportMarkdown } from '#authoring/impact/impact-text';
import { mutationReport } from '#authoring/mutants/mutation';
import { fileOutput } from '#base/output';
import { Explainer } from '#explain/explain';
import { explanationText } from '#explain/explanation-text';
import { compileRulebook, Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import { impactFromFiles } from '#pipeline/impact';
import { loadFiles } from '#pipeline/load-files';
import type { SourceRecord } from '#records/record';
import { verify } from '#rulebook/load/load';
import { secondOpinion } from '#rulebook/second-opinion/second-opinion';
import { checkTexts } from '#service/rules/rules-work';
import { openSqliteStore } from '#store/sqlite';
import { cenr } from './cli/cenr.ts';
import { student } from './explain/subjects.ts';
import { type Patch, patched } from './rulebook/texts.ts';
import { readHistory } from './support/extracts.ts';
import { folder } from './support/folders.ts';
import { history, holds, request, runDate, shipped } from './support/histories.ts';
import { assembled, generatedFiles } from './support/rulebooks.ts';
import { LEA, line, service, TODAY } from './support/service.ts';

t.setTimeout(900_000);

/** Program 135 no longer counts for field 38 while it counts for field 41. */
const MISTAKE: Patch = {
  file: 'rules/facts/programs.json',
  replace: [
    '"operator": "equal", "value": "programRecord" } ] } ] }',
    '"operator": "equal", "value": "weeklyMatch" } ] } ] }',
  ],
};
const mistaken = patched([MISTAKE]);
const wrong = verify(mistaken);
const LAW = 'migrantIsDisadvantaged';
const YEAR = { reportingLEAs: [LEA], academicYear: '2023-2024' };

const [NOBODY, MIGRANT, OTHER] = ['9900000001', '9900000002', '9900000003'] as const;
const membership = (ssid: string, educationProgramMembershipStartDate: string) =>
  line('SPRG', { ssid, educationProgramCode: '135', educationProgramMembershipStartDate });
/** Four rows; those of lines 3 and 4 are of migrant students. */
const LINES = [
  line('SENR', { ssid: OTHER }),
  membership(OTHER, '20230901'),
  line('SENR', { ssid: NOBODY }),
  line('SENR', { ssid: MIGRANT, gradeLevelCode: '05', enrollmentExitDate: '20240101', studentExitReasonCode: 'T160' }),
  line('SENR', { ssid: MIGRANT, gradeLevelCode: '06', enrollmentStartDate: '20240202' }),
  membership(MIGRANT, '20240202'),
];

function filesOf(t: Test, lines: readonly string[] = LINES) {
  const dir = folder(t);
  const path = join(dir, 'records.txt');
  writeFileSync(path, lines.join('\r\n'));
  return { dir, files: [{ name: 'records.txt', path }] };
}

const WARNING =
  '2 rows of 4 break the law "migrantIsDisadvantaged": A student who is Title I Part C Migrant (41 is Y) is Socio-economically Disadvantaged (38 is Y). The first is line 3 of the file. The rules contradict each other: do not use the extract before somebody has looked at the rules of these fields.';

t.test('the rules as they are break none, with a mistake an example does', async (t) => {
  t.same(
    runExamples(shipped).filter(({ laws }) => laws),
    [],
  );
  const broken = runExamples(wrong).filter(({ laws }) => laws);
  t.ok(broken.length > 0);
  for (const { passed, laws, message } of broken) {
    t.equal(passed, false);
    t.same(laws, [LAW]);
    t.match(message, /its row breaks the law "migrantIsDisadvantaged": A student who is Title I Part C Migrant/);
  }
  const ofOtherFields = broken.filter(({ of }) => of !== '38');
  t.ok(ofOtherFields.length > 0, 'also where the value that is asked about is right');
});

t.test('a case with parameters of its own is not held to laws', async (t) => {
  const eight = runExamples(shipped).find(({ title }) => title === 'Eight years instead of seven');
  t.match(eight, { passed: true, laws: undefined });
});

t.test('the check names the law, and so does that of a draft', async (t) => {
  const found = checkRulebook(mistaken).findings.filter(({ kind }) => kind === 'law-broken');
  t.match(found, [
    {
      severity: 'error',
      file: 'rules/laws.json',
      message: new RegExp(`^the rows of \\d+ worked examples break the law "${LAW}", such as`),
    },
  ]);
  t.equal(found.length, 1, 'once, whatever the number of examples');
  const outcome = checkTexts(mistaken, TODAY);
  t.ok(outcome.examples.failed.some(({ laws }) => laws?.includes(LAW)));
});

t.test('a mutant that breaks a law is noticed, and by what', async (t) => {
  const { tried } = mutationReport(shipped, { only: ['41'] });
  const byLaw = tried.filter(({ laws }) => laws?.includes(LAW));
  t.ok(byLaw.length > 0);
  for (const { fate } of byLaw) t.equal(fate, 'caught');
});

t.test('an extract from files is made, and warns first of all', async (t) => {
  const { dir, files } = filesOf(t);
  for (const manifest of [true, false]) {
    const made = await extractFromFiles({
      files,
      rulebook: wrong,
      request: { ...YEAR, schools: ['7654321', '0000009'] },
      runDate: TODAY,
      threads: 0,
      output: await fileOutput(join(dir, 'cenr.txt')),
      manifest,
    });
    t.same(
      made.warnings.map(({ code }) => code),
      ['LAW_BROKEN', 'NO_ENROLLMENTS_AT_SCHOOL'],
    );
    t.equal(made.warnings[0]?.message, WARNING);
    const third = readFileSync(join(dir, 'cenr.txt'), 'utf8').split('\r\n')[2]?.split('^') ?? [];
    t.same([third[7], third[9 + 28], third[40]], [MIGRANT, 'N', 'Y'], 'line 3 is such a row');
    t.equal(made.laws.length, shipped.declared.laws.length);
    t.same(
      made.laws.filter(({ rows }) => rows > 0),
      [{ name: LAW, rows: 2, line: 3 }],
    );
  }
});

t.test('many parts come to the same line, from files and from a store', async (t) => {
  const students = Array.from({ length: 9_000 }, (_, i) => `99${String(i).padStart(8, '0')}`);
  const migrants = [8_500, 4_321, 4_400].map((i) => membership(students[i] as string, '20230901'));
  const { dir, files } = filesOf(t, [...students.toReversed().map((ssid) => line('SENR', { ssid })), ...migrants]);
  const common = { rulebook: wrong, request: YEAR, runDate: TODAY };
  const output = await fileOutput(join(dir, 'cenr.txt'));
  const fromFiles = await extractFromFiles({ ...common, files, threads: 2, output });
  const storeDir = join(dir, 'store');
  await openSqliteStore(storeDir).close();
  await loadFiles({
    storeDir,
    id: 'upload_1',
    sender: 'all',
    files,
    receivedAt: '2024-07-15T19:00:00.000Z',
    loadDay: TODAY,
    rulebook: shipped,
  });
  const expected = [{ name: LAW, rows: 3, line: 4_322 }];
  const broken = (laws: typeof fromFiles.laws) => laws.filter(({ rows }) => rows > 0);
  t.same(broken(fromFiles.laws), expected);
  for (const workers of [0, 2]) {
    const made = await extractFromStore({ ...common, storeDir, out: join(dir, 'other.txt'), workers });
    t.same(broken(made.laws), expected);
    t.match(made.warnings, [{ code: 'LAW_BROKEN', message: /The first is line 4,322 of the file/ }]);
  }
});

t.test('a law about a column that the file does not have is not asked', async (t) => {
  const without41 = verify(
    patched([
      MISTAKE,
      { file: 'schemas/records/CENR.json', replace: ['"columnSets": {', '"columnSets": { "40": ["1", "40"],'] },
    ]),
  );
  const { dir, files } = filesOf(t);
  const output = await fileOutput(join(dir, 'cenr.txt'));
  const common = { files, rulebook: without41, request: YEAR, runDate: TODAY, threads: 0, output };
  const made = await extractFromFiles({ ...common, columns: '40' });
  t.same(made.warnings, []);
  const asked = made.laws.map(({ name }) => name);
  t.ok(asked.includes('homelessIsDisadvantaged'));
  t.notOk(asked.includes(LAW), 'and the answer does not say that it holds');
});

t.test('on the command line: the summary begins with it, the manifest counts it, exit code 4', async (t) => {
  const { dir, files } = filesOf(t);
  const rules = join(dir, 'rules');
  for (const { path, text } of mistaken) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const out = join(dir, 'cenr.txt');
  const asked = ['--lea', LEA, '--academic-year', '2023-2024', '--run-date', TODAY, '--out', out];
  const ran = await cenr('extract', files[0]?.path as string, ...asked, '--rules', rules);
  t.equal(ran.code, 4);
  t.equal(ran.err.split('\n')[0], `warning: ${WARNING}`);
  const manifest = readManifest(readFileSync(`${out}.manifest.json`));
  t.match(
    manifest.laws?.find(({ name }) => name === LAW),
    { brokenBy: 2 },
  );
  t.match(
    manifest.laws?.find(({ name }) => name === 'homelessIsDisadvantaged'),
    { brokenBy: 0 },
  );
  t.match(manifest.warnings, [{ code: 'LAW_BROKEN' }]);
  t.equal((await cenr('extract', files[0]?.path as string, ...asked)).code, 0, 'without the mistake all is well');
  const verified = await cenr('verify', out, files[0]?.path as string, '--rules', rules);
  t.notMatch(verified.err, /not made again/);

  const explained = await cenr(
    'explain',
    files[0]?.path as string,
    '--ssid',
    MIGRANT,
    '--field',
    '38',
    '--lea',
    LEA,
    '--academic-year',
    '2023-2024',
    '--run-date',
    TODAY,
    '--rules',
    rules,
  );
  t.match(explained.out.replaceAll(/\s+/g, ' '), /This row breaks the law "migrantIsDisadvantaged"/);

  const impact = await cenr('rules', 'impact', files[0]?.path as string, ...asked.slice(0, -2), '--to', rules);
  t.equal(
    impact.out.split('\n')[0],
    'The new rules contradict themselves: 2 rows break the law "migrantIsDisadvantaged": A student who is Title I Part C Migrant (41 is Y) is Socio-economically Disadvantaged (38 is Y).',
  );
});

t.test('over REST: the extract is complete and its warnings begin with it; no log names a student', async (t) => {
  const { ask, key, app, log } = await service(t, {}, () => ({ rulebook: wrong }));
  const headers = key('vendor', [LEA]);
  const sent = { ...headers, 'content-type': 'text/plain' };
  await ask({ method: 'POST', url: `/v1/uploads?reportingLEA=${LEA}`, headers: sent, payload: LINES.join('\r\n') });
  const { links } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: YEAR })).body;
  await app.jobs.extract.idle();
  const { body } = await ask({ url: links.self, headers });
  t.match(body, { status: 'Complete', warnings: [{ code: 'LAW_BROKEN', message: WARNING }] });
  const manifest = (await ask({ url: body.links.manifest, headers })).body;
  t.match(
    manifest.laws.find(({ name }: { name: string }) => name === LAW),
    { brokenBy: 2 },
  );
  const row = `${links.self}/rows/${MIGRANT}/7654321/06/explanation`;
  const reader = { ...headers, 'access-purpose': 'a test' };
  const explained = await ask({ url: `${row}?secondOpinion=true`, headers: reader });
  t.match(explained, { status: 200, body: { laws: [{ law: LAW }], secondOpinion: { agree: true } } });
  for (const ssid of [NOBODY, MIGRANT, OTHER]) t.notMatch(log.join('\n').replaceAll(row, ''), ssid);
});

t.test('an evaluation names the laws that its rows break, explained or not, one student or many', async (t) => {
  const { ask, key } = await service(t, {}, () => ({ rulebook: wrong }));
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/json' };
  const of = (...ssids: string[]) => LINES.filter((line) => ssids.some((ssid) => line.includes(ssid)));
  const head = { request: YEAR, runDate: '2024-07-15' };
  const evaluate = async (records: readonly string[], query = '') =>
    (
      await ask({
        method: 'POST',
        url: `/v1/evaluations${query}`,
        headers,
        payload: { ...head, records },
      })
    ).body;
  const broken = {
    row: 1,
    law: LAW,
    file: 'rules/laws.json',
    fields: [
      { field: '38', value: 'N' },
      { field: '41', value: 'Y' },
    ],
    sentence: /^This row breaks the law "migrantIsDisadvantaged": .* In this row, 38 .* is N; 41 .* is Y\./,
  };
  const migrant = await evaluate(of(MIGRANT));
  t.equal(migrant.rows.length, 2);
  t.match(migrant.laws, [broken]);
  t.equal(migrant.laws.length, 1, 'of the row that breaks it alone');
  t.notOk('laws' in (await evaluate(of(NOBODY))));
  const explained = await evaluate(of(MIGRANT), '?explain=true&field=40');
  t.match(explained, { laws: [broken], explanations: [{}, {}] });
  const payload = [head, { id: 'a', records: of(NOBODY) }, { id: 'b', records: of(MIGRANT) }];
  const { text } = await ask({
    method: 'POST',
    url: '/v1/evaluations/stream',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    payload: payload.map((line) => `${JSON.stringify(line)}\n`).join(''),
  });
  const [nobody, many] = text.split('\n').map((line) => line && JSON.parse(line));
  t.notOk('laws' in nobody);
  t.match(many, { id: 'b', laws: [broken] });
});

t.test('an impact report counts rows that change and break a law', async (t) => {
  const { files } = filesOf(t);
  const asked = { files, request: YEAR, runDate: TODAY, threads: 0 };
  const report = await impactFromFiles({ ...asked, from: shipped, to: wrong });
  t.match(report.laws, [{ law: LAW, rows: 2 }]);
  t.match(reportLines(report)[0], /^The new rules contradict themselves: 2 rows break the law/);
  t.match(reportMarkdown(report), /The new rules contradict themselves: 2 rows/);
  t.equal((await impactFromFiles({ ...asked, from: wrong, to: shipped })).laws, undefined, 'the way back breaks none');

  const harmless = verify(
    patched([MISTAKE, { file: 'rules/fields/43-gifted-and-talented.json', replace: ['"value": "N"', '"value": ""'] }]),
  );
  t.equal(
    (await impactFromFiles({ ...asked, from: wrong, to: harmless })).laws,
    undefined,
    'rows that broke it before',
  );

  const newLaw = patched([{ file: 'rules/laws.json', replace: ['"value": "2023-07-01"', '"value": "2000-07-01"'] }]);
  const changed = await impactFromFiles({ ...asked, from: shipped, to: verify(newLaw) });
  t.match(changed.differences, [{ id: 'law noTransitionalKindergartenAnyMore', kind: 'law', did: 'changed' }]);
  const all = patched([{ file: 'rules/laws.json', replace: ['"value": "N470"', '"value": ""'] }]);
  const broken = await impactFromFiles({ ...asked, from: shipped, to: verify(all) });
  t.match(broken.laws, [{ law: 'noRowOfANoShow', rows: 3 }], 'of a law that is another, every row is asked');
});

t.test('an explanation of a row that breaks a law says so, in words and as data', async (t) => {
  const explainer = new Explainer(wrong, '1');
  const subject = student([
    { recordType: 'SENR' },
    { recordType: 'SPRG', educationProgramCode: '135', educationProgramMembershipStartDate: '20230901' },
  ]);
  const [key] = explainer.rows(subject);
  const explain = (fields?: readonly string[]) =>
    explainer.row(subject, key as NonNullable<typeof key>, {
      whyNot: false,
      changes: false,
      ...(fields && { fields }),
    });
  const explained = explain();
  t.equal(explain(['40'])?.laws, undefined, 'of a field that the law is not about');
  t.equal(explain(['41'])?.laws?.length, 1);
  const [unbroken] = new Explainer(shipped, '1').rows(subject);
  t.equal(new Explainer(shipped, '1').row(subject, unbroken as NonNullable<typeof key>)?.laws, undefined);
  t.match(explained?.laws, [
    {
      law: LAW,
      file: 'rules/laws.json',
      fields: [
        { field: '38', value: 'N' },
        { field: '41', value: 'Y' },
      ],
      sentence:
        'This row breaks the law "migrantIsDisadvantaged": A student who is Title I Part C Migrant (41 is Y) is Socio-economically Disadvantaged (38 is Y). In this row, 38 Socio-economically Disadvantaged is N; 41 Title I Part C Migrant is Y. The rules of these fields contradict each other, whatever each explains of itself.',
    },
  ]);
  const text = explanationText(explained as NonNullable<typeof explained>, {
    colors: false,
    schemas: wrong.schemas,
    isFull: false,
  });
  t.match(text.replaceAll(/\s+/g, ' '), 'This row breaks the law "migrantIsDisadvantaged"');
});

t.test('the second opinion finds the same laws broken, whatever the rules', async (t) => {
  let met = 0;
  await holds(
    t,
    'laws by both engines',
    80,
    fc.asyncProperty(generatedFiles, history, request, runDate, async (files, records, asked, day) => {
      const rulebook = assembled(files);
      const compiled = compileRulebook(rulebook, { reading: false });
      const facts = requestFacts(asked, rulebook);
      const own = readHistory(records[0]?.ssid ?? '', records, compiled);
      const found: (readonly [SourceRecord, string[]])[] = [];
      new Extractor(compiled, facts, day).rows(own, (x, enrollment) => {
        const broken = compiled.program.laws.filter(({ isBroken }) => isBroken(x));
        found.push([enrollment, broken.map(({ law }) => law.json.name)]);
      });
      for (const [enrollment, broken] of found) {
        met += broken.length;
        const { laws } = await secondOpinion(rulebook).evaluate(own, enrollment, facts, day);
        t.same(
          [...laws].flatMap(([name, isHeld]) => (isHeld ? [] : [name])),
          broken,
        );
      }
    }),
  );
  t.ok(met > 0, 'some are broken');
});
