/**
 * Rule files as forms, in a real browser: conditions are changed, wrapped, moved and added beside their sentences, and
 * the field of story 2 of docs/policy is added without a line of JSON and without JavaScript.
 */
import type { Page } from 'playwright-core';
import t from 'tap';
import { activateFiles } from '#service/rules/activate-files';
import { shipped } from '../support/histories.ts';
import { NOW } from '../support/service.ts';
import {
  accessibility,
  closeBrowser,
  openPage,
  type PagesService,
  pagesService,
  picture,
  signIn,
  WITH_BROWSER,
} from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const FIELD = 'rules/fields/40-homeless-program-eligible.json';
const WIDTHS = [390, 1280, 1920];

async function draftOf({ address, keyOf, app, store }: PagesService, page: Page): Promise<string> {
  await activateFiles(store, shipped, false, NOW.toISOString());
  await app.rules.refresh();
  await signIn(page, `${address}/drafts/new`, keyOf('policy', 'all', 'A. Author'));
  await page.getByLabel('What changes').fill('A change by forms');
  await page.getByRole('button', { name: 'Make the draft' }).click();
  await page.getByText('nothing changed yet').waitFor();
  return page.url();
}

/** What a file of the draft says now. */
async function textOf(service: PagesService, draft: string, path: string): Promise<string> {
  const url = `${new URL(draft).pathname.replace('/drafts/', '/v1/rulebook/drafts/')}/files/${path}`;
  const answer = await service.app.inject({ url, headers: service.key('policy', 'all', 'Reader') });
  return answer.body;
}

const keep = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Keep what I wrote' }).first().click();
  await page.getByRole('heading', { name: 'What is this file to say?' }).waitFor();
};

