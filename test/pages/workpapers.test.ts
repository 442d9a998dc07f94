/** An auditor's second story in a real browser: draw a sample of 25 rows, and make its workpapers. */
import { readFileSync } from 'node:fs';
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { checkProof } from '#audit/proof';
import { verificationsIdle } from '#service/extracts/verification';
import { LEA, line, OTHER_LEA } from '../support/service.ts';
import {
  accessibility,
  closeBrowser,
  follow,
  openPage,
  pagesService,
  picture,
  signIn,
  WITH_BROWSER,
} from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const STUDENTS = 40;
const OTHER_SCHOOL = '1111111';
const LATE = '9900000099';
const LOST = '9900000098';

async function extracted(t: Test) {
  const built = await pagesService(t);
  const { ask, key, app } = built;
  const lines = [
    ...Array.from({ length: STUDENTS }, (_, i) => {
      const ssid = String(9_900_000_001 + i);
      return line('SENR', { ssid, ...(i < 4 && { schoolOfAttendance: OTHER_SCHOOL }) });
    }),
    line('SENR', { ssid: LATE, enrollmentStartDate: '20250818', academicYearID: '2025-2026' }),
    line('SENR', { ssid: LOST, gradeLevelCode: 'ZZ' }),
  ];
  await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [LEA]), payload: lines.join('\r\n') });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers: key('auditor', [LEA]), payload });
  await app.jobs.extract.idle();
  return { ...built, id: body.id as string };
}

t.test('draw a sample of 25 rows and make its workpapers', WITH_BROWSER, async (t) => {
  const { address, keyOf, id, log, app } = await extracted(t);
  const page = await openPage(t);
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  await signIn(page, `${address}/extracts/${id}`, keyOf('auditor', [LEA], 'A. Auditor'));

  await page.getByRole('link', { name: 'Draw a sample' }).click();
  await page.getByRole('heading', { name: 'Draw a sample' }).waitFor();
  t.match(await page.getByLabel('Seed').inputValue(), /^[0-9a-f]{16}$/, 'a seed that nobody chose');
  t.equal(await page.getByLabel('How many').inputValue(), '25');
  t.same(await accessibility(page), []);
  await page.getByLabel('Draw from each').selectOption('value of a field');
  await page.getByRole('button', { name: 'Draw' }).click();
  await page.getByText('to draw by value, name the field by its number').waitFor();
  await page.getByLabel('Draw from each').selectOption('school');
  await page.getByRole('button', { name: 'Draw' }).click();
  await page.getByText('25 of 40 rows of the extract.').waitFor();
  const drawn = await page
    .getByRole('table', { name: 'Rows that were drawn' })
    .getByRole('rowheader')
    .allTextContents();
  t.equal(drawn.length, 25);
  t.equal(await page.getByRole('row', { name: `${OTHER_SCHOOL} 4` }).count(), 1, 'what it was drawn from');
  t.same(await accessibility(page), []);
  await picture(page, 'auditor-sample');
  const method = page.url();

  await page.getByRole('link', { name: 'Make the workpapers' }).click();
  await page.getByRole('heading', { name: 'Do these rows hold against their sources?' }).waitFor();
  t.equal(await page.locator('.workpaper').count(), 25);
  t.ok(await page.getByRole('button', { name: 'Print' }).isVisible());
  const first = page.locator('.workpaper').first();
  t.match(await first.textContent(), /40 Homeless Program Eligible/);
  t.match(await first.textContent(), /SENR\^/, 'the line as it was sent');
  t.same(await first.getByRole('columnheader').allTextContents(), [
    'Field',
    'Value',
    'Why',
    'Published',
    'Tick',
    'Prepared',
    'Reviewed',
    'Sent',
    'The line',
    'Used for',
    'Tick',
    'Prepared',
    'Reviewed',
  ]);
  t.same(await accessibility(page), []);
  await picture(page, 'auditor-workpapers');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'The same as a workbook' }).click(),
  ]);
  t.match(download.suggestedFilename(), /_workpapers\.xlsx$/);
  const { sheets } = await readXlsx(readFileSync(await download.path()));
  t.equal(sheets.find(({ name }) => name === 'Proofs')?.rows.length, 26);

  const other = await openPage(t);
  await signIn(other, method, keyOf('auditor', [LEA], 'B. Auditor'));
  t.same(
    await other.getByRole('table', { name: 'Rows that were drawn' }).getByRole('rowheader').allTextContents(),
    drawn,
    'the other side draws the same from the address',
  );
  await other.getByLabel('Draw from', { exact: true }).selectOption('students with an enrollment and without a row');
  await other.getByRole('button', { name: 'Draw' }).click();
  await other.getByRole('link', { name: LATE }).waitFor();
  await other.getByRole('link', { name: 'Make the workpapers' }).click();
  await other.getByText('Not in the extract, because').first().waitFor();
  t.same(await accessibility(other), []);

  await page.goto(`${address}/extracts/${id}`);
  await page.getByRole('link', { name: 'Exceptions' }).click();
  await page.getByRole('link', { name: 'Students without a row, of whom a record was rejected' }).click();
  await page.getByText('A SENR record was rejected by GERR0002 (Unknown code).').waitFor();
  t.same(await accessibility(page), []);
  await picture(page, 'auditor-exceptions');
  await page.getByRole('link', { name: LOST }).click();
  await page.getByRole('heading', { name: 'Why does this extract not have the student?' }).waitFor();

  await page.goto(`${address}/extracts/${id}`);
  await follow(page.getByRole('link', { name: 'Can you prove it?' }));
  t.same(await accessibility(page), []);
  await page.getByRole('button', { name: 'Verify' }).click();
  await verificationsIdle(app);
  await page.goto(`${address}/extracts/${id}/proof`);
  await page.getByText('Yes. It is what it says it is, to the byte.').waitFor();
  t.same(await accessibility(page), []);
  await picture(page, 'auditor-proof');
  await page.getByLabel('SSID').fill('9900000001');
  await page.getByLabel('School').fill(OTHER_SCHOOL);
  await page.getByLabel('Grade').fill('05');
  const [proof] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the proof' }).click(),
  ]);
  t.equal(checkProof(JSON.parse(readFileSync(await proof.path(), 'utf8'))), undefined);

  t.notMatch(addresses.join('\n'), /\?.*99\d{8}/, 'no address has a student in its query');
  t.notMatch(await page.title(), /99\d{8}/);
  t.notMatch(log.join('\n'), /99000000\d\d/);

  const foreign = await openPage(t);
  await signIn(foreign, method, keyOf('auditor', [OTHER_LEA], 'C. Auditor'));
  await foreign.getByRole('heading', { name: 'There is no such page' }).waitFor();
});
