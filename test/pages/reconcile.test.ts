/** The page of the state's file: as a coordinator would use it, with a browser, by keyboard, and without JavaScript. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line, OTHER_LEA } from '../support/service.ts';
import {
  accessibility,
  closeBrowser,
  follow,
  loadAgain,
  openPage,
  pagesService,
  picture,
  signIn,
  WITH_BROWSER,
} from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const MARKUP = '<i>Zoë</i>';
const TITLE = "Why do the state's file and our records differ?";
const SSIDS = Array.from({ length: 12 }, (_, i) => `99000000${String(i + 1).padStart(2, '0')}`);
const TEXT = { 'content-type': 'text/plain' };
/** Columns of a row, from 0. */
const [GRADE, DISADVANTAGED, HOMELESS] = [23, 37, 39];

async function prepared(t: Test) {
  const built = await pagesService(t);
  const { ask, key, app } = built;
  const headers = key('vendor', [LEA]);
  const program = { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' };
  const records = [
    ...SSIDS.map((ssid) => line('SENR', { ssid, studentLegalLastName: MARKUP })),
    ...SSIDS.slice(0, 5).map((ssid) => line('SPRG', { ssid, ...program })),
  ].join('\r\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...TEXT }, payload: records });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  await app.jobs.extract.idle();
  const { text } = await ask({ url: `/v1/extracts/${body.id}/file`, headers });
  const rows = text.split('\r\n').filter(Boolean);
  const dir = folder(t);
  const file = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(dir, name), `${lines.join('\r\n')}\r\n`);
    return join(dir, name);
  };
  /** Four are not homeless there, one is in another grade, one is missing, one line is cut, one stands twice. */
  const theirs = rows.map((row, i) => {
    const fields = row.split('^');
    if (i < 4) return fields.with(HOMELESS, 'N').with(DISADVANTAGED, 'N').join('^');
    return i === 6 ? fields.with(GRADE, '09').join('^') : row;
  });
  theirs.splice(7, 1);
  theirs.push((rows[0] as string).slice(0, 70), theirs[1] as string);
  return { ...built, headers, rows, file, sent: file('CENR.txt', theirs), extract: body.id as string };
}

t.test('from their file to the file to send', WITH_BROWSER, async (t) => {
  const { address, keyOf, app, sent, log } = await prepared(t);
  const page = await openPage(t);
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  const looksRight = async (name: string): Promise<void> => {
    t.same(await accessibility(page), [], `${name}: axe finds nothing`);
    for (const [width, height] of [
      [390, 844],
      [1280, 900],
    ] as const) {
      await page.setViewportSize({ width, height });
      await picture(page, `reconcile-${name}-${width}`);
      const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      t.equal(wide, false, `${name}: nothing sticks out at ${width}`);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    t.same(await accessibility(page), [], `${name}, dark: axe finds nothing`);
    await picture(page, `reconcile-${name}-dark`);
    await page.emulateMedia({ colorScheme: 'light' });
  };

  await signIn(page, `${address}/`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await page.getByRole('link', { name: 'Reconcile', exact: true }).click();
  await page.getByText('None was compared yet').waitFor();
  await looksRight('none');
  await page.getByRole('link', { name: 'Compare a file of the state' }).click();
  await page.getByLabel(/^The CENR file/).setInputFiles(sent);
  await looksRight('send');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByRole('heading', { name: 'How the rows were found' }).waitFor();
  await app.jobs.reconciliation.idle();
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), TITLE);
  const answer = await page.locator('.answer').textContent();
  t.match(
    answer,
    /^5 of 13 rows in the state's file differ from our records\. 1 row of our records is not in the file\. All of this falls into 3 groups by cause\. 2 rows of the file could not be read\.$/,
  );
  const counts = await page.getByRole('table', { name: "Rows of the state's file" }).locator('td').allTextContents();
  const [read, ...parts] = counts.map(Number).reverse();
  t.equal(
    parts.reduce((sum, n) => sum + n, 0),
    read,
    'counts add up',
  );
  t.match(await page.getByRole('row', { name: /^line 12/ }).textContent(), /it has \d+ fields, expected 50/);
  t.match(await page.getByRole('row', { name: /^line 13/ }).textContent(), /second row for the student/);
  t.match(await page.locator('#request ~ ul').textContent(), /Every row has the reporting LEA 1234567/);
  const first = page.locator('article.cause').first();
  t.match(
    await first.textContent(),
    /^Cause 1\s+4 rows: .*field 40 .* is N in the state's file and Y in our records.*191.*were they sent to CALPADS\?/s,
  );
  t.match(
    await first.textContent(),
    /What to do first: See whether CALPADS has these records.*Then 4 of these 4 rows/s,
  );
  t.same(
    await page.locator('article.cause h3').allTextContents(),
    ['Cause 1', 'Cause 2', 'Cause 3'],
    'causes are numbered in the order in which they stand',
  );
  const homeless = page.locator('details', { has: page.locator('summary', { hasText: '40 Homeless' }) });
  await homeless.locator('summary').click();
  t.match(
    await homeless.locator('tbody').innerText(),
    /Y\s+Total\s+1\s+5\s+\+4\s+Y\s+\d{7}\s+1\s+5\s+\+4/,
    'both counts, by school',
  );
  await looksRight('answer');

  await follow(first.getByRole('link', { name: /^See these rows of cause 1/ }));
  t.equal(await page.getByRole('row', { name: /^9900000/ }).count(), 4);
  t.match(
    await page.getByRole('row', { name: /^9900000001/ }).textContent(),
    /It would be the same without the Student Program/,
  );
  await looksRight('rows');
  const rowsPage = page.url();
  await page.getByRole('button', { name: 'Request our extract' }).click();
  await page.getByText('The file is ready').waitFor();
  await page.goto(rowsPage);
  await page
    .getByRole('row', { name: /^9900000001/ })
    .getByRole('link', { name: 'Our row' })
    .click();
  await page.waitForURL('**/extracts/*/rows/**');
  await page.goBack();
  await page.getByRole('link', { name: TITLE }).click();

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'if-your-records-are-right-SPRG-3-additions.txt' }).click();
  const draft = readFileSync(await (await download).path(), 'utf8');
  t.equal(draft.split('\r\n').filter(Boolean).length, 4);
  t.match(draft, /^SPRG\^A\^/);
  const reasons = page.waitForEvent('download');
  await page.getByRole('link', { name: /^The reason of every line/ }).click();
  t.match(readFileSync(await (await reasons).path(), 'utf8'), /^If,File,Line,SSID/);
  for (const name of ['Download as a workbook', 'NDJSON', 'Manifest']) {
    const file = page.waitForEvent('download');
    await page.getByRole('link', { name }).click();
    t.match((await file).suggestedFilename(), /^reconciliation_\d{8}\./);
  }

  await page.getByText('It was another request').click();
  await page.getByRole('radio', { name: 'Academic Year' }).check();
  await page.getByLabel('Academic Year', { exact: true }).last().fill('2017-2018');
  await page.getByRole('button', { name: 'Compare again' }).click();
  await page.getByText(/does not fit the file: the file has Enrollment Start Date .*, line 1/).waitFor();
  t.equal(
    await page.getByLabel('Academic Year', { exact: true }).last().inputValue(),
    '2017-2018',
    'what was typed stays',
  );
  await looksRight('refused');
  await page.getByLabel('Academic Year', { exact: true }).last().fill('2023-2024');
  await page.getByRole('button', { name: 'Compare again' }).click();
  await page.getByText('So it was said.').waitFor();
  await page.getByText("Remove the state's file and what was found").click();
  await page.getByRole('button', { name: 'Remove them' }).click();
  await page.getByText('What was found was removed, and the file with it.').waitFor();
  await follow(page.getByRole('link', { name: 'Reconcile', exact: true }).first());
  t.equal(await page.getByRole('row', { name: /CENR.txt/ }).count(), 2);
  await looksRight('list');
  t.notOk(
    addresses.some((one) => /[?&][^#]*99000000/.test(one)),
    'no student in a query',
  );
  t.notOk(log.join('').includes('99000000'), 'nor in the log');
});

