/** The administrator's story in a real browser: keys, people, settings, and of several LEAs one. */
import t from 'tap';
import { testIssuer } from '../support/issuer.ts';
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

t.test('keys, people and settings', WITH_BROWSER, async (t) => {
  const issuer = await testIssuer(t, [], { leas: [LEA] });
  const { address, keyOf, ask, key, log } = await pagesService(t, {
    issuers: [issuer.entry],
    issuersPrivate: true,
    keySignIn: true,
  });
  for (const lea of [LEA, OTHER_LEA])
    await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [lea]), payload: line('SENR') });
  const page = await openPage(t);
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  const looksRight = async (name: string): Promise<void> => {
    t.same(await accessibility(page), [], `${name}: axe finds nothing`);
    await page.setViewportSize({ width: 320, height: 800 });
    const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    t.equal(wide, false, `${name} does not scroll sideways`);
    await page.setViewportSize({ width: 1280, height: 800 });
    await picture(page, `administrator-${name}`);
  };

  await signIn(page, `${address}/`, keyOf('admin', 'all', 'A. Administrator'));
  await page.getByRole('link', { name: 'Admin', exact: true }).click();
  await page.getByText('The service is ready').waitFor();
  await looksRight('overview');
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('Valley SIS');
  await page.getByLabel('LEAs', { exact: true }).fill('12');
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByText(/each of seven digits/).waitFor();
  t.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Valley SIS', 'what was typed stays');
  await looksRight('keys');
  await page.getByLabel('LEAs', { exact: true }).fill(LEA);
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByText('It is shown now and never again.').waitFor();
  const secret = await page.getByLabel('Key', { exact: true }).inputValue();
  t.match(secret, /^cenr_/);
  const works = async (given: string): Promise<boolean> =>
    (await ask({ url: '/v1/uploads', headers: { authorization: `Bearer ${given}` } })).status === 200;
  t.ok(await works(secret));
  await looksRight('made');
  await page.getByRole('link', { name: 'Done' }).click();
  await page.getByText(/^Valley SIS: vendor/).waitFor();
  await looksRight('key');
  await page.getByRole('button', { name: 'Rotate the key' }).click();
  await page.getByRole('link', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await page.getByText('It does not work, and cannot be brought back.').waitFor();
  t.ok(await works(secret), 'the old one works for some days more');

  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('Sam Rivera');
  await page.getByLabel('LEAs', { exact: true }).fill(LEA);
  await page.getByLabel('E-mail', { exact: true }).fill('sam@lea.example.org');
  await page.getByRole('button', { name: 'Add the person' }).click();
  await page.getByText('People who may sign in by an issuer: 1.').waitFor();
  t.equal(await page.getByText('this service has no issuer').count(), 0);
  await looksRight('people');
  await page.getByRole('link', { name: 'Sam Rivera' }).click();
  await looksRight('person');
  await page.getByLabel('Role', { exact: true }).selectOption('auditor');
  await page.getByRole('button', { name: 'Keep the change' }).click();
  await page.getByRole('row', { name: /^Sam Rivera auditor/ }).waitFor();
  await page.getByRole('link', { name: 'Sam Rivera' }).click();
  await page.getByRole('button', { name: 'Remove the person' }).click();
  await page.getByText('People who may sign in by an issuer: 0.').waitFor();

  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('row', { name: /^CENR_APPROVALS 1 default How many people must approve/ }).waitFor();
  const meanings = await page.locator('tbody tr td:last-child').allTextContents();
  t.ok(meanings.length > 20 && meanings.every((words) => words !== ''), 'each setting says what it is');
  await looksRight('settings');

  await page.getByRole('link', { name: 'Administration' }).click();
  await follow(page.getByRole('link', { name: 'Uploads of all LEAs' }));
  t.equal(await page.locator('a[href^="/uploads/upload_"]').count(), 2);
  await page.getByLabel('All LEAs').fill(LEA);
  await page.getByRole('button', { name: 'Show this LEA' }).click();
  await page.getByLabel('LEA', { exact: true }).waitFor();
  t.equal(await page.locator('a[href^="/uploads/upload_"]').count(), 1, 'pages are about this LEA');
  await looksRight('uploads');

  t.notMatch(addresses.join('\n'), /cenr_[\w-]{43}|sam@/, 'nothing of it is in an address');
  t.notMatch(log.join(''), secret.slice(5));
});

t.test('nobody else is shown these pages', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t);
  await signIn(page, `${address}/`, keyOf('auditor', 'all'));
  t.equal(await page.getByRole('link', { name: 'Admin', exact: true }).count(), 0);
  for (const path of ['/admin', '/admin/keys', '/admin/persons', '/admin/settings'])
    t.equal((await page.goto(address + path))?.status(), 403, path);
  const admin = await openPage(t);
  await signIn(admin, `${address}/`, keyOf('admin', 'all', 'B. Administrator'));
  await admin.goto(`${address}/admin/persons`);
  await admin.getByText('Nobody can yet: this service has no issuer.').waitFor();
});
