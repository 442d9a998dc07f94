/** A coordinator whose student has two numbers: finds them, combines them, reads a row, asks who saw it, and undoes. */
import t from 'tap';
import { LEA, line, TODAY } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, pagesService, picture, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const [OLD, NEXT] = ['9900000002', '9900000001'] as const;
const ANA = {
  ...{ studentLegalFirstName: 'Ana', studentLegalMiddleName: 'Lucia', studentLegalLastName: 'Ortega-Ruiz' },
  ...{ studentBirthDate: '20110412', studentGenderCode: 'F' },
};
const TEXT = { 'content-type': 'text/plain' };

t.test('two numbers of one student, by the pages alone', WITH_BROWSER, async (t) => {
  const { address, keyOf, ask, key, app, store } = await pagesService(t);
  const headers = key('vendor', [LEA]);
  const upload = (...lines: readonly string[]) =>
    ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...TEXT }, payload: lines.join('\r\n') });
  const now = { enrollmentStartDate: '20230901', schoolOfAttendance: '7654322' };
  await upload(
    line('SENR', { ssid: NEXT, ...ANA }),
    line('SENR', { ssid: OLD, ...ANA, ...now }),
    line('SELA', { ssid: OLD }),
  );
  await upload(line('SENR', { ssid: NEXT, ...ANA, ...now, localRecordID: 'later' }));
  const extract = async (): Promise<string> => {
    const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: TODAY };
    const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
    await app.jobs.extract.idle();
    return `${address}/extracts/${body.id}`;
  };
  const before = await extract();

  const page = await openPage(t);
  await signIn(page, `${address}/ssids/anomalies`, keyOf('vendor', [LEA], 'J. Coordinator'));
  const text = async (): Promise<string> => (await page.locator('main').textContent()) ?? '';
  await page.goto(`${address}/ssids/anomalies`);
  await page.getByRole('button', { name: /^Look/ }).click();
  await page.getByRole('link', { name: 'Say what becomes of it' }).click();
  await page.getByRole('button', { name: `Retire ${OLD}, keep ${NEXT}` }).click();
  await page.getByLabel(/^Why/).fill('one student');
  await page.getByRole('button', { name: `Retire ${OLD}`, exact: true }).click();
  await page.getByText(`${OLD} is retired; ${NEXT} replaces it. 2 records joined.`).waitFor();
  t.equal((await text()).split('Of two SENR records with one key, ').length, 3, 'what just happened, and in the list');
  t.match(await text(), /The finding is settled\./);
  t.same(await accessibility(page), []);
  await picture(page, 'two-numbers-retired');
  await page.getByRole('link', { name: 'Which students look wrong?' }).last().click();
  await page
    .getByText('Nobody looks wrong')
    .or(page.getByText(/^0 findings/))
    .first()
    .waitFor();

  const after = await extract();
  await page.goto(`${after}/students/${OLD}`);
  t.equal(page.url(), `${after}/students/${NEXT}`, 'the retired number leads to the active one');
  t.match(await text(), new RegExp(`SSID ${NEXT}\\. Until 2024-07-15 this was ${OLD}\\.`));
  t.match(await text(), new RegExp(`line 3, sent with ${OLD}, retired on 2024-07-15`));
  t.match(await page.locator('p.line').filter({ hasText: 'SELA' }).textContent(), OLD, 'the line as it was sent');
  t.same(await accessibility(page), []);
  await picture(page, 'two-numbers-student');
  await page.goto(`${after}/rows/${OLD}/7654322/05?reportingLEA=${LEA}&field=37`);
  t.match(page.url(), new RegExp(`/rows/${NEXT}/7654322/05[?]reportingLEA=${LEA}&field=37`));
  t.match(await text(), new RegExp(`Until 2024-07-15 this was ${OLD}.*sent with ${OLD}`, 's'));
  await page.goto(`${before}/students/${OLD}`);
  t.match(await text(), new RegExp(`SSID ${OLD}\\. 1 row in the extract`), 'an extract of before stays what it was');

  const auditor = await openPage(t);
  await signIn(auditor, `${address}/access-log`, keyOf('auditor', 'all', 'A. Auditor'));
  await auditor.goto(`${address}/access-log/students/${OLD}`);
  t.match(
    await auditor.locator('.answer').textContent(),
    new RegExp(`seen SSID ${NEXT} \\(or ${OLD}, which it replaces\\)`),
  );

  await page.goto(`${address}/ssids/replacements`);
  await page.getByLabel(`Why the retirement of ${OLD} is undone`).fill('twins');
  await page.getByRole('button', { name: `Undo the retirement of ${OLD}` }).click();
  await page.getByText(`${OLD} is active again. Both students are what they were before.`).waitFor();
  t.equal(await store.ssids.activeOf(OLD), OLD);
  await page.goto(`${after}/students/${OLD}`);
  t.match(await text(), new RegExp(`Until 2024-07-15 this was ${OLD}`), 'what was made in between stays too');
});
