/** A coordinator's story in a real browser: what makes students disadvantaged, each student once. */
import t from 'tap';
import { LEA, line } from '../support/service.ts';
import { accessibility, closeBrowser, openPage, pagesService, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const [FIRST, SECOND] = ['9900000001', '9900000002'] as const;
const program = (ssid: string, code: string): string =>
  line('SPRG', { ssid, educationProgramCode: code, educationProgramMembershipStartDate: '20230815' });

t.test('from an extract to the causes of a value', WITH_BROWSER, async (t) => {
  const { address, ask, key, keyOf, app } = await pagesService(t);
  const headers = key('vendor', [LEA]);
  const payload = [
    ...[FIRST, SECOND].map((ssid) => line('SENR', { ssid })),
    ...[program(FIRST, '181'), program(FIRST, '191'), program(SECOND, '181')],
  ].join('\r\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload });
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();

  const page = await openPage(t);
  await signIn(page, `${address}/extracts/${id}`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await page
    .getByRole('link', { name: 'What makes students Y in field 38, Socio-economically Disadvantaged?' })
    .click();
  await page.getByText('Students with this value: 2, in 2 rows.').waitFor();
  const causes = page.getByRole('table', { name: 'Students by cause' });
  const lines = await causes.getByRole('row').allInnerTexts();
  t.match(lines[1], /program\s+181\s.*\s2\s+1\s+2$/);
  t.match(lines[2], /program\s+191\s.*\s1\s+0\s+1$/);
  t.notMatch(await page.content(), /99000000/, 'no student is named');
  t.same(await accessibility(page), []);
  for (const [link, ending] of [
    ['Download as a workbook', /_behind_38\.xlsx$/],
    ['CSV', /_behind_38\.csv$/],
  ] as const) {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: link, exact: true }).click(),
    ]);
    t.match(file.suggestedFilename(), ending);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  t.ok((await page.evaluate('document.documentElement.scrollWidth')) === 390, 'nothing beyond the edge of a phone');
});
