/**
 * The data coordinator's story in a real browser: upload files, see what is wrong with them, request the Cumulative
 * Enrollment Extract in the steps of the portal, watch it become ready, download it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import t from 'tap';
import { folder } from '../support/folders.ts';
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

const MARKUP = '<script>alert(1)</script>';

function files(dir: string): string[] {
  const lines = {
    'SENR.txt': [
      line('SENR', { ssid: '9900000001', studentLegalLastName: MARKUP }),
      line('SENR', { ssid: '9900000002', gradeLevelCode: '12', schoolOfAttendance: '1111111' }),
      line('SENR', { ssid: '9900000003', gradeLevelCode: '5' }),
    ],
    'SPRG.txt': [
      line('SPRG', {
        ssid: '9900000001',
        educationProgramCode: '191',
        educationProgramMembershipStartDate: '20230815',
      }),
    ],
  };
  return Object.entries(lines).map(([name, content]) => {
    writeFileSync(join(dir, name), `${content.join('\r\n')}\r\n`);
    return join(dir, name);
  });
}

t.test('from the files to the extract', WITH_BROWSER, async (t) => {
  const { address, keyOf, app, log, ask, key } = await pagesService(t);
  const page = await openPage(t);
  const addresses: string[] = [];
  const titles: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  page.on('domcontentloaded', async () => titles.push(await page.title().catch(() => '')));
  const looksRight = async (name: string): Promise<void> => {
    t.same(await accessibility(page), [], `${name}: axe finds nothing`);
    await picture(page, `coordinator-${name}`);
  };

  await page.goto(`${address}/extracts`);
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Who are you?');
  await looksRight('sign-in');
  await signIn(page, `${address}/`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await looksRight('home');

  await page.getByRole('link', { name: 'Upload files' }).click();
  await page.getByLabel(/^Files from/).setInputFiles(files(folder(t)));
  await looksRight('upload-files');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await app.jobs.upload.idle();
  await page.getByText('4 lines: 3 added').waitFor();
  t.match(await page.getByRole('row', { name: /^GERR0002/ }).textContent(), /reject.*Choose a code of this field/s);
  t.match(await page.getByRole('row', { name: /^SENR.txt line 3/ }).textContent(), /1\.24 Grade Level Code5GERR0002/);
  t.same(await page.locator('.as-sent mark').allTextContents(), [MARKUP, '5'], 'the field in the line as it was sent');
  await looksRight('upload');
  await page.getByLabel('School', { exact: true }).selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByRole('heading', { name: 'Problems: school 7654321' }).waitFor();
  t.equal(await page.getByRole('row', { name: /^SENR.txt line 3/ }).count(), 1);
  await follow(page.getByRole('link', { name: 'GERR0002' }));
  t.equal(await page.getByRole('heading', { name: 'Problems of GERR0002' }).count(), 1);
  await page.getByLabel('Check', { exact: true }).selectOption({ label: 'all' });
  await page.getByLabel('Severity', { exact: true }).selectOption({ label: 'warn' });
  await follow(page.getByRole('button', { name: 'Show', exact: true }));
  t.equal(await page.getByRole('heading', { name: 'Problems: warn' }).count(), 1);
  t.equal(await page.getByText('It would post no record of SENR.txt: 1 rejected record.').count(), 1);
  t.equal(await page.getByText('It would post SPRG.txt.').count(), 1);
  const book = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download as a workbook' }).click();
  t.equal((await readXlsx(readFileSync(await (await book).path()))).sheets[0]?.rows[0]?.[0], 'file');
  const problems = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all problems (CSV)' }).click();
  t.match(readFileSync(await (await problems).path(), 'utf8'), /^file,line,recordType/);

  await page.getByRole('link', { name: 'Extracts', exact: true }).click();
  await page.getByRole('link', { name: 'Request an extract' }).click();
  t.ok(await page.getByLabel('File Type').isDisabled(), 'step 5: the record type is grayed out');
  t.equal(await page.getByLabel('File Type').inputValue(), 'Cumulative Enrollment (CENR)');
  t.equal(await page.getByLabel('Reporting LEA').inputValue(), LEA, 'step 6: it is the LEA of the account');
  const asOf = page.getByLabel('As-of Date', { exact: true }).last();
  await asOf.waitFor({ state: 'hidden' });
  t.equal(await asOf.isVisible(), false, 'only what belongs to a year');
  await page.getByRole('radio', { name: 'Academic Year' }).check();
  await page.getByLabel('7654321').check();
  await page.getByLabel('Academic Year', { exact: true }).last().selectOption('2023-2024');
  await page.getByLabel(/Adjusted/).check();
  await looksRight('request');
  await page.getByRole('button', { name: 'Request File' }).click();
  await page.getByText('The file is ready: 1 row').waitFor();
  await page.getByText('not applied, because the school directory is not loaded: juvenile court of field 38').waitFor();
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Academic Year 2023-2024, adjusted');
  await looksRight('extract');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download', exact: true }).click();
  t.match(readFileSync(await (await download).path(), 'utf8'), /^CENR-R\^.*9900000001/);
  const workbook = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Workbook with the meanings of the codes' }).click();
  t.match((await workbook).suggestedFilename(), /^CENR_1234567_2023-2024-adjusted_\d{8}\.xlsx$/);
  const { sheets } = await readXlsx(readFileSync(await (await workbook).path()));
  t.ok(sheets[0]?.rows[0]?.includes('Grade Level Code (meaning)'));

  await page.getByRole('link', { name: '9900000001' }).click();
  await page.getByText(MARKUP).waitFor();
  t.pass('what a file says is text, whatever it says');
  await page.getByRole('link', { name: 'Extract', exact: true }).click();
  await page.getByLabel('Field', { exact: true }).selectOption({ label: '40 Homeless Program Eligible' });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByLabel('Value', { exact: true }).selectOption({ label: 'Y (1)' });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByRole('heading', { name: 'Rows with 40 Homeless Program Eligible is Y' }).waitFor();
  t.match(await page.getByRole('row', { name: '9900000001' }).textContent(), `Sample ${MARKUP}`);
  await looksRight('extract-found');
  await page.getByLabel('Decided by rule').selectOption({ label: 'otherwise (0)' });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByText('No row is like that.').waitFor();
  await page.getByLabel('Decided by rule').selectOption('');
  await page.getByLabel('Only students whose rows differ in it').check();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByRole('heading', { name: 'whose rows differ in 40 Homeless Program Eligible' }).waitFor();
  await page.getByText('No row is like that.').waitFor();
  t.ok(await page.getByLabel('Only students whose rows differ in it').isChecked(), 'what was chosen stays');

  await page.getByRole('link', { name: 'Extracts', exact: true }).first().click();
  t.match(
    await page.getByRole('row').nth(1).textContent(),
    /Academic Year 2023-2024, adjusted.*Complete1text CSV workbook Parquet/,
  );
  await looksRight('extracts');

  // Records come in, the same request is made again, and what changed is found.
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...key('vendor', [LEA]), 'content-type': 'text/plain' },
    payload: [
      line('SENR', { ssid: '9900000004' }),
      line('SPRG', {
        ssid: '9900000001',
        educationProgramCode: '127',
        educationProgramMembershipStartDate: '20230815',
      }),
    ].join('\r\n'),
  });
  await page.getByRole('button', { name: 'Make again: Academic Year 2023-2024, adjusted' }).first().click();
  await page.getByText('The file is ready: 2 rows').waitFor();
  await page.getByText(/It had 1 row, this one has 2: 1 new \(1 student who had none\), 0 gone/).waitFor();
  await page.getByText('Records changed: 1 upload came in between.').waitFor();
  await looksRight('extract-again');
  await page.getByRole('link', { name: 'New students' }).click();
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'What changed since an earlier extract?');
  t.match(
    await page.getByRole('row', { name: '9900000004' }).textContent(),
    /990000000476543210\dNew student.*A Student Enrollment record of .* was added\./,
  );
  await looksRight('differences');
  await page.getByRole('link', { name: 'This row' }).click();
  await page.getByRole('heading', { name: 'Why does this row have its values?' }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'Why no row then' }).click();
  await page.getByText('No record of this student was in the store').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${address}/extracts`);
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Who are you?');
  const queries = addresses.map((each) => new URL(each).search);
  t.notMatch(queries.join('\n'), /99\d{8}/, 'no student in what an address asks');
  t.notMatch(log.join('\n'), /99000000\d\d|alert/, 'no student in the log');
  t.ok(titles.filter(Boolean).length > 9);
  t.notMatch(titles.join('\n'), /99000000\d\d|alert/, 'no student in a title');
});

t.test('by keyboard, without JavaScript, narrow, and in other colors', WITH_BROWSER, async (t) => {
  const { address, keyOf, ask, key, app } = await pagesService(t);
  const uploaded = {
    method: 'POST',
    url: '/v1/uploads',
    headers: key('vendor', [LEA]),
    payload: line('SENR'),
  } as const;
  const upload = (await ask(uploaded)).body.id;

  const typed = await openPage(t, { javaScriptEnabled: false });
  await signIn(typed, `${address}/`, keyOf('vendor', [LEA]));
  await typed.goto(`${address}/extracts/new`);
  await typed.keyboard.press('Tab');
  t.equal(await typed.evaluate('document.activeElement.textContent'), 'Skip to the content');
  await typed.getByLabel('Academic Year', { exact: true }).last().focus();
  for (let i = 0; i < 6; i++) await typed.keyboard.press('Tab');
  await typed.getByRole('button', { name: 'Request File' }).focus();
  await typed.keyboard.press('Enter');
  await typed.waitForURL(/\/extracts\/extract_/);
  await app.jobs.extract.idle();
  await typed.goto(typed.url());
  await typed.getByText('The file is ready: 1 row').waitFor();

  for (const look of [{ colorScheme: 'dark' }, { forcedColors: 'active' }] as const) {
    const page = await openPage(t, look);
    await signIn(page, `${address}/`, keyOf('vendor', [LEA], JSON.stringify(look)));
    t.same(await accessibility(page), [], JSON.stringify(look));
  }
  // 1280 pixels at 400 percent.
  const narrow = await openPage(t, { viewport: { width: 320, height: 640 } });
  await signIn(narrow, `${address}/`, keyOf('vendor', [LEA], 'narrow'));
  const extract = new URL(typed.url()).pathname;
  const about = [`/uploads/${upload}`, extract, `${extract}/differences`];
  for (const path of ['/', '/uploads', '/uploads/new', '/extracts', '/extracts/new', ...about]) {
    await narrow.goto(address + path);
    t.ok(
      await narrow.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
      `${path} does not scroll sideways`,
    );
  }
});

t.test('what is another LEA’s is as unknown as what there is not', WITH_BROWSER, async (t) => {
  const { address, keyOf, ask, key, app } = await pagesService(t);
  const headers = key('vendor', [OTHER_LEA]);
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR', { reportingLEA: OTHER_LEA }) });
  const payload = { reportingLEAs: [OTHER_LEA], academicYear: '2023-2024' };
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  await app.jobs.extract.idle();
  const page = await openPage(t);
  await signIn(page, `${address}/`, keyOf('vendor', [LEA]));
  const shown = async (path: string): Promise<string> => {
    await page.goto(address + path);
    return (await page.getByRole('main').textContent()) ?? '';
  };
  t.equal(await shown(`/extracts/${body.id}`), await shown('/extracts/extract_00000000000000000000'));
  t.match(await shown('/extracts/new'), /There are no enrollments yet/);
});
