/** `docs/policy/a-school-directory.md` is true, over REST: with no directory, with one, and with the next. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { desk } from '../support/desk.ts';
import { shipped } from '../support/histories.ts';
import { LEA } from '../support/service.ts';
import { STORIES } from './stories.ts';

const read = (name: string): string => readFileSync(join(STORIES, name), 'utf8');
const PAGE = read('a-school-directory.md');
const DIRECTORY = read('school-directory.csv');
const STUDENTS = read('school-students.txt');
const REQUEST = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: '20240715' };
const JUVENILE = '9999999101';

/** What the page says of each student: the codes that are found, field 38 without and with a directory. */
const SAID = [...PAGE.matchAll(/^\| .* \| (nothing|SENR\d+) \| (\w) \| (\w) \|$/gm)].map((row) => row.slice(1));

t.test('a directory is loaded, and the next one', async (t) => {
  const at = await desk(t);
  const { ask, app, key, auditor, author } = at;
  const vendor = key('vendor', 'all');
  const upload = async (payload: string, sender = 'all') =>
    ask({ method: 'POST', url: `/v1/uploads?reportingLEA=${sender}`, headers: vendor, payload });
  const extract = async () => {
    const made = await ask({ method: 'POST', url: '/v1/extracts', headers: auditor, payload: REQUEST });
    await app.jobs.extract.idle();
    const url = String(made.headers['location']);
    const file = await ask({ url: `${url}/file`, headers: auditor });
    const manifest = await ask({ url: `${url}/manifest`, headers: auditor });
    const of38 = async (ssid: string) =>
      (await ask({ url: `${url}/rows?ssid=${ssid}`, headers: auditor })).body.rows[0].columns
        .socioEconomicallyDisadvantaged;
    const { notApplied } = (await ask({ url, headers: auditor })).body;
    return { url, text: file.text, manifest: manifest.body, notApplied, of38 };
  };
  const explained = async (url: string) =>
    (await ask({ url: `${url}/rows/${JUVENILE}/7654321/10/explanation?field=38`, headers: auditor })).text;

  const without = await upload(STUDENTS);
  t.same(without.body.notMade, [
    {
      codes: ['SENR0002', 'SENR0269'],
      message: 'These checks were not made, because the school directory is not loaded: SENR0002, SENR0269.',
    },
  ]);
  t.ok(PAGE.includes(without.body.notMade[0].message), 'as the page shows it');
  const before = await extract();
  t.notOk('references' in before.manifest, 'a manifest without a directory is as before');
  t.notOk('notApplied' in before.manifest);
  t.same(before.notApplied, [
    {
      rules: ['juvenileCourt of field 38'],
      message: 'This rule was not applied, because the school directory is not loaded: juvenileCourt of field 38.',
    },
  ]);
  t.ok(PAGE.includes(before.notApplied[0].message), 'as the page shows it');
  t.equal(before.manifest.rulebook.sha256, shipped.hash);

  const refused = await upload(DIRECTORY, LEA);
  t.equal(refused.status, 422);
  t.match(refused.text, /belongs to no student and no LEA/);
  const loaded = await upload(DIRECTORY);
  t.equal(loaded.status, 201, loaded.text);
  t.match(loaded.body.references, [{ reference: 'schoolDirectory', rows: 3 }]);
  t.notOk('warnings' in loaded.body, 'a directory alone is no empty upload');

  const withIt = await upload(STUDENTS.replaceAll('^S', '^T'));
  t.notOk('notMade' in withIt.body);
  const { body } = await ask({ url: `${withIt.body.links.problems}`, headers: vendor });
  const found = (line: number) => body.problems.find((p: { line: number; code: string }) => p.line === line)?.code;
  const after = await extract();
  t.equal(after.notApplied, undefined);
  t.equal(SAID.length, STUDENTS.trim().split('\n').length);
  for (const [i, [code, was, is]] of SAID.entries()) {
    const ssid = `${Number(JUVENILE) + i}`;
    t.equal(found(i + 1) ?? 'nothing', code, ssid);
    t.same([await before.of38(ssid), await after.of38(ssid)], [was, is], ssid);
  }
  t.match(after.manifest.references, [{ name: 'schoolDirectory', rows: 3, sha256: loaded.body.references[0].sha256 }]);
  const shown = await ask({ url: '/v1/rulebook', headers: author });
  t.match(shown.body.references, [{ name: 'schoolDirectory', rows: 3 }]);

  const next = await upload(DIRECTORY.replace('Juvenile Court Schools', 'High Schools (Public)'));
  t.equal(next.status, 201, next.text);
  t.equal(await (await extract()).of38(JUVENILE), 'N', 'the next directory says otherwise');
  t.match(await explained(after.url), /"value":"Y"/, 'the extract of then is explained by the directory of then');
  t.match(await explained(before.url), /"value":"N"/);

  const draft = await at.begin();
  t.equal((await ask({ url: draft, headers: author })).body.from, shipped.hash, 'a draft begins with the rules alone');
  const wrong = await upload(`${DIRECTORY}7654321,Again,1234567,,KN-13,,\n`);
  t.match(wrong.text, /line 5, Grades: found .*KN-13.*line 5 has the same School Code .*7654321.* as line 2/);
});
