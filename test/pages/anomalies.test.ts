/** The pages of students who look wrong: looked for, reviewed, settled and retired, as two LEAs and the county would. */
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
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

const TITLE = 'Which students look wrong?';
const [A, B, C, D] = ['9900000001', '9900000002', '9900000003', '9900000004'] as const;
const person = (first: string, last: string, birth: string): object => ({
  ...{ studentLegalFirstName: first, studentLegalMiddleName: 'Rafael', studentLegalLastName: last },
  ...{ studentBirthDate: birth, enrollmentStartDate: '20230815' },
});
const JONATHAN = person('Jonathan', 'Santiago', '20130401');
const MARIA = person('Maria', 'Keller', '20120909');
const OSCAR = person('Oscar', 'Lindqvist', '20111224');
const ELSEWHERE = { reportingLEA: OTHER_LEA, schoolOfAttendance: '7654399', localStudentID: 'SECRET1' };
const WHY = '<b>agreed</b> with the other LEA';
const SIZES = [
  [390, 844],
  [1280, 900],
] as const;

async function looksRight(t: Test, page: Page, name: string): Promise<void> {
  t.same(await accessibility(page), [], `${name}: axe finds nothing`);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await picture(page, `anomalies-${name}-${width}`);
    const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    t.equal(wide, false, `${name}: nothing sticks out at ${width}`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  t.same(await accessibility(page), [], `${name}, dark: axe finds nothing`);
  await page.emulateMedia({ colorScheme: 'light' });
}

t.test('looked for, reviewed, resolved, retired', WITH_BROWSER, async (t) => {
  const { address, keyOf, key, ask, store } = await pagesService(t);
  const addresses: string[] = [];
  const visitor = async (role: 'vendor' | 'admin' | 'auditor', leas: readonly string[] | 'all', name: string) => {
    // The county has a browser without JavaScript.
    const page = await openPage(t, { javaScriptEnabled: leas !== 'all' });
    page.on('request', (request) => addresses.push(request.url()));
    await signIn(page, `${address}/`, keyOf(role, leas, name));
    return page;
  };
  const all = key('admin', 'all');
  await ask({
    ...{ method: 'POST', url: '/v1/uploads?reportingLEA=all', headers: { ...all, 'content-type': 'text/plain' } },
    payload: [
      line('SENR', { ssid: A, ...JONATHAN }),
      line('SENR', { ssid: B, ...JONATHAN, ...ELSEWHERE, enrollmentStartDate: '20220815' }),
      line('SENR', { ssid: C, ...MARIA }),
      line('SENR', { ssid: C, ...MARIA, ...ELSEWHERE, enrollmentStartDate: '20240101' }),
      line('SENR', { ssid: D, ...OSCAR }),
      line('SENR', { ssid: D, ...OSCAR, ...ELSEWHERE, enrollmentStartDate: '20240115' }),
    ].join('\r\n'),
  });
  const text = async (page: Page): Promise<string> => (await page.locator('main').textContent()) ?? '';
  const count = (page: Page, kind: string): Promise<string | null> =>
    page.getByRole('region', { name: 'By kind' }).getByRole('row').filter({ hasText: kind }).textContent();

  // A coordinator, by keyboard: nobody looked yet.
  const own = await visitor('vendor', [LEA], 'J. Coordinator');
  await own.getByRole('link', { name: 'SSIDs', exact: true }).click();
  await own.getByRole('link', { name: TITLE }).focus();
  await own.keyboard.press('Enter');
  await own.getByRole('heading', { name: TITLE }).waitFor();
  t.match(await text(own), /Nobody has looked yet/);
  await looksRight(t, own, 'empty');
  await own.getByRole('button', { name: 'Look now' }).focus();
  await own.keyboard.press('Enter');
  await own.getByRole('button', { name: 'Look again' }).waitFor();
  t.match(await text(own), /3 findings are open\./);
  t.match(await count(own, 'CCE'), /CCE200$/);
  t.match(await count(own, 'MID'), /MID100$/);
  for (const secret of ['SECRET1', '7654399', B]) t.notMatch(await own.content(), secret, `not shown: ${secret}`);
  t.match(await text(own), new RegExp(`another LEA's student\\s*${OTHER_LEA}`));
  await looksRight(t, own, 'list');
  await own.getByRole('link', { name: 'Say what becomes of it' }).last().scrollIntoViewIfNeeded();
  await picture(own, 'anomalies-listed');

  // Filters are in the address.
  await own.getByRole('combobox', { name: 'Kind' }).selectOption('CCE');
  await follow(own.getByRole('button', { name: 'Show', exact: true }));
  t.match(own.url(), /\/ssids\/anomalies\?kind=CCE&state=open&school=$/);
  t.equal(await own.getByRole('heading', { level: 3 }).count(), 2);
  await own.goto(`${address}/ssids/anomalies?school=7654399`);
  t.match(await text(own), /None is like this\./, "nor found by another LEA's school");
  await own.goto(`${address}/ssids/anomalies?kind=wrong`);
  t.match(await own.getByRole('alert').textContent(), /found "wrong"/);

  // Reviewed, with why; then settled.
  await own.goto(`${address}/ssids/anomalies?kind=CCE`);
  const become = own.getByRole('link', { name: 'Say what becomes of it' });
  await become.first().focus();
  await own.keyboard.press('Enter');
  await own.getByLabel(/^Why it is correct as it is/).fill(WHY);
  await own.keyboard.press('Enter');
  await own.getByText('Reviewed as correct').first().waitFor();
  t.match(await own.getByRole('row').filter({ hasText: 'J. Coordinator' }).last().textContent(), WHY, 'a text');
  await own.goto(`${address}/ssids/anomalies?kind=CCE`);
  t.equal(await become.count(), 1, 'what was reviewed is open no more');
  await become.first().click();
  const id = own.url().split('/').at(-1) as string;
  await own.getByLabel('How it was settled').fill('exited there');
  await own.getByRole('button', { name: 'Resolve' }).click();
  t.match(await text(own), /It is settled\./);
  t.match(await text(own), /exited there/);
  await own.goto(`${address}/ssids/anomalies?state=`);
  t.equal(await become.count(), 3);
  await own.goto(`${address}/ssids/anomalies?kind=MID`);
  await follow(become.first());
  t.match(await text(own), /the county or the state retires it/);
  t.equal(await own.getByRole('button', { name: /^Retire/ }).count(), 0);
  await looksRight(t, own, 'one');

  // Another LEA sees none of it, an auditor reads, the county retires.
  const stranger = await visitor('vendor', ['1111111'], 'S. Stranger');
  await stranger.goto(`${address}/ssids/anomalies?state=`);
  t.match(await text(stranger), /Nobody looks wrong/);
  await stranger.goto(`${address}/ssids/anomalies/${id}`);
  t.match(await text(stranger), /There is no such page/);
  const auditor = await visitor('auditor', 'all', 'A. Auditor');
  await auditor.goto(`${address}/ssids/anomalies`);
  t.equal(await auditor.getByRole('button', { name: /^Look/ }).count(), 0);
  const county = await visitor('admin', 'all', 'C. County');
  await county.goto(`${address}/ssids/anomalies?kind=MID`);
  t.match(await count(county, 'MID'), /MID100$/, 'two sides are one finding');
  await county.getByRole('link', { name: 'Say what becomes of it' }).click();
  await picture(county, 'anomalies-county');
  await county.getByRole('button', { name: `Retire ${A}, keep ${B}` }).click();
  t.match(await text(county), new RegExp(`1 record of ${A} joins the history of ${B}`));
  await county.getByLabel(/^Why/).fill('one student');
  await county.getByRole('button', { name: `Retire ${A}` }).click();
  t.equal(await store.ssids.activeOf(A), B);
  await county.goto(`${address}/ssids/anomalies`);
  await county.getByRole('button', { name: 'Look again' }).click();
  t.match(await count(county, 'MID'), /MID001$/);
  t.same(
    addresses.filter((visited) => /\?.*99\d{8}/.test(visited)),
    [],
    'no number stands in a query',
  );
});
