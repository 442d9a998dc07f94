/**
 * What answers for the rules, in a real browser: the ledger, examples, coverage and mutants of the rules in force and of a
 * draft; an example made from a student of an impact report, who stays unknown.
 */
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { verify } from '#rulebook/load/load';
import { activateFiles } from '#service/rules/activate-files';
import { mutantsIdle } from '#service/rules/examples';
import { shippedTexts } from '../rulebook/texts.ts';
import { shipped } from '../support/histories.ts';
import { line, NOW } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, pagesService, picture, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const SSID = '9900000077';
const NARROW = { width: 320, height: 700 };
const WIDE = { width: 1280, height: 900 };
const BIRTH = '20130822';
const LOCAL = 'LOCAL-4711';
/** Not those that examples have anyway. */
const LEA = '9900001';
const SCHOOL = '0199003';
const WHO = {
  reportingLEA: LEA,
  schoolOfAttendance: SCHOOL,
  ssid: SSID,
  studentBirthDate: BIRTH,
  localStudentID: LOCAL,
  studentLegalLastName: 'Okonkwo',
};
const LINES = [
  line('SENR', WHO),
  line('SPRG', { ...WHO, educationProgramCode: '191', educationProgramMembershipStartDate: '20230901' }),
];

async function looksRight(t: Test, page: Page, name: string): Promise<void> {
  t.same(await accessibility(page), [], `${name}: axe finds nothing`);
  await page.setViewportSize(NARROW);
  const width = await page.evaluate('document.documentElement.scrollWidth');
  t.equal(width, NARROW.width, `${name}: nothing scrolls sideways`);
  await page.setViewportSize(WIDE);
  t.notMatch(await page.title(), /99\d{8}/, `${name}: no student in the title`);
  await picture(page, `rules-${name}`);
}

t.test('ledger, examples and coverage of the rules in force', WITH_BROWSER, async (t) => {
  const { address, keyOf, app, store } = await pagesService(t);
  await activateFiles(store, shipped, false, NOW.toISOString());
  await app.rules.refresh();
  const page = await openPage(t);
  await signIn(page, `${address}/rules`, keyOf('policy', 'all', 'A. Author'));
  await page.getByRole('link', { name: 'each published sentence, with its rule and example' }).click();
  await page.getByText(/^Each of the \d+ sentences has a rule and an example/).waitFor();
  await looksRight(t, page, 'ledger');
  const sentence = page.getByRole('row', { name: /^cenr-40\.2 / });
  await sentence.getByRole('link').nth(1).click();
  await page.getByRole('heading', { name: 'The made-up student' }).waitFor();
  await page.getByText('It holds.').waitFor();
  await looksRight(t, page, 'case');

  await page.getByRole('link', { name: 'Coverage', exact: true }).click();
  await page.getByText(/^The examples reach all [\d,]+ rules/).waitFor();
  await looksRight(t, page, 'coverage');
  await page.getByRole('link', { name: /^40 Homeless/ }).click();
  await page.getByText(/^40 Homeless Program Eligible: all \d+ examples hold\./).waitFor();
  await looksRight(t, page, 'examples-40');
  await page.getByRole('link', { name: 'Mutants', exact: true }).click();
  await page.getByText('Nobody has tried it lately').waitFor();
});

/** Those of the fields and of the selection, without the checks: to try the mistakes in all of them takes long. */
const OF_CHECKS = /^rules\/(checks\/|examples\/(checks-|anomalies|school-directory))/;

t.test('mutants of the rules in force', WITH_BROWSER, async (t) => {
  const { address, keyOf, app, store } = await pagesService(t);
  const fields = verify(shippedTexts.filter(({ path }) => !OF_CHECKS.test(path)));
  await activateFiles(store, fields, false, NOW.toISOString());
  await app.rules.refresh();
  const page = await openPage(t);
  await signIn(page, `${address}/rules`, keyOf('policy', 'all', 'A. Author'));
  await page.getByRole('link', { name: 'whether they notice mistakes' }).click();
  await page.getByText('Nobody has tried it lately').waitFor();
  await looksRight(t, page, 'mutants-none');
  await page.getByRole('button', { name: 'Make the mistakes' }).click();
  await page.getByText(/^The mistakes are being made/).waitFor();
  t.same(await accessibility(page), []);
  await mutantsIdle(app);
  await page.getByText(/^Of [\d,]+ small mistakes an example noticed/).waitFor();
  await page.getByRole('row', { name: /40-homeless/ }).waitFor();
  await page.getByRole('heading', { name: /^Equivalent/ }).waitFor();
  await looksRight(t, page, 'mutants');
});

t.test('an example is made from a student of an impact report, who stays unknown', WITH_BROWSER, async (t) => {
  const { address, keyOf, ask, key, app, log, store } = await pagesService(t);
  await activateFiles(store, shipped, false, NOW.toISOString());
  await app.rules.refresh();
  await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [LEA]), payload: LINES.join('\r\n') });
  const page = await openPage(t);
  await signIn(page, `${address}/drafts/new`, keyOf('policy', 'all', 'A. Author'));
  await page.getByLabel('What changes').fill('Homeless program: 191 to 190');
  await page.getByRole('button', { name: 'Make the draft' }).click();
  await page.getByText('nothing changed yet').waitFor();
  const draft = page.url();
  await page.goto(`${draft}/parameters/homelessProgram`);
  const [first] = await page.getByRole('group').filter({ hasText: 'Value 1' }).all();
  await first?.getByLabel('Value', { exact: true }).selectOption({ value: '190' });
  await page.getByRole('button', { name: 'Keep these values' }).click();
  await page.goto(`${draft}/examples?of=40`);
  await page.getByText(/examples fail\./).waitFor();
  await looksRight(t, page, 'examples-failing');

  await page.goto(`${draft}/impact`);
  await page.getByRole('button', { name: 'Ask for a report' }).click();
  await app.jobs.impact.idle();
  await page.getByRole('link', { name: 'Make an example of it' }).first().click();
  await page.getByRole('heading', { name: 'Who the student is stays behind' }).waitFor();
  await page.getByText('The made-up student comes to the same value as the student.').waitFor();
  const shown = await page.locator('main').innerText();
  t.notMatch(shown, SSID);
  t.notMatch(shown, /2013-?08-?22/);
  t.notMatch(shown, LOCAL);
  await looksRight(t, page, 'from-student');
  await page
    .getByLabel('What it shows, and why it should be so')
    .fill('A membership in the old program no longer counts');
  await page.getByLabel('The published sentence that says so').selectOption('cenr-40.2');
  await page.getByRole('button', { name: 'Add the example' }).click();
  await page.getByText('A membership in the old program no longer counts').waitFor();
  await page.getByText('It holds.').waitFor();
  await looksRight(t, page, 'from-student-added');

  const id = draft.split('/').at(-1);
  const file = 'rules/examples/40-homeless-program-eligible.json';
  const { text } = await ask({ url: `/v1/rulebook/drafts/${id}/files/${file}`, headers: key('policy', 'all') });
  const cases = JSON.parse(text).cases as { title: string; cites: string[]; expect: object }[];
  const added = cases.at(-1);
  t.match(added, { title: 'A membership in the old program no longer counts', cites: ['cenr-40.2'] });
  t.match(added?.expect, { value: 'N' });
  const written = JSON.stringify(added);
  for (const secret of [SSID, LOCAL, BIRTH, 'Okonkwo', LEA, SCHOOL])
    t.notMatch(written, secret, `${secret} stays behind`);
  t.notMatch(log.join(''), SSID, 'no log line names a student');
});
