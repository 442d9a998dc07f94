/**
 * The auditor's stories in a real browser: find out why two students are not in the extract; why a student is homeless at
 * one school and not at the other, and print it.
 */
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

const [HOMELESS, LATE, REJECTED, FOREIGN, NOBODY] = [1, 2, 3, 4, 9].map((n) => `990000000${n}`) as [
  string,
  string,
  string,
  string,
  string,
];
const [SCHOOL, OTHER_SCHOOL] = ['7654321', '1111111'] as const;
const NAME = 'Padilla';
const LINES = [
  line('SENR', {
    ssid: HOMELESS,
    studentLegalLastName: NAME,
    enrollmentExitDate: '20231215',
    studentExitReasonCode: 'T160',
  }),
  line('SENR', { ssid: HOMELESS, schoolOfAttendance: OTHER_SCHOOL, enrollmentStartDate: '20240108' }),
  line('SPRG', {
    ssid: HOMELESS,
    educationProgramCode: '191',
    educationProgramMembershipStartDate: '20230815',
    educationProgramMembershipEndDate: '20231215',
  }),
  line('SENR', { ssid: LATE, enrollmentStartDate: '20250818', academicYearID: '2025-2026' }),
  line('SPRG', { ssid: LATE, educationProgramCode: '127', educationProgramMembershipStartDate: '20231001' }),
  line('SENR', { ssid: REJECTED, gradeLevelCode: '5' }),
];

/** An extract, an auditor who is signed in on its page, and the addresses and titles that they come by. */
async function desk(t: Test) {
  const built = await pagesService(t);
  const { address, keyOf, ask, key, app } = built;
  const send = (lea: string, lines: readonly string[]) =>
    ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [lea]), payload: lines.join('\r\n') });
  await send(LEA, LINES);
  await send(OTHER_LEA, [line('SENR', { ssid: FOREIGN, reportingLEA: OTHER_LEA })]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const headers = key('auditor', [LEA], 'A. Auditor');
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  await app.jobs.extract.idle();
  const page = await openPage(t);
  const seen: string[] = [];
  page.on('framenavigated', (frame) => seen.push(new URL(frame.url()).search));
  page.on('domcontentloaded', async () => seen.push(await page.title().catch(() => '')));
  const extract = `/extracts/${body.id}`;
  await signIn(page, address + extract, keyOf('auditor', [LEA], 'A. Auditor'));
  return { ...built, page, extract, seen };
}

const SSID = /99000000\d\d/;

async function find(page: Page, ssid: string): Promise<void> {
  await page.getByLabel('SSID').fill(ssid);
  await page.getByRole('button', { name: 'Find the student' }).click();
}

