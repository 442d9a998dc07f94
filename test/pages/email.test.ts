/** The last steps of the request in a real browser: file name, e-mail when done, and who was told. */
import t from 'tap';
import { pages } from '#pages/pages';
import { mailServer } from '../support/mail-server.ts';
import { LEA, line, service } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, picture, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const ADDRESS = 'sam@lea.example.org';

t.test('an extract is named, and an e-mail says when it is done', WITH_BROWSER, async (t) => {
  const server = await mailServer(t);
  const config = { smtpURL: server.url, mailFrom: 'cenr@example.org', publicURL: 'https://cenr.example.org' };
  const { app, ask, key } = await service(t, config, () => ({ pages: pages() }));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const headers = key('vendor', [LEA], 'Sam', ADDRESS);
  const student = { ssid: '9900000001', studentLegalLastName: 'Padilla' };
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR', student) });
  const page = await openPage(t);
  await signIn(page, `${address}/`, headers.authorization.replace('Bearer ', ''));

  await page.goto(`${address}/extracts/new`);
  const name = page.getByLabel('Extract file name (optional)');
  const email = page.getByLabel('Email results when done');
  t.notOk(await email.isChecked());
  t.ok(await page.getByText(`To ${ADDRESS}. The e-mail says that the extract is ready`).isVisible());
  await name.fill('fall/check');
  await email.check();
  await page.getByRole('button', { name: 'Request File' }).click();
  await page.getByRole('alert').waitFor();
  t.match(await page.getByRole('alert').textContent(), /fall\/check/);
  t.ok(await email.isChecked(), 'what was chosen is still there');
  await name.fill('Fall check');
  t.same(await accessibility(page), []);
  await page.getByRole('button', { name: 'Request File' }).click();
  await page.getByText('The file is ready: 1 row').waitFor();
  await app.outbox.idle();
  await page.reload();
  t.match(await page.getByRole('row', { name: new RegExp(`^${ADDRESS}`) }).textContent(), /E-mailDelivered/);
  t.ok(await page.getByText('File name: Fall check.').isVisible());
  t.same(await accessibility(page), []);
  await picture(page, 'coordinator-told');
  const opened = /https:\/\/cenr\.example\.org(\/extracts\/\w+)/.exec(server.mails[0]?.text ?? '')?.[1];
  t.equal(new URL(page.url()).pathname, opened, 'the mail names the page');
  t.notMatch(JSON.stringify(server.mails), /99000000\d\d|Padilla/, 'and no student');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download', exact: true }).click();
  t.equal((await download).suggestedFilename(), 'Fall check.txt');
  await page.goto(`${address}/extracts`);
  t.match(await page.getByRole('row').nth(1).textContent(), /Fall check: Academic Year/);

  const stranger = await openPage(t);
  await stranger.goto(`${address}${opened}`);
  t.equal(await stranger.getByRole('heading', { level: 1 }).textContent(), 'Who are you?', 'after signing in');
});

t.test('where no e-mail can be sent, the step says why', WITH_BROWSER, async (t) => {
  const { app, ask, key } = await service(t, {}, () => ({ pages: pages() }));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const headers = key('vendor', [LEA], 'Sam', ADDRESS);
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') });
  const page = await openPage(t);
  await signIn(page, `${address}/`, headers.authorization.replace('Bearer ', ''));
  await page.goto(`${address}/extracts/new`);
  t.ok(await page.getByLabel('Email results when done').isDisabled());
  t.ok(await page.getByText('Not possible: this service sends no e-mail').isVisible());
  t.same(await accessibility(page), []);
});
