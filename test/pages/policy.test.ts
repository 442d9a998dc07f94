/**
 * The story of policy staff in a real browser: change the homeless code in a draft, see whose value changes and why,
 * accept the examples that fail, have it approved by a second person, publish, look at a student under both versions,
 * go back.
 */
import type { Page } from 'playwright-core';
import t from 'tap';
import { activateFiles } from '#service/rules/activate-files';
import { shipped } from '../support/histories.ts';
import { LEA, line, NOW } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, pagesService, picture, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const SSID = '9900000001';
const NARROW = { width: 320, height: 700 };
const WIDE = { width: 1280, height: 900 };
const LINES = [
  line('SENR', { ssid: SSID }),
  line('SPRG', { ssid: SSID, educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' }),
  line('SENR', { ssid: '9900000002' }),
];

t.test('change the homeless code, and go back', WITH_BROWSER, async (t) => {
  const { address, keyOf, ask, key, app, log, store } = await pagesService(t);
  await activateFiles(store, shipped, false, NOW.toISOString());
  await app.rules.refresh();
  await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [LEA]), payload: LINES.join('\r\n') });
  const author = await openPage(t);
  const approver = await openPage(t);
  await signIn(author, `${address}/`, keyOf('policy', 'all', 'A. Author'));
  await signIn(approver, `${address}/`, keyOf('policy', 'all', 'B. Approver'));
  const looksRight = async (page: Page, name: string): Promise<void> => {
    t.same(await accessibility(page), [], `${name}: axe finds nothing`);
    await page.setViewportSize(NARROW);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    t.equal(width, NARROW.width, `${name}: nothing scrolls sideways`);
    await page.setViewportSize(WIDE);
    t.notMatch(await page.title(), /99\d{8}/, `${name}: no student in the title`);
    await picture(page, `policy-${name}`);
  };

  await author.getByText('Nothing waits for you.').waitFor();
  await looksRight(author, 'home');
  await author.getByRole('link', { name: 'Rules', exact: true }).click();
  await looksRight(author, 'rules');
  await author.getByRole('link', { name: 'disadvantagedPrograms', exact: true }).click();
  await looksRight(author, 'parameter');
  await author.getByRole('navigation', { name: 'Where this is' }).getByRole('link', { name: 'Rules' }).click();
  await author.getByRole('link', { name: /^40 / }).click();
  await author.getByText('The first rule that holds gives the value.').waitFor();
  await looksRight(author, 'words');
  await author.getByRole('link', { name: 'Versions', exact: true }).click();
  await looksRight(author, 'versions');

  await author.getByRole('link', { name: 'Drafts', exact: true }).click();
  await author.getByRole('link', { name: 'Make a draft' }).click();
  await author.getByLabel('What changes').fill('Homeless program: 191 to 190');
  await author.getByLabel(/^Why/).fill('The state gives the program a new code');
  await looksRight(author, 'new-draft');
  await author.getByRole('button', { name: 'Make the draft' }).click();
  await author.getByText('nothing changed yet').waitFor();
  await author.getByRole('link', { name: 'Edit', exact: true }).click();
  await looksRight(author, 'edit');
  await author.getByRole('link', { name: 'homelessProgram' }).click();
  const [first] = await author.getByRole('group').filter({ hasText: 'Value 1' }).all();
  await first?.getByLabel('Value', { exact: true }).selectOption({ value: '190' });
  await looksRight(author, 'edit-parameter');
  await author.getByRole('button', { name: 'Keep these values' }).click();
  await author
    .getByText(/homelessProgram.*190/)
    .first()
    .waitFor();
  await looksRight(author, 'draft');

  await author.getByRole('link', { name: 'What breaks' }).click();
  await author.getByRole('button', { name: 'Check the draft' }).click();
  await author
    .getByText(/of [\d,]+ examples fail/)
    .first()
    .waitFor();
  await looksRight(author, 'check');
  await author.getByRole('link', { name: 'What it does' }).click();
  await author.getByRole('link', { name: 'What breaks' }).click();
  await author.getByRole('button', { name: 'This is the change I make' }).first().click();
  await author
    .getByText(/examples fail/)
    .first()
    .waitFor();
  for (;;) {
    const all = author.getByRole('button', { name: /^All \d+ are the change I make/ });
    if ((await all.count()) === 0) break;
    await all.first().click();
    await author
      .getByText(/examples (fail|hold)/)
      .first()
      .waitFor();
  }
  await author.getByText(/^All [\d,]+ examples hold/).waitFor();
  await looksRight(author, 'checked');

  await author.getByRole('link', { name: 'What it does' }).click();
  await looksRight(author, 'impact');
  await author.getByRole('button', { name: 'Ask for a report' }).click();
  await app.jobs.impact.idle();
  await author.getByRole('heading', { name: 'Which values change' }).waitFor();
  await author.getByRole('link', { name: SSID }).first().waitFor();
  await looksRight(author, 'report');
  await author.getByRole('link', { name: 'Who decides' }).first().click();
  await looksRight(author, 'decide');
  await author.getByRole('button', { name: 'Submit for approval' }).click();
  await author.getByText('It waits for approval.').waitFor();

  await approver.goto(`${address}/`);
  await approver.getByRole('link', { name: /^Read what .Homeless program/ }).click();
  await approver.getByRole('link', { name: /UTC$/ }).first().click();
  await approver.getByRole('heading', { name: 'Your decision' }).waitFor();
  await looksRight(approver, 'approve');
  await approver.getByRole('button', { name: 'Approve the draft' }).click();
  await approver.getByText('It is approved, and can be published.').waitFor();
  await approver.getByLabel(/^From the beginning/).fill('2020-01-01');
  await approver.getByRole('button', { name: 'Publish' }).click();
  await approver.getByRole('alert').waitFor();
  await looksRight(approver, 'refused');
  await approver
    .getByText(/is in the past/)
    .nth(1)
    .waitFor();
  t.equal(await approver.getByLabel(/^From the beginning/).inputValue(), '2020-01-01', 'what was typed stays');
  await approver.getByLabel(/^From the beginning/).fill('');
  await approver.getByRole('button', { name: 'Publish' }).click();
  await approver.getByText('It is published.').waitFor();

  await author.goto(approver.url());
  await author.getByRole('link', { name: 'Look at a student under both versions' }).click();
  await author.getByLabel('SSID').fill(SSID);
  await author.getByRole('button', { name: 'Show both' }).click();
  await author.getByRole('heading', { name: '40 Homeless Program Eligible' }).waitFor();
  await author.getByRole('heading', { name: 'Before: Y' }).first().waitFor();
  await author.getByRole('heading', { name: 'With the draft: N' }).first().waitFor();
  await looksRight(author, 'student');

  await author.goto(`${address}/rules/versions`);
  await author.getByRole('button', { name: 'Compare' }).click();
  await author
    .getByText(/homelessProgram.*191/)
    .first()
    .waitFor();
  await author
    .getByRole('row', { name: /was in force/ })
    .getByRole('link')
    .first()
    .click();
  await author
    .getByText(/homelessProgram.*191/)
    .first()
    .waitFor();
  await author.getByLabel('Why').fill('The decision was postponed');
  await looksRight(author, 'go-back');
  await author.getByRole('button', { name: 'Go back to this version' }).click();
  await author.getByText(/A second person is asked to confirm it/).waitFor();
  await approver.goto(`${address}/`);
  await approver.getByRole('link', { name: /^Confirm/ }).click();
  await looksRight(approver, 'confirm');
  await approver.getByRole('button', { name: 'Confirm' }).click();
  await approver.getByText(/confirmed by B. Approver/).waitFor();

  const said = log.join('');
  t.notMatch(said, SSID, 'no log line names a student');
});