t.test('conditions as a form, with words beside them', WITH_BROWSER, async (t) => {
  const service = await pagesService(t);
  const page = await openPage(t);
  const looksRight = async (name: string): Promise<void> => {
    t.same(await accessibility(page), [], `${name}: axe finds nothing`);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${name}: fits ${width}`);
      await picture(page, `forms-${name}-${width}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  const draft = await draftOf(service, page);
  const before = await textOf(service, draft, FIELD);
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByText(/^Fields: \d+/).click();
  await page.getByRole('link', { name: FIELD }).click();
  const sentence = /^Found: a Student Program record with the Homeless Program at the school of attendance/;
  await page.getByText(sentence).waitFor();
  await keep(page);
  t.equal(await textOf(service, draft, FIELD), before, 'what nobody touched stays to the letter');

  const conditions = page.getByRole('group', { name: /^found: a Student Program record with the Homeless/ });
  await conditions.getByLabel('Holds when').selectOption('all of these');
  await keep(page);
  await page.getByRole('button', { name: /^Add a condition/ }).click();
  await page.getByText(/The rules cannot be used yet: \d things? in this file/).waitFor();
  await page.getByText(sentence).waitFor();
  await page.locator('.wrong').first().waitFor();
  await looksRight('blank');

  const second = page.locator('[id="at/rules/0/conditions/all/1"]');
  await second.getByLabel('Looks at').fill('enrollment');
  await second.getByText(/^Add: /).click();
  await second.getByRole('button', { name: /^Part of it/ }).click();
  await second.getByLabel('Part of it').fill('$.gradeLevelCode');
  await second.getByLabel('Compared with', { exact: true }).fill('KN');
  // The keyboard alone keeps what was typed.
  await second.getByLabel('Compared with', { exact: true }).press('Enter');
  await page.getByText(`The enrollment's Grade Level Code is "KN"`, { exact: true }).waitFor();
  t.equal(await page.getByText('The rules cannot be used yet').count(), 0);
  const proposed = await page.locator('[id="list-codes-of-GradeLevel"] option').count();
  t.ok(proposed > 10, 'the codes of the column are proposed');
  await second.getByLabel('Comparison').selectOption('in');
  await second.getByLabel('Kind of Compared with').selectOption('a list of texts');
  await keep(page);
  await second.getByLabel('Compared with', { exact: true }).fill('KN\n01');
  await keep(page);
  await page.locator('.says', { hasText: /^The enrollment's Grade Level Code is one of .*KN/ }).waitFor();
  await second.getByText(/^Move, copy, wrap, take out/).click();
  await second.getByRole('button', { name: /^Put into “not this”/ }).click();
  await page.locator('.says', { hasText: /^The enrollment's Grade Level Code is one of .*KN/ }).waitFor();
  await page.locator('[id="at/rules/0/conditions/all/1"] > .place-fields > details').last().click();
  await page.locator('button[value="up /rules/0/conditions/all/1"]').click();
  await page.locator('[id="at/rules/0/conditions/all/0/not"]').waitFor();
  await looksRight('conditions');
  const after = await textOf(service, draft, FIELD);
  t.match(
    after,
    '"conditions": { "all": [ { "not": { "fact": "enrollment", "operator": "in", "value": [ "KN", "01" ], "path": "$.gradeLevelCode" } }, { "fact": "programAtSchool"',
  );
  t.equal(
    after.replace(/"conditions": .*/, ''),
    before.replace(/"conditions": .*/, ''),
    'every other line is as it was',
  );

  await page.locator('[id="at/rules/0/conditions/all/0/not"]').getByLabel('Looks at').fill('enrolment');
  await keep(page);
  await page.locator('.wrong', { hasText: 'enrolment' }).waitFor();
  await page
    .getByRole('link', { name: /unknown fact|enrolment/ })
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'Text', exact: true }).click();
  await page.getByLabel('The file').waitFor();
  await page.getByRole('link', { name: 'Form', exact: true }).click();

  await page.goto(`${draft}/form/rules/facts/programs.json`);
  await looksRight('facts');
  await page.getByRole('link', { name: /^programAtSchool/ }).click();
  await looksRight('fact');
  await page.goto(`${draft}/new-field`);
  await page.getByRole('button', { name: 'Add the field' }).click();
  await page.getByRole('alert').waitFor();
  await looksRight('new-field');
  await page.goto(`${draft}/form/${FIELD}`);

  // Somebody else's change is not overwritten, and what was typed stays.
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByLabel('Name', { exact: true }).nth(1).fill('found');
  await keep(other);
  await page.getByLabel('Name', { exact: true }).nth(1).fill('housed');
  await page.getByRole('button', { name: 'Keep what I wrote' }).first().click();
  await page.getByRole('alert').waitFor();
  t.equal(await page.getByLabel('Name', { exact: true }).nth(1).inputValue(), 'housed', 'what was typed stays');
  t.match(await textOf(service, draft, FIELD), '"name": "found"');
});

t.test('a new field by forms alone, without JavaScript', WITH_BROWSER, async (t) => {
  const service = await pagesService(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  const draft = await draftOf(service, page);
  const open = async (path: string): Promise<void> => {
    await page.goto(`${draft}/form/${path}`);
    await page.getByRole('heading', { name: 'What is this file to say?' }).waitFor();
  };
  const press = async (deed: string): Promise<void> => {
    const button = page.locator(`button[value="${deed}"]`).first();
    const around = page.locator('details:not([open])', { has: button });
    if ((await around.count()) > 0) await around.first().locator('summary').click();
    await button.click();
    await page.getByRole('heading', { name: 'What is this file to say?' }).waitFor();
  };
  const fill = (pointer: string, value: string) => page.locator(`[id="v${pointer}"]`).fill(value);

  await open('rules/rulebook.json');
  await page.getByLabel('Version', { exact: true }).fill('2026-11-27.1');
  await keep(page);

  const PARAMETERS = 'rules/parameters/program-codes.json';
  await open(PARAMETERS);
  const parameters = JSON.parse(await textOf(service, draft, PARAMETERS)).parameters as { name: string }[];
  const homeless = parameters.findIndex(({ name }) => name === 'homelessProgram');
  await press(`copy /parameters/${homeless}`);
  const copied = `/parameters/${homeless + 1}`;
  await fill(`${copied}/name`, 'fosterYouthProgram');
  await fill(`${copied}/says`, 'the Foster Youth Program');
  await fill(`${copied}/values/0/value`, '190');
  await keep(page);
  const { reading: _, ...made } = JSON.parse(await textOf(service, draft, PARAMETERS)).parameters[homeless + 1];
  t.match(made, { name: 'fosterYouthProgram', codeSet: 'EducationProgram', values: [{ value: '190' }] });

  const FACTS = 'rules/facts/programs.json';
  await open(FACTS);
  await press('copy /facts/0');
  await fill('/facts/1/name', 'programAtLEA');
  await fill(
    '/facts/1/says',
    'a Student Program record with {program} at any school of the reporting LEA during the enrollment',
  );
  await press('remove /facts/1/where/all/1');

  await page.getByRole('link', { name: 'Edit' }).first().click();
  await page.getByRole('link', { name: 'Add a field' }).click();
  await page.getByRole('button', { name: 'Add the field' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Published name').fill('Foster Youth');
  await page.getByLabel('Page or decision').fill('State policy decision on Foster Youth');
  await page.getByLabel('Day of the page').fill('2026-11-02');
  await page.getByLabel('Last compared').fill('2026-11-21');
  await page
    .getByLabel(/^What was decided/)
    .fill('A membership at any school of the reporting LEA counts, whichever school the enrollment is at.');
  const first = page.getByRole('group', { name: 'First value' });
  await first.getByLabel('It is').fill('Y');
  await first.getByLabel(/^when this is so/).fill('programAtLEE');
  await first.getByLabel(/^The reason/).fill('eligible');
  await page.getByLabel('Otherwise it is').fill('N');
  await page.getByLabel('It stands in the file').selectOption('behind');
  await page.getByLabel('this column').selectOption('40 Homeless Program Eligible');
  await page.getByRole('button', { name: 'Add the field' }).click();
  await page.getByText('There is no fact "programAtLEE".').first().waitFor();
  t.equal(await page.getByLabel('Published name').inputValue(), 'Foster Youth', 'what was typed stays');
  await first.getByLabel(/^when this is so/).fill('programAtLEA');
  await page.getByRole('button', { name: 'Add the field' }).click();
  await page.getByText('rules/fields/51-foster-youth.json', { exact: true }).waitFor();
  t.same(JSON.parse(await textOf(service, draft, 'schemas/records/CENR.json')).columnSets['51'], [
    { from: 'recordTypeCode', through: 'homelessProgramEligible' },
    'fosterYouth',
    { from: 'titleIPartCMigrant', through: 'lastDateUpdated' },
  ]);
  await fill('/rules/0/conditions/params/program', 'fosterYouthProgram');
  await keep(page);
  await page.getByText(/^Found: a Student Program record with the Foster Youth Program at any school/).waitFor();

  const EXAMPLES = 'rules/examples/51-foster-youth.json';
  await open(EXAMPLES);
  await press('copy /cases/0');
  await fill('/cases/1/title', 'A membership in program 190 at another school of the LEA');
  await fill('/cases/1/expect/value', 'Y');
  await fill('/cases/1/expect/rule', 'eligible');
  await press('add /cases/1/records');
  await fill('/cases/1/records/0/recordType', 'SPRG');
  for (const [column, value] of [
    ['educationProgramCode', '190'],
    ['schoolOfAttendance', '7654322'],
  ] as const) {
    await page.locator('[id="n/cases/1/records/0"]').fill(column);
    await press('add /cases/1/records/0');
    await fill(`/cases/1/records/0/${column}`, value);
  }
  await keep(page);

  await page.getByRole('link', { name: 'What breaks' }).click();
  await page.getByRole('button', { name: 'Check the draft' }).click();
  await page.getByText(/^All [\d,]+ examples hold/).waitFor();
  const { body } = await service.ask({
    url: new URL(draft).pathname.replace('/drafts/', '/v1/rulebook/drafts/'),
    headers: service.key('policy', 'all', 'Reader'),
  });
  t.match(body.checked, { errors: 0, examplesFailed: 0 });
  t.same(body.changes.map(({ path }: { path: string }) => path).toSorted(), [
    EXAMPLES,
    FACTS,
    'rules/fields/51-foster-youth.json',
    PARAMETERS,
    'rules/rulebook.json',
    'schemas/records/CENR.json',
  ]);
});

t.test('a file of facts is begun by a form, and a copy says that nothing asks for it', WITH_BROWSER, async (t) => {
  const service = await pagesService(t);
  const page = await openPage(t);
  const draft = await draftOf(service, page);
  await page.goto(`${draft}/form/rules/facts/programs.json`);
  await page.locator('summary', { hasText: 'Move, copy, take out' }).first().click();
  await page.locator('button[value="copy /facts/0"]').click();
  await page.getByText('No rule asks for this yet.').waitFor();
  t.equal(await page.getByLabel('Name', { exact: true }).first().inputValue(), 'programAtSchool2');

  await page.goto(`${draft}/edit`);
  await page.getByRole('link', { name: /^Begin a file/ }).click();
  await page.getByLabel('Name of the file').fill('programs');
  await page.getByRole('button', { name: 'Begin the file' }).click();
  await page.getByText('There is a file rules/facts/programs.json already').waitFor();
  t.same(await accessibility(page), []);
  await page.getByLabel('Name of the file').fill('foster-youth');
  await page.getByRole('button', { name: 'Begin the file' }).click();
  await page.getByRole('link', { name: '1, Name: Nothing is written here yet.' }).waitFor();
  t.match(JSON.parse(await textOf(service, draft, 'rules/facts/foster-youth.json')), { facts: [{ name: '' }] });
  t.same(await accessibility(page), []);
});

t.test('the last change is taken back, and the one before, without JavaScript', WITH_BROWSER, async (t) => {
  const service = await pagesService(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  const draft = await draftOf(service, page);
  const shipped = await textOf(service, draft, FIELD);
  const form = `${draft}/form/${FIELD}`;
  await page.goto(form);
  const takeBack = page.getByRole('button', { name: 'Take the last change back' });
  await page.getByRole('heading', { name: 'What is this file to say?' }).waitFor();
  t.equal(await takeBack.count(), 0, 'there is none yet');
  const name = page.getByLabel('Name', { exact: true }).nth(1);
  const rename = async (to: string): Promise<void> => {
    await name.fill(to);
    await keep(page);
  };
  await rename('one');
  await rename('two');
  await page.getByText(FIELD).nth(1).waitFor();
  await takeBack.click();
  await page.locator('input[value="one"]').waitFor();
  t.equal(page.url(), form, 'who took it back stays on the page');
  await takeBack.click();
  await page.locator('input[value="eligible"]').waitFor();
  t.equal(await takeBack.count(), 0);
  t.equal(await textOf(service, draft, FIELD), shipped);

  // A file that was added is gone again, and the page that edits it.
  await page.goto(`${draft}/new-file`);
  await page.getByLabel('Name of the file').fill('foster-youth');
  await page.getByRole('button', { name: 'Begin the file' }).click();
  await takeBack.click();
  await page.getByRole('heading', { name: 'What do you want to change?' }).waitFor();
  await page.getByText('nothing changed yet').waitFor();
});

t.test('whoever may not change the draft reads the form', WITH_BROWSER, async (t) => {
  const service = await pagesService(t);
  const page = await openPage(t);
  const draft = await draftOf(service, page);
  const reader = await openPage(t);
  await signIn(reader, `${draft}/form/${FIELD}`, service.keyOf('policy', 'all', 'B. Reader'));
  await reader.getByText(/^Found: a Student Program record/).waitFor();
  t.equal(await reader.getByRole('button', { name: 'Keep what I wrote' }).count(), 0);
  t.same(await accessibility(reader), []);
});