t.test('what cannot be used is said beside the form', WITH_BROWSER, async (t) => {
  const { address, keyOf, file, rows, extract } = await prepared(t);
  const page = await openPage(t);
  await signIn(page, `${address}/reconciliations/new`, keyOf('vendor', [LEA], 'J. Coordinator'));
  for (const [name, lines, says] of [
    ['letter.txt', ['Dear district,'], /The file is no CENR file.*"letter.txt" has no lines with carets/s],
    ['SPRG.txt', [line('SPRG')], /The file is no CENR file/],
    ['other.txt', [(rows[0] as string).replaceAll(LEA, OTHER_LEA)], /The file has rows of an LEA that is not yours/],
  ] as const) {
    await page.goto(`${address}/reconciliations/new`);
    await page.getByLabel(/^The CENR file/).setInputFiles(file(name, lines));
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    t.match(await page.getByRole('alert').textContent(), says, name);
  }
  await page.goto(`${address}/extracts/${extract}`);
  await page.getByRole('link', { name: 'Compare it with the file of the state' }).click();
  await page.getByText('It is taken to be of the request of this extract').waitFor();
  await page.getByLabel(/^The CENR file/).setInputFiles(file('same.txt', rows));
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByText('They do not: all rows that could be compared say the same.').waitFor();
  const auditor = await openPage(t);
  await signIn(auditor, `${address}/reconciliations`, keyOf('auditor', [LEA], 'An Auditor'));
  t.equal(await auditor.getByRole('link', { name: 'Compare a file of the state' }).count(), 0);
  await auditor.getByRole('link', { name: /UTC$/ }).first().click();
  await auditor.getByText('They do not').waitFor();
  t.equal(await auditor.getByText('It was another request').count(), 0);
});

t.test('by keyboard alone, and without JavaScript', WITH_BROWSER, async (t) => {
  const { address, keyOf, sent, app } = await prepared(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  await signIn(page, `${address}/reconciliations/new`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await page.goto(`${address}/reconciliations/new`);
  await page.getByLabel(/^The CENR file/).setInputFiles(sent);
  await page.getByLabel(/^The CENR file/).focus();
  await page.keyboard.press('Tab');
  t.equal(await page.locator(':focus').textContent(), 'Compare');
  await page.keyboard.press('Enter');
  await page.waitForURL(/reconciliations\/reconciliation_/);
  await app.jobs.reconciliation.idle();
  await loadAgain(page);
  await page.getByRole('heading', { name: 'How the rows were found' }).waitFor();
  const to = page.getByRole('link', { name: /^See these rows of cause 1/ });
  for (let i = 0; i < 60 && !(await to.evaluate((element) => element === element.ownerDocument.activeElement)); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Which rows differ, and why?' }).waitFor();
  t.pass('the rows behind a cause are reached');
});