t.test('a rule file as text, without JavaScript and with it', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t);
  await signIn(page, `${address}/drafts/new`, keyOf('policy', 'all', 'A. Author'));
  await page.getByLabel('What changes').fill('A mistake');
  await page.getByRole('button', { name: 'Make the draft' }).click();
  await page.getByText('nothing changed yet').waitFor();
  await page.goto(`${page.url()}/files/rules/fields/40-homeless-program-eligible.json`);
  const text = await page.getByLabel('The file').inputValue();
  await page.getByRole('button', { name: 'Keep the file' }).click();
  await page.getByText('nothing changed yet').waitFor();
  await page.getByLabel('The file').fill(text.replace(',', ''));
  await page.getByText('This text cannot be used yet.').waitFor();
  await page
    .getByRole('button', { name: /^Line \d/ })
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Keep the file' }).click();
  await page.locator('mark').first().waitFor();
  t.same(await accessibility(page), []);
  await picture(page, 'policy-file');
  await page.getByLabel('The file').fill(text.replace('"otherwise"', '"otherwhise"'));
  await page.getByText('This text cannot be used yet.').waitFor();
  await page.getByRole('button', { name: 'Keep and check it' }).click();
  await page.locator('mark').first().waitFor();
  t.same(await accessibility(page), []);
});

t.test('whoever may not change rules is shown none of it', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t);
  await signIn(page, `${address}/rules`, keyOf('vendor', [LEA], 'J. Coordinator'));
  t.equal(await page.getByRole('link', { name: 'Make a draft' }).count(), 0);
  t.equal(await page.getByRole('link', { name: 'Drafts' }).count(), 0);
  await page.goto(`${address}/drafts`);
  await page.getByRole('heading', { name: 'This is not yours to do' }).waitFor();
});
