/**
 * The auditor's story in a real browser: find out why a student is not in the extract, and why another is homeless at one
 * school and not at the other.
 */
import t from 'tap';
import { LEA, line } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, pagesService, picture, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const [HOMELESS, LATE] = ['9900000001', '9900000002'] as const;
const OTHER_SCHOOL = '1111111';
const LINES = [
  line('SENR', { ssid: HOMELESS, enrollmentExitDate: '20231215', studentExitReasonCode: 'T160' }),
  line('SENR', { ssid: HOMELESS, schoolOfAttendance: OTHER_SCHOOL, enrollmentStartDate: '20240108' }),
  line('SPRG', {
    ssid: HOMELESS,
    educationProgramCode: '191',
    educationProgramMembershipStartDate: '20230815',
    educationProgramMembershipEndDate: '20231215',
  }),
  line('SENR', { ssid: LATE, enrollmentStartDate: '20250818', academicYearID: '2025-2026' }),
];

t.test('why a value is what it is, and why a student is missing', WITH_BROWSER, async (t) => {
  const { address, keyOf, ask, key, app } = await pagesService(t);
  await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [LEA]), payload: LINES.join('\r\n') });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const headers = key('auditor', [LEA], 'A. Auditor');
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  await app.jobs.extract.idle();
  const page = await openPage(t);
  await signIn(page, `${address}/extracts/${body.id}`, keyOf('auditor', [LEA], 'A. Auditor'));

  await page.getByLabel('SSID').fill(LATE);
  await page.getByRole('button', { name: 'Find the student' }).click();
  await page.getByRole('heading', { name: 'Why is this student not in the extract?' }).waitFor();
  await page
    .getByText(/Enrollment Start Date is 2025-08-18, after the window ends on 2024-06-30/)
    .first()
    .waitFor();
  t.same(await accessibility(page), []);
  await picture(page, 'auditor-missing');

  await page.getByRole('link', { name: 'Extract', exact: true }).click();
  await page.getByLabel('SSID').fill(HOMELESS);
  await page.getByRole('button', { name: 'Find the student' }).click();
  await page.getByText('2 rows in the extract.').waitFor();
  const why = async (school: string): Promise<string> => {
    await page.getByRole('row', { name: school }).getByRole('link').click();
    const field = page.getByRole('group').filter({ hasText: '40 Homeless Program Eligible' }).first();
    await field.locator('summary').first().click();
    const sentence = (await field.locator('.answer').textContent()) ?? '';
    t.same(await accessibility(page), []);
    await picture(page, `auditor-row-${school}`);
    await page.getByRole('link', { name: 'Student', exact: true }).click();
    return sentence;
  };
  t.match(await why('7654321'), /^Y, because/);
  t.match(await why(OTHER_SCHOOL), /^N, because/);
});
