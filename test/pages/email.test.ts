/** The last steps of the request in a real browser: file name, e-mail when done, and who was told. */
import t from 'tap';
import { pages } from '#pages/pages';
import { mailServer } from '../support/mail-server.ts';
import { LEA, line, service } from '../support/service.ts';
import { accessibility, closeBrowser, loadAgain, openPage, picture, signIn, WITH_BROWSER } from './browser.ts';

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
  await loadAgain(page);
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

t.test('an e-mail says when the file of the state is compared', WITH_BROWSER, async (t) => {
  const server = await mailServer(t);
  const config = { smtpURL: server.url, mailFrom: 'cenr@example.org', publicURL: 'https://cenr.example.org' };
  const { app, ask, key } = await service(t, config, () => ({ pages: pages() }));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const headers = key('vendor', [LEA], 'Sam', ADDRESS);
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR', { ssid: '9900000001' }) });
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();
  const theirs = (await ask({ url: `/v1/extracts/${id}/file`, headers })).text;

  const page = await openPage(t, { javaScriptEnabled: false });
  await signIn(page, `${address}/reconciliations/new`, headers.authorization.replace('Bearer ', ''));
  await page.getByRole('link', { name: `Send an e-mail to ${ADDRESS} when it is done` }).click();
  await page.getByText(`An e-mail to ${ADDRESS} says when it is done`).waitFor();
  await page
    .getByLabel('The CENR file')
    .setInputFiles({ name: 'CENR.txt', mimeType: 'text/plain', buffer: Buffer.from(theirs) });
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.locator('p.hint', { hasText: 'CENR.txt, sent' }).waitFor();
  await app.jobs.reconciliation.idle();
  await app.outbox.idle();
  await loadAgain(page);
  await page.getByText('They do not: all rows that could be compared say the same.').waitFor();
  t.match(await page.getByRole('row', { name: new RegExp(`^${ADDRESS}`) }).textContent(), /E-mailDelivered/);
  const [mail, ...more] = server.mails;
  t.same(more, []);
  const opened = /https:\/\/cenr\.example\.org(\/reconciliations\/\w+)/.exec(mail?.text ?? '')?.[1];
  t.equal(new URL(page.url()).pathname, opened, 'the mail names the page');
  t.match(mail?.text, /comparison with the state's file that you requested is ready/);
  t.notMatch(mail?.text, /99000000\d\d|CENR\.txt/, 'no student, and no file');

  // Compared again, it is told of again; and over REST.
  await page.getByText('It was another request').click();
  await page.getByRole('button', { name: 'Compare again' }).click();
  await page.locator('p.hint', { hasText: 'CENR.txt, sent' }).waitFor();
  await app.jobs.reconciliation.idle();
  await app.outbox.idle();
  t.equal(server.mails.length, 2);
  const without = key('vendor', [LEA], 'No address');
  const url = '/v1/reconciliations?emailWhenDone=true';
  const refused = await ask({
    method: 'POST',
    url,
    headers: { ...without, 'content-type': 'text/plain' },
    payload: theirs,
  });
  t.match(refused, { status: 400, body: { errors: [{ parameter: 'emailWhenDone', message: /no e-mail address/ }] } });
});
