/** A coordinator's story in a real browser: who becomes a long-term English Learner, and when. */
import t from 'tap';
import { LEA, line } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, pagesService, picture, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

/** By student, the school, and the day of the first English Learner status. */
const STUDENTS = [
  ['1111111', '20150901'],
  ['1111111', '20160901'],
  ['2222222', '20180901'],
  ['2222222', '20230901'],
] as const;

t.test('from an extract to the students of one year', WITH_BROWSER, async (t) => {
  const { address, ask, key, keyOf, app } = await pagesService(t);
  const headers = key('vendor', [LEA]);
  const payload = STUDENTS.flatMap(([schoolOfAttendance, day], i) => {
    const ssid = String(9_900_000_001 + i);
    const status = { ssid, englishLanguageAcquisitionStatusCode: 'EL', englishLanguageAcquisitionStatusStartDate: day };
    return [line('SENR', { ssid, schoolOfAttendance }), line('SELA', status)];
  }).join('\r\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload });
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();

  const page = await openPage(t);
  await signIn(page, `${address}/extracts/${id}`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await page.getByRole('link', { name: 'Long-term English Learners' }).click();
  await page.getByRole('heading', { name: 'Year by year' }).waitFor();
  await page.getByText('Long-term English Learners now: 2, as of 2024-07-15.').waitFor();
  await page.getByText('do not yield the unduplicated pupil percentage').waitFor();
  const schools = page.getByRole('table', { name: 'Students of each school' });
  t.same(await schools.getByRole('rowheader').allTextContents(), ['1111111', '2222222', 'Total']);
  t.same((await schools.getByRole('row').last().getByRole('cell').allTextContents()).slice(0, 4), ['2', '0', '1', '0']);
  t.same(await accessibility(page), []);
  await picture(page, 'coordinator-horizon');

  const [workbook] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download as a workbook' }).click(),
  ]);
  t.match(workbook.suggestedFilename(), /longTermEnglishLearners\.xlsx$/);

  await page.getByRole('link', { name: '2025-2026' }).click();
  await page.getByRole('heading', { name: 'Become long-term English Learners in 2025-2026' }).waitFor();
  const students = page.getByRole('table', { name: 'Students at each school and grade' });
  t.same(await students.getByRole('rowheader').allTextContents(), ['9900000003']);
  t.match(await students.textContent(), /2025-09-01/);
  t.same(await accessibility(page), []);
  await page.setViewportSize({ width: 390, height: 844 });
  t.ok((await page.evaluate('document.documentElement.scrollWidth')) === 390, 'nothing beyond the edge of a phone');
});
