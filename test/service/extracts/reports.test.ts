/** Reports of an extract over REST: which there are, what they are, and whose they are. */
import { rmSync } from 'node:fs';
import t, { type Test } from 'tap';
import { extractFile, LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

async function finished(t: Test, columns?: string) {
  const tested = await service(t);
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  const payload = Array.from({ length: 12 }, (_, i) => line('SENR', { ssid: String(9_900_000_001 + i) })).join('\r\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload });
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024', ...(columns !== undefined && { columns }) };
  const { id, links } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();
  return { ...tested, headers, reports: `${links.self}/reports`, path: extractFile(tested, id) };
}

t.test('the reports that the rules declare, and one of them', async (t) => {
  const { ask, reports, headers } = await finished(t);
  const { body } = await ask({ url: reports, headers });
  const [other, bySchool] = body.reports;
  t.match(other, { name: 'ssidExtract', links: { file: `${reports}/ssidExtract` } });
  t.match(
    [bySchool],
    [
      {
        name: 'studentsBySchool',
        counts: 'students',
        columns: ['Reporting LEA', 'School of Attendance', 'Grade Level Code'],
        links: { file: `${reports}/studentsBySchool` },
      },
    ],
  );
  const report = await ask({ url: bySchool.links.file, headers });
  t.match(report, {
    status: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="CENR_${LEA}_2023-2024_20240715_studentsBySchool.csv"`,
    },
  });
  t.match(report.text, /^Reporting LEA,School of Attendance,Grade Level Code,Students\r\n/);
  t.match(report.text, /\r\nTotal,Total,Total,12\r\n$/);
});

t.test('what there is not, and what is another LEA’s, is unknown', async (t) => {
  const { ask, key, reports, headers } = await finished(t);
  t.match(await ask({ url: `${reports}/none`, headers }), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  for (const url of [reports, `${reports}/studentsBySchool`])
    t.match(await ask({ url, headers: key('vendor', [OTHER_LEA]) }), {
      status: 404,
      body: { code: 'CENR_NOT_FOUND' },
    });
});

t.test('an extract whose file is gone has no report', async (t) => {
  const { ask, reports, headers, path } = await finished(t);
  rmSync(path);
  t.match(await ask({ url: `${reports}/studentsBySchool`, headers }), {
    status: 410,
    body: { code: 'CENR_EXTRACT_FILE_GONE' },
  });
});
