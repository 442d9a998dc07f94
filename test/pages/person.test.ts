/**
 * A person's story in a real browser: sign in at the issuer of their district, say what students are looked at for, look,
 * and sign out of both.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPerson, PERSON_RANDOM_BYTES } from '#service/persons/known';
import { testIssuer } from '../support/issuer.ts';
import { LEA, line, NOW } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, pagesService, picture, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const SSID = '9900000001';

t.test('from the sign-in at the district to the access log', WITH_BROWSER, async (t) => {
  const backs: string[] = [];
  const issuer = await testIssuer(t, backs, { leas: [LEA] });
  issuer.asks = true;
  const { address, app, store, ask, key, config, log } = await pagesService(t, {
    issuers: [issuer.entry],
    issuersPrivate: true,
  });
  backs.push(`${address}/sign-in/back/valley`);
  const given = { name: 'Sam Rivera', role: 'auditor', leas: [LEA], email: 'sam@lea.example.org' } as const;
  const sam = createPerson(issuer.entry, given, NOW, new Uint8Array(PERSON_RANDOM_BYTES));
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: key('vendor', [LEA]),
    payload: line('SENR', { ssid: SSID }),
  });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers: key('auditor', [LEA]), payload });
  await app.jobs.extract.idle();

  const page = await openPage(t);
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  const looksRight = async (name: string): Promise<void> => {
    t.same(await accessibility(page), [], `${name}: axe finds nothing`);
    await picture(page, `person-${name}`);
  };

  await page.goto(`${address}/extracts/${body.id}`);
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
  t.equal(await page.getByLabel('Key').count(), 0);
  await looksRight('sign-in');
  await page.getByRole('link', { name: 'Sign in with Valley Unified' }).click();
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.getByText('You are not known here').waitFor();
  await page.getByText('Valley Unified says that you are sam@lea.example.org, subject sam-1.').waitFor();
  await looksRight('not-known');

  await store.addPerson(sam);
  await page.goto(`${address}/extracts/${body.id}`);
  await page.getByRole('link', { name: 'Sign in with Valley Unified' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.getByText('Sam Rivera', { exact: true }).first().waitFor();
  t.equal(new URL(page.url()).pathname, `/extracts/${body.id}`, 'where they were going');

  await page.getByLabel('SSID').fill(SSID);
  await page.getByLabel('Purpose').fill('annual audit');
  await looksRight('look-up');
  await page.getByRole('button', { name: 'Find the student' }).click();
  await page.getByText('1 row in the extract.').waitFor();
  t.equal(await page.getByText('What do you look at students for?').count(), 0, 'it is asked for once');
  await page.getByText('Purpose: annual audit').click();
  await page.getByLabel('Purpose').fill('complaint 17');
  await looksRight('purpose');
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByText('Purpose: complaint 17').waitFor();
  await page.getByRole('link', { name: 'Why does it have its values?' }).click();
  await page.getByRole('heading', { name: 'Why does this row have its values?' }).waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  const isWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
  t.notOk(await page.evaluate(isWide), 'nothing stands beside a narrow page');
  await looksRight('narrow');
  await page.setViewportSize({ width: 1280, height: 900 });

  const entries = readFileSync(join(config.storeDir, 'access.log'), 'utf8').trim().split('\n');
  const own = entries.map((entry) => JSON.parse(entry)).filter(({ keyId }) => keyId === sam.id);
  t.same(
    [...new Set(own.filter(({ ssid }) => ssid === SSID).map(({ purpose }) => purpose))],
    ['annual audit', 'complaint 17'],
  );
  t.match(own.at(-1), { role: 'auditor', route: '/v1/extracts/:id/rows/:ssid/:school/:grade/explanation' });

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${address}/sign-in`);
  t.equal(issuer.signedOut.length, 1, 'signed out there too');
  await page.goto(`${address}/extracts`);
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor();

  t.notOk(
    addresses.some((one) => new URL(one).search.includes(SSID)),
    'no student in a query',
  );
  t.notMatch(log.join(''), /sam@|sam-1|Rivera|complaint/);
});