t.test('why two students are not in the extract', WITH_BROWSER, async (t) => {
  const { page, seen, log, address, extract } = await desk(t);
  await page.getByRole('link', { name: 'Students who are not in the extract' }).click();
  await page.getByText('2 students have records in the window, or a rejected enrollment, and no row.').waitFor();
  t.match(
    await page
      .getByRole('row', { name: /record was rejected/ })
      .first()
      .textContent(),
    /1$/,
  );
  t.same(await accessibility(page), []);
  await picture(page, 'auditor-missing-list');
  await follow(page.getByRole('link', { name: /overlaps the window/ }));
  t.equal(await page.getByRole('link', { name: SSID }).count(), 1, 'only those with the reason');
  await page.getByRole('link', { name: LATE }).click();
  await page.getByRole('heading', { name: 'Why does this extract not have the student?' }).waitFor();
  await page
    .getByText(/Enrollment Start Date is 2025-08-18, after the window ends on 2024-06-30/)
    .first()
    .waitFor();
  t.same(await accessibility(page), []);
  await picture(page, 'auditor-missing');

  await page.getByRole('link', { name: 'Extract', exact: true }).click();
  await find(page, REJECTED);
  await page
    .getByText(/GERR0002/)
    .first()
    .waitFor();
  t.match(await page.locator('.answer').textContent(), /was rejected. GERR0002/);
  t.same(await accessibility(page), []);

  const main = async (ssid: string): Promise<string> => {
    await page.goto(`${address}${extract}/students/${ssid}`);
    return (await page.getByRole('main').textContent())?.replaceAll(ssid, '') ?? '';
  };
  t.equal(await main(FOREIGN), await main(NOBODY), "another LEA's student is as unknown as nobody");
  await page.getByLabel('SSID of another student').fill(LATE);
  await page.getByRole('button', { name: 'Find the student' }).click();
  await page
    .getByText(/^Enrollment, school 7654321, grade 05, 2025-08-18, still open. This enrollment is not/)
    .waitFor();
  await page.getByRole('link', { name: 'Who is not in it' }).click();
  await page.getByRole('heading', { name: 'Who is not in the extract?' }).waitFor();
  await page.goto(`${address}${extract}/rows/${FOREIGN}/${SCHOOL}/05/evidence`);
  t.match(await page.getByRole('alert').textContent(), /no row/);
  t.ok(seen.filter(Boolean).length > 6);
  t.notMatch(seen.join('\n'), SSID, 'no student in a query or a title');
  t.notMatch(log.join('\n'), SSID, 'no student in the log');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${address}${extract}/students/${LATE}`);
  t.match(page.url(), /sign-in/);
  t.notMatch(page.url(), SSID, 'nor in where somebody goes after signing in');
});

t.test('why a student is homeless at one school and not at the other, on paper', WITH_BROWSER, async (t) => {
  const { page, seen } = await desk(t);
  await page.getByText('Which rule decided how many rows').click();
  await page.getByRole('link', { name: 'Students whose rows differ in field 40' }).click();
  await page.getByRole('heading', { name: 'Rows with a student whose rows differ in 40' }).waitFor();
  t.equal(await page.getByRole('link', { name: HOMELESS }).count(), 2, 'both rows of the student, and nobody else');
  t.equal(await page.getByRole('link', { name: SSID }).count(), 2);
  await find(page, HOMELESS);
  await page.getByText('2 rows in the extract.').waitFor();
  const differ = page.getByRole('table', { name: 'Derived fields that are not the same in all rows, and why' });
  const homeless = differ.getByRole('row', { name: /^40 Homeless Program Eligible/ });
  t.match(
    await homeless.textContent(),
    /NN, because .*no Student Program record.*YY, because .*the one of 2023-08-15/s,
    'each row with its value and its reason, side by side',
  );
  t.equal(await differ.getByText('39 Students with Disabilities').count(), 0, 'only what differs');
  await homeless.getByRole('link').last().click();
  await page.getByRole('link', { name: 'print evidence of this field' }).click();
  t.same(
    await page.getByRole('heading', { level: 2 }).allTextContents(),
    ['The field', 'The enrollment'],
    'the field that is printed stands before the enrollment',
  );
  await follow(page.getByRole('link', { name: 'Student', exact: true }));
  const bars = page.getByRole('region', { name: 'Line of time' }).getByRole('link');
  t.equal(await bars.count(), 3);
  const program = bars.and(page.getByRole('link', { name: /^Program 191, school 7654321, 2023-08-15 to 2023-12-15/ }));
  await program.focus();
  await page.keyboard.press('Enter');
  t.match(await page.locator('.table tr:has(:target)').textContent(), /^Program 191.*2023-08-15.*2023-12-15.*line 3/);
  t.same(await accessibility(page), []);

  const marked = async (school: string): Promise<string> => {
    await page.getByLabel('Mark what a field used').selectOption({ label: '40 Homeless Program Eligible' });
    await page.getByLabel('Row', { exact: true }).selectOption({ label: `school ${school}, grade 05` });
    await follow(page.getByRole('button', { name: 'Show', exact: true }));
    t.same(await accessibility(page), []);
    await picture(page, `auditor-time-${school}`);
    return (await program.locator('title').textContent()) ?? '';
  };
  t.match(await marked(SCHOOL), /, used by field 40$/);
  t.match(await marked(OTHER_SCHOOL), /, passed over by field 40: its School of Attendance is 7654321/);

  const why = async (school: string): Promise<string> => {
    await page
      .getByRole('row', { name: `${LEA} ${school}` })
      .getByRole('link')
      .click();
    await page.getByRole('link', { name: '40 Homeless Program Eligible' }).click();
    const field = page.getByRole('group').filter({ hasText: '40 Homeless Program Eligible' }).first();
    const sentence = (await field.locator('.answer').textContent()) ?? '';
    if (school === OTHER_SCHOOL)
      t.match(
        await field.textContent(),
        /Looked at for a Student Program record .*\. Not it: its School of Attendance/s,
      );
    t.match(await field.textContent(), /Both opinions agree.*What would change it.*Published: Cumulative/s);
    t.same(await accessibility(page), []);
    await picture(page, `auditor-row-${school}`);
    await page.getByRole('link', { name: 'Student', exact: true }).click();
    return sentence;
  };
  t.match(await why(SCHOOL), /^Y, because/);
  t.match(await why(OTHER_SCHOOL), /^N, because/);

  await page
    .getByRole('row', { name: `${LEA} ${OTHER_SCHOOL}` })
    .getByRole('link')
    .click();
  await follow(page.getByRole('link', { name: 'Print evidence' }));
  t.same(await accessibility(page), []);
  await page.emulateMedia({ media: 'print' });
  t.notOk(await page.getByRole('banner').isVisible(), 'without navigation');
  t.notOk(await page.getByRole('button', { name: 'Print' }).isVisible());
  t.match(
    await page.locator('table.paper > thead').textContent(),
    /Window 2023-07-01 to 2024-06-30, made as of \d{4}-\d\d-\d\d, by .*[0-9a-f]{64}, extract extract_\w+. Made \d{4}-\d\d-\d\d .*Shown to A. Auditor/,
  );
  t.match(await page.locator('.evidence').filter({ hasText: '40 Homeless' }).textContent(), /N, because/);
  const paper = await page.pdf({ format: 'Letter' });
  t.equal(paper.subarray(0, 5).toString(), '%PDF-');
  await page.emulateMedia({ media: null });
  await page
    .getByRole('link', { name: /^SENR|line 2/ })
    .first()
    .click();
  t.match(
    await page.locator('.sent:target').textContent(),
    new RegExp(`SENR.*\\^${OTHER_SCHOOL}\\^`),
    'the line as sent',
  );
  t.notMatch(seen.join('\n'), new RegExp(`${SSID.source}|${NAME}`), 'no student in a query or a title');
});

t.test('pages of students are narrow, dark and in forced colors', WITH_BROWSER, async (t) => {
  const { address, keyOf, extract } = await desk(t);
  const row = `${extract}/rows/${HOMELESS}/${SCHOOL}/05`;
  const student = `${extract}/students/${HOMELESS}?field=40`;
  const paths = [student, row, `${row}?field=40`, `${row}/evidence`, `${extract}/missing`];
  const narrow = await openPage(t, { viewport: { width: 320, height: 640 } });
  await signIn(narrow, `${address}/`, keyOf('auditor', [LEA], 'narrow'));
  for (const path of paths) {
    await narrow.goto(address + path);
    t.ok(
      await narrow.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
      `${path.replace(HOMELESS, 'SSID')} does not scroll sideways`,
    );
  }
  for (const look of [{ colorScheme: 'dark' }, { forcedColors: 'active' }] as const) {
    const page = await openPage(t, look);
    await signIn(page, `${address}${extract}`, keyOf('auditor', [LEA], JSON.stringify(look)));
    for (const path of [student, `${row}?field=40`]) {
      await page.goto(address + path);
      t.same(await accessibility(page), [], JSON.stringify(look));
    }
  }
});
