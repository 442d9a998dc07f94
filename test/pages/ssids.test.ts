/** The pages of SSIDs: the life of one student as two coordinators and the county would live it, in a browser. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line, OTHER_LEA } from '../support/service.ts';
import {
  accessibility,
  closeBrowser,
  loadAgain,
  openPage,
  pagesService,
  picture,
  signIn,
  WITH_BROWSER,
} from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const TITLE = 'Who are the students without an SSID?';
const ANA = {
  ...{ studentLegalFirstName: 'Ana', studentLegalMiddleName: 'Lucia', studentLegalLastName: 'Ortega-Ruiz' },
  ...{ studentBirthDate: '20110412', studentGenderCode: 'F' },
};
const MARKUP = '<i>Zoë</i>';
const SIZES = [
  [390, 844],
  [1280, 900],
  [1920, 1080],
] as const;

async function looksRight(t: Test, page: Page, name: string): Promise<void> {
  t.same(await accessibility(page), [], `${name}: axe finds nothing`);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await picture(page, `ssids-${name}-${width}`);
    const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    t.equal(wide, false, `${name}: nothing sticks out at ${width}`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  t.same(await accessibility(page), [], `${name}, dark: axe finds nothing`);
  await picture(page, `ssids-${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

const OTHER = [OTHER_LEA];

t.test('the life of one student', WITH_BROWSER, async (t) => {
  const { address, keyOf, app, store } = await pagesService(t);
  const dir = folder(t);
  const file = (name: string, ...changes: readonly object[]): string => {
    const lines = changes.map((more) => line('SENR', { ssid: '', ...ANA, ...more }));
    writeFileSync(join(dir, name), `${lines.join('\r\n')}\r\n`);
    return join(dir, name);
  };
  const addresses: string[] = [];
  const visitor = async (role: 'vendor' | 'admin', leas: readonly string[] | 'all', name: string) => {
    // One of them has a browser without JavaScript.
    const page = await openPage(t, { javaScriptEnabled: leas !== OTHER });
    page.on('framenavigated', (frame) => addresses.push(frame.url()));
    await signIn(page, `${address}/`, keyOf(role, leas, name));
    await page.getByRole('link', { name: 'SSIDs', exact: true }).click();
    await page.getByRole('heading', { name: TITLE }).waitFor();
    return page;
  };
  const send = async (page: Page, path: string): Promise<void> => {
    await page.getByLabel('Enrollments (SENR) without an SSID').setInputFiles(path);
    await page.getByRole('button', { name: 'Look who they are' }).click();
    await page.waitForURL('**/ssids/matches/*');
    await app.jobs.matching.idle();
    await loadAgain(page);
  };

  // No number, and nobody like her: a new one, by keyboard.
  const first = await visitor('vendor', [LEA], 'J. Coordinator');
  await send(first, file('new.txt', { localStudentID: 'A1' }, { studentLegalFirstName: MARKUP, localStudentID: 'A2' }));
  t.match(await first.locator('.answer').textContent(), /^For 0 of 2 students .*; 2 are like nobody\.$/);
  await first.getByRole('button', { name: 'Show what will happen' }).click();
  t.match(await first.getByRole('alert').textContent(), /Nothing was chosen/);
  const fresh = first.getByLabel('A new number').first();
  await fresh.focus();
  await first.keyboard.press('Space');
  await first.getByRole('button', { name: 'Show what will happen' }).focus();
  await first.keyboard.press('Enter');
  await first.getByText('Ana Lucia Ortega-Ruiz, born 2011-04-12 gets a new number.').waitFor();
  await looksRight(t, first, 'confirm');
  await first.getByRole('button', { name: 'Give these numbers' }).click();
  const given = await first.getByRole('row', { name: /^1 A1/ }).textContent();
  const one = /99\d{8}/.exec(given ?? '')?.[0] as string;
  t.match(given, /a new number/);
  t.ok(await store.ssids.wasIssued(one));
  t.equal((await first.getByText(MARKUP).count()) > 0, true, 'names are texts');

  // Enrolled at another LEA, which sees enough to ask, and takes a new number all the same.
  const second = await visitor('vendor', OTHER, 'K. Coordinator');
  const elsewhere = { reportingLEA: OTHER_LEA, schoolOfAttendance: '7654399', enrollmentStartDate: '20240201' };
  await send(second, file('moved.txt', { ...elsewhere, localStudentID: 'B7', studentLegalFirstName: 'Anna' }));
  const table = second.getByRole('table', { name: 'Who it may be' });
  t.match(await table.textContent(), new RegExp(`${one}.*another LEA's student.*Ask LEA ${LEA}`, 's'));
  t.match(await second.getByRole('row', { name: /^Birth year/ }).textContent(), /2011● agrees/);
  t.notMatch(await table.textContent(), /0199|7654321/, 'the school is not shown');
  await second.setViewportSize({ width: 1280, height: 900 });
  await picture(second, 'ssids-foreign-1280');
  await second.getByLabel(new RegExp(one)).check();
  await second.getByRole('button', { name: 'Show what will happen' }).click();
  t.match(await second.locator('main li').last().textContent(), /Ask that LEA before you confirm/);
  await second.getByRole('link', { name: 'Back, and choose again' }).click();
  await second.getByLabel('A new number').check();
  await second.getByRole('button', { name: 'Show what will happen' }).click();
  await second.getByRole('button', { name: 'Give these numbers' }).click();
  const two = /99\d{8}/.exec((await second.getByRole('row', { name: /^1 B7/ }).textContent()) ?? '')?.[0] as string;
  t.not(two, one);

  // She comes back: her own LEA sees everything side by side.
  await first.getByRole('link', { name: 'SSIDs', exact: true }).first().click();
  await send(
    first,
    file('again.txt', { localStudentID: 'A9', studentLegalFirstName: 'Ama', studentBirthDate: '20110512' }),
  );
  t.match(await first.getByRole('row', { name: /^First name/ }).textContent(), /◐ near\s*Ana/);
  t.match(await first.getByRole('row', { name: /^Birth month/ }).textContent(), /○ different\s*04/);
  await looksRight(t, first, 'own');

  // Two numbers: a coordinator alone may not join them, the county may.
  await first.goto(`${address}/ssids/retire`);
  const compare = async (page: Page): Promise<void> => {
    await page.getByLabel('The number to retire').fill(two);
    await page.getByLabel('The number that the student keeps').fill(one);
    await page.getByRole('button', { name: 'Show both students' }).click();
  };
  await compare(first);
  t.match(
    await first.getByRole('alert').textContent(),
    new RegExp(`${two} is no student of your LEAs; ask the county`),
  );
  const county = await visitor('admin', 'all', 'C. County');
  await county.getByRole('link', { name: 'Retire a number' }).click();
  await compare(county);
  t.match(await county.locator('main').textContent(), /1 record of \d+ joins the history of/);
  await looksRight(t, county, 'retire');
  await county.getByLabel(/^Why/).fill('one student, both LEAs agree');
  await county.getByRole('button', { name: `Retire ${two}` }).click();
  t.match(await county.getByRole('row', { name: new RegExp(two) }).textContent(), /both LEAs agree/);
  await looksRight(t, county, 'replacements');
  await county.getByLabel(`Why the retirement of ${two} is undone`).fill('to be followed from the file');
  await county.getByRole('button', { name: `Undo the retirement of ${two}` }).click();
  await county.getByText('None of your students has a number that replaces another one.').waitFor();
  t.match(await county.getByRole('table', { name: 'Undone, latest first' }).textContent(), /to be followed from/);
  await county
    .getByLabel(/^Its lines/)
    .fill(`${OTHER_LEA}^7654399^B7^${two}^${one}\n${OTHER_LEA}^7654399^B7^${one}^${two}`);
  await county.getByRole('button', { name: 'Retire these numbers' }).click();
  t.match(await county.getByRole('alert').textContent(), /replacements:2: .*circle/);
  await county.getByLabel(/^Its lines/).fill(`${OTHER_LEA}^7654399^B7^${two}^${one}`);
  await county.getByRole('button', { name: 'Retire these numbers' }).click();
  await county.getByRole('cell', { name: /^said by line 1 of a Replacement SSID file/ }).waitFor();

  // The numbers come back for her second school: the active one.
  const made = async (page: Page, button: string): Promise<string> => {
    await page.goto(`${address}/ssids`);
    if (button === 'Make the SSID extract') await page.getByLabel(/enrolled on$/).fill('2024-02-05');
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL('**/ssids/extracts/*');
    await app.jobs.ssidExtract.idle();
    await loadAgain(page);
    await page.getByText('It has 1 line.').waitFor();
    const place = await page.getByRole('link', { name: 'Text' }).getAttribute('href');
    return (await page.context().request.get(`${address}${place}`)).text();
  };
  t.match(await made(second, 'Make the SSID extract'), new RegExp(`\\^7654399\\^${one}\\^B7\\^`));
  t.equal(await made(second, 'Make the Replacement SSID extract'), `${OTHER_LEA}^7654399^B7^${two}^${one}\r\n`);
  await second.goto(`${address}/ssids/extracts`);
  t.equal(await second.getByRole('row', { name: /Complete/ }).count(), 2);
  await county.goto(`${address}/ssids/extracts`);
  await county.getByRole('row', { name: /Replacement SSID extract/ }).waitFor();
  await looksRight(t, county, 'extracts');
  t.same(
    addresses.filter((visited) => /\?.*99\d{8}/.test(visited)),
    [],
    'no number stands in a query',
  );
});

t.test('a file that cannot be used is named beside the form', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t);
  await signIn(page, `${address}/ssids`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await page.goto(`${address}/ssids`);
  const path = join(folder(t), 'wrong.txt');
  writeFileSync(path, line('SENR', { ssid: '9900000001' }));
  await page.getByLabel('Enrollments (SENR) without an SSID').setInputFiles(path);
  await page.getByRole('button', { name: 'Look who they are' }).click();
  await page.getByRole('alert').waitFor();
  t.match(await page.getByRole('alert').textContent(), /A line is no request for an SSID.*wrong\.txt:1: /s);
  await looksRight(t, page, 'refused');
});

t.test('records that wait are chosen on the page, and join their student', WITH_BROWSER, async (t) => {
  const { address, keyOf, app, ask, key } = await pagesService(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'text/plain' };
  const blank = (more: object): string => line('SENR', { ssid: '', ...ANA, ...more });
  const payload = [blank({ localStudentID: 'A1' }), blank({ localStudentID: 'A2', studentLegalFirstName: MARKUP })];
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: payload.join('\r\n') });
  const page = await openPage(t);
  await signIn(page, `${address}/ssids`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await page.goto(`${address}/ssids`);
  await page.getByRole('link', { name: 'Which records wait for an SSID?' }).click();
  await page.getByText('2 enrollments were loaded without an SSID, and are in no extract.').waitFor();
  await looksRight(t, page, 'waiting');
  await page.getByRole('button', { name: 'Look who they are' }).click();
  t.match(await page.getByRole('alert').textContent(), /Nobody was chosen/);
  await page.getByLabel(/^Ana Lucia/).check();
  await page.getByRole('button', { name: 'Look who they are' }).click();
  await page.waitForURL('**/ssids/matches/*');
  await app.jobs.matching.idle();
  await loadAgain(page);
  await page.getByLabel('A new number').check();
  await page.getByRole('button', { name: 'Show what will happen' }).click();
  await page.getByRole('button', { name: 'Give these numbers' }).click();
  await page.getByRole('row', { name: /^1 A1/ }).waitFor();
  await page.goto(`${address}/ssids/waiting`);
  await page.getByText('1 enrollment was loaded without an SSID, and is in no extract.').waitFor();
  t.equal(await page.getByText(MARKUP).count(), 1, 'names are texts');

  // Or the upload itself gives the numbers.
  await page.goto(`${address}/uploads/new`);
  const path = join(folder(t), 'again.txt');
  writeFileSync(path, blank({ localStudentID: 'A3' }));
  await page.getByLabel(/^Files from your/).setInputFiles(path);
  await looksRight(t, page, 'upload');
  await page.getByRole('button', { name: 'Upload, and give SSIDs to students without one' }).click();
  await page.waitForURL('**/uploads/upload*');
  await app.jobs.upload.idle();
  await loadAgain(page);
  await page.getByText('1 new SSID; 0 records of students who had one already.').waitFor();
  const place = await page.getByRole('link', { name: 'CSV', exact: true }).getAttribute('href');
  t.match(await (await page.context().request.get(`${address}${place}`)).text(), /again\.txt,1,A3,99\d{8},new/);
});
