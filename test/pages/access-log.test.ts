/** Who has seen a student, in a real browser: by an auditor of the state, by one of an LEA, and by the administrator. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { ACCESS_LOG } from '#audit/access-log/log-file';
import { logVerified } from '#service/access-log/verification';
import { LEA, line, OTHER_LEA, TODAY } from '../support/service.ts';
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

const [SEEN, FOREIGN] = ['9900000001', '9900000003'] as const;

async function looked(t: Test) {
  const built = await pagesService(t);
  const { ask, key, app } = built;
  const extracts: Record<string, string> = {};
  for (const [lea, ssid] of [
    [LEA, SEEN],
    [OTHER_LEA, FOREIGN],
  ] as const) {
    const headers = { ...key('vendor', [lea], `Vendor of ${lea}`), 'access-purpose': 'fall collection' };
    await ask({
      method: 'POST',
      url: '/v1/uploads',
      headers: { ...headers, 'content-type': 'text/plain' },
      payload: line('SENR', { ssid, reportingLEA: lea }),
    });
    const payload = { reportingLEAs: [lea], academicYear: '2023-2024', runDate: TODAY };
    extracts[lea] = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body.id;
    await app.jobs.extract.idle();
    await ask({ url: `/v1/extracts/${extracts[lea]}/file`, headers });
  }
  return { ...built, extracts };
}

async function looksRight(t: Test, page: Page, name: string): Promise<void> {
  t.same(await accessibility(page), [], `${name}: axe finds nothing`);
  await page.setViewportSize({ width: 320, height: 800 });
  const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  t.equal(wide, false, `${name} does not scroll sideways`);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await picture(page, `access-log-${name}-${width}`);
  }
}

t.test(
  'an auditor finds out who has seen a student, by keyboard, from the page of the student',
  WITH_BROWSER,
  async (t) => {
    const { address, keyOf, extracts, log } = await looked(t);
    const page = await openPage(t, { colorScheme: 'dark' });
    const addresses: string[] = [];
    page.on('framenavigated', (frame) => addresses.push(frame.url()));
    await signIn(page, `${address}/extracts/${extracts[LEA]}/students/${SEEN}`, keyOf('auditor', 'all', 'S. Auditor'));
    await page.goto(`${address}/extracts/${extracts[LEA]}/students/${SEEN}`);
    await page.getByRole('link', { name: 'Who has seen this student?' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('2 people or keys have seen SSID 9900000001').waitFor();
    await page
      .getByRole('row', {
        name: /Vendor of 1234567.*took the file of an extract.*among others.*fall collection.*given/,
      })
      .waitFor();
    t.ok((await page.getByRole('row', { name: /S\. Auditor.*asked for by SSID/ }).count()) >= 1);
    await looksRight(t, page, 'student');
    await page.goto(`${address}/extracts/${extracts[LEA]}`);
    await page.goto(`${address}/access-log`);
    await page
      .getByRole('row', { name: /looked at how far an extract is/ })
      .first()
      .waitFor();
    t.notMatch(
      await page.getByRole('table').textContent(),
      /GET \/|CENR_/,
      'what a page asks for is said in words, and what is not there is not called refused',
    );
    await page.getByText('Is the log complete?').waitFor();
    await page.goto(`${address}/access-log/students/${SEEN}`);
    await page.getByText('Search by person, day, purpose').click();
    await page.getByLabel('Words of the purpose').fill('FALL');
    await page.keyboard.press('Enter');
    await page.getByText('1 person or key has seen SSID 9900000001').waitFor();
    t.equal(new URL(page.url()).search, '?purpose=FALL', 'a filter is in the address, the student in its path');
    await page.getByLabel('Words of the purpose').fill(`for ${SEEN}`);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('Found ten digits in a row in another field.').waitFor();
    t.equal(await page.getByLabel('Words of the purpose').inputValue(), `for ${SEEN}`, 'what was typed stays');
    await page.getByRole('link', { name: 'Access log', exact: true }).first().click();
    await page.getByLabel('What was done').selectOption('file');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('2 requests, newest first.').waitFor();
    await looksRight(t, page, 'files');
    t.notMatch(addresses.map((each) => new URL(each).search).join('\n'), /\d{10}/, 'no query has a student');
    t.notMatch(log.join(''), new RegExp(SEEN));
    t.notMatch(await page.title(), /\d{10}/);
  },
);

t.test('without JavaScript, for an auditor of one LEA: a foreign student is unknown', WITH_BROWSER, async (t) => {
  const { address, keyOf, extracts } = await looked(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  await signIn(page, `${address}/access-log/students/${SEEN}`, keyOf('auditor', [LEA], 'L. Auditor'));
  t.equal(new URL(page.url()).pathname, '/access-log', 'signing in leads to a page without the student');
  t.equal(new URL(page.url()).search, '');
  t.equal(await page.getByText(extracts[OTHER_LEA] as string).count(), 0);
  await page.getByLabel('SSID').fill(SEEN);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('1 person or key has seen SSID').waitFor();
  for (const ssid of [FOREIGN, '9900000999']) {
    await page.goto(`${address}/access-log`);
    await page.getByLabel('SSID').fill(ssid);
    await page.getByRole('button', { name: 'Search' }).click();
    await page
      .getByText('There is no such page')
      .or(page.getByText(/Not found, or not visible/))
      .first()
      .waitFor();
  }
  const vendor = await openPage(t);
  await signIn(vendor, `${address}/`, keyOf('vendor', [LEA]));
  t.equal((await vendor.goto(`${address}/access-log`))?.status(), 403);
  await vendor.goto(`${address}/extracts/${extracts[LEA]}/students/${SEEN}`);
  t.equal(await vendor.getByRole('link', { name: 'Who has seen this student?' }).count(), 0);
});

t.test('the administrator verifies the log, and is told where it was changed', WITH_BROWSER, async (t) => {
  const { address, keyOf, config, app } = await looked(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  await signIn(page, `${address}/admin`, keyOf('admin', 'all', 'A. Admin'));
  await page.getByText('Nobody verified it since the service began.').waitFor();
  const verify = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Verify the access log' }).click();
    await logVerified(app);
    await page.goto(`${address}/admin`);
  };
  await verify();
  await page.getByText(/Log entries 1 to \d+ are intact/).waitFor();
  const path = join(config.storeDir, ACCESS_LOG);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"number":2,', '"number":7,'));
  await verify();
  await page.getByText(/Log entry 2 is not valid/).waitFor();
  await page.goto(`${address}/access-log`);
  await page.getByText('1 line is no valid log entry').waitFor();
  const seeing = await openPage(t, { colorScheme: 'dark' });
  await signIn(seeing, `${address}/admin`, keyOf('admin', 'all', 'B. Admin'));
  await looksRight(t, seeing, 'overview');
  const local = await openPage(t);
  await signIn(local, `${address}/admin`, keyOf('admin', [LEA]));
  await local.getByText('whoever sees all of them can verify it').waitFor();
});

t.test('an auditor of the state verifies the log from the page that searches it', WITH_BROWSER, async (t) => {
  const { address, keyOf, app, config } = await looked(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  await signIn(page, `${address}/access-log`, keyOf('auditor', 'all', 'S. Auditor'));
  await page.getByText('Nobody verified it since the service began.').waitFor();
  await follow(page.getByRole('button', { name: 'Verify the access log' }));
  await logVerified(app);
  t.equal(new URL(page.url()).pathname, '/access-log', 'who verified it from there stays there');
  await page.goto(`${address}/access-log`);
  await page.getByText(/Log entries 1 to \d+ are intact/).waitFor();
  t.match(readFileSync(join(config.storeDir, ACCESS_LOG), 'utf8'), /"POST","route":"\/v1\/access-log\/verification"/);
  const local = await openPage(t);
  await signIn(local, `${address}/access-log`, keyOf('auditor', [LEA], 'L. Auditor'));
  await local.getByText('whoever sees all of them can verify it').waitFor();
  t.equal(await local.getByRole('button', { name: 'Verify the access log' }).count(), 0);
});
