/** What a person sees while every student of an extract is looked at, and samples of students without a row. */
import t, { type Test } from 'tap';
import { LEA, line, OTHER_LEA, TODAY } from '../support/service.ts';
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

async function made(t: Test) {
  const built = await pagesService(t);
  const { ask, key, app } = built;
  const late = { enrollmentStartDate: '20250818', academicYearID: '2025-2026' };
  const noShow = { enrollmentExitDate: '20230815', studentExitReasonCode: 'N470' };
  const headers = { ...key('vendor', [LEA], 'V. Vendor'), 'content-type': 'text/plain' };
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers,
    payload: Array.from({ length: 12 }, (_, i) =>
      line('SENR', {
        ssid: String(9_900_000_001 + i),
        schoolOfAttendance: i < 8 ? '1111111' : '2222222',
        ...(i % 4 === 1 && late),
        ...(i % 4 === 3 && noShow),
      }),
    ).join('\r\n'),
  });
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers,
    payload: line('SENR', { ssid: '9900000090', gradeLevelCode: 'ZZ' }),
  });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: TODAY };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers: key('vendor', [LEA]), payload })).body;
  await app.jobs.extract.idle();
  /** Surveys take their time, until they are let go. */
  const hold = (): (() => void) => {
    Object.assign(app.surveys, { counted: async () => ({ status: 'Processing', progress: 37 }) });
    return () => void Reflect.deleteProperty(app.surveys, 'counted');
  };
  return { ...built, id: id as string, hold };
}

t.test('without JavaScript: how far it is, and then the answer', WITH_BROWSER, async (t) => {
  const { address, keyOf, id, hold } = await made(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  await signIn(page, `${address}/`, keyOf('auditor', [LEA]));
  for (const [path, answer] of [
    ['exceptions', 'Exceptions by kind'],
    ['missing', '4 students have records in the window, or a rejected enrollment, and no row.'],
    ['missing?reason=rejected', '4 students have records in the window, or a rejected enrollment, and no row.'],
    ['sample?seed=1&of=missing&by=school', 'Drawn by school'],
    ['workpapers?seed=1&rows=2&of=missing', 'Workpapers for 2 of 6 students'],
    ['grounds/38?value=N', 'Students with this value: 6, in 6 rows.'],
  ] as const) {
    const letGo = hold();
    await page.goto(`${address}/extracts/${id}/${path}`);
    await page.getByText('37 %').waitFor();
    await page.getByText('If the service is restarted meanwhile, this begins anew.').waitFor();
    t.ok(await page.locator('meta[http-equiv="refresh"]').count(), `${path} is looked at again`);
    letGo();
    await page.getByRole('link', { name: 'Look again' }).click();
    await page.getByText(answer).first().waitFor();
    t.equal(new URL(page.url()).pathname + new URL(page.url()).search, `/extracts/${id}/${path}`);
  }
  t.equal((await page.goto(`${address}/extracts/${id}/survey/odd`))?.status(), 404);
  const other = await openPage(t);
  await signIn(other, `${address}/`, keyOf('auditor', [OTHER_LEA]));
  t.equal((await other.goto(`${address}/extracts/${id}/missing`))?.status(), 404);
});

t.test('with JavaScript it appears by itself; a sample by reason', WITH_BROWSER, async (t) => {
  const { address, keyOf, id, hold } = await made(t);
  const page = await openPage(t, { colorScheme: 'dark' });
  await signIn(page, `${address}/`, keyOf('auditor', [LEA]));
  const letGo = hold();
  await page.goto(`${address}/extracts/${id}/missing`);
  await page.getByText('37 %').waitFor();
  t.same(await accessibility(page), [], 'axe finds nothing while it waits');
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await picture(page, `survey-under-way-${width}`);
  }
  letGo();
  await page.getByText('4 students have records in the window, or a rejected enrollment, and no row.').waitFor();
  await page.goto(`${address}/extracts/${id}/sample`);
  await page.getByLabel('Draw from', { exact: true }).selectOption('missing');
  await page.getByLabel('Draw from each').selectOption('reason');
  await page.getByLabel('How many').fill('3');
  await page.getByRole('button', { name: 'Draw' }).click();
  await page.getByText('3 of 6 students with an enrollment').waitFor();
  await page.getByRole('table', { name: 'Drawn by reason' }).waitFor();
  t.same(await accessibility(page), [], 'axe finds nothing in a sample');
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 1200 });
    await picture(page, `survey-sample-${width}`);
  }
});

t.test('the administrator sees whose uploads came in, who sent them, and those not loaded', WITH_BROWSER, async (t) => {
  const { address, keyOf, ask, key, app, store } = await made(t);
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...key('vendor', [OTHER_LEA], 'O. Vendor'), 'content-type': 'text/plain', prefer: 'respond-async' },
    payload: line('SENR', { ssid: '9900000095', reportingLEA: OTHER_LEA }),
  });
  await app.jobs.upload.idle();
  const id = (await store.forLEAs('all').jobs('upload').list({ limit: 1 }))[0]?.id ?? '';
  const page = await openPage(t);
  await signIn(page, `${address}/admin`, keyOf('admin', 'all'));
  await page.getByRole('link', { name: 'Uploads of all LEAs' }).click();
  await page.getByText('Every upload that came in is loaded.').waitFor();
  await page.getByRole('row', { name: /7654321 O\. Vendor .* none$/ }).waitFor();
  await page.getByRole('row', { name: /1234567 V\. Vendor .* 1 1 1 reject or warn$/ }).waitFor();
  await store.jobs('upload').update(id, { status: 'Failed', failure: 'The file is no caret file.' });
  await loadAgain(page);
  await page.getByText('1 upload failed; nothing of it was stored.').waitFor();
  await page.getByRole('row', { name: /O\. Vendor .* failed The file is no caret file\.$/ }).waitFor();
  t.same(await accessibility(page), []);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await picture(page, `survey-uploads-${width}`);
  }
  const local = await openPage(t);
  await signIn(local, `${address}/`, keyOf('admin', [OTHER_LEA]));
  await local.goto(`${address}/admin/uploads`);
  t.equal(
    await local.locator('a[href^="/uploads/upload_"]').count(),
    2,
    'of their LEAs alone: one twice, as it failed',
  );
  t.equal((await local.goto(`${address}/admin`))?.status(), 200);
});
