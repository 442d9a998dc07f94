/** `cenr diff`: what changed from one extract to a later one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';
import { LEA, line } from '../support/service.ts';
import { cenr } from './cenr.ts';

t.setTimeout(900_000);

const [STAYS, CHANGES, COMES, GOES] = ['9900000001', '9900000002', '9900000003', '9900000004'] as const;

t.test('rows new, gone and changed, by field, and what else is not the same', async (t) => {
  const dir = folder(t);
  const path = (name: string): string => join(dir, name);
  const extractOf = async (name: string, lines: readonly string[], runDate: string): Promise<string> => {
    writeFileSync(path(`${name}-in.txt`), `${lines.join('\r\n')}\r\n`);
    const ran = await cenr(
      ...['extract', path(`${name}-in.txt`), '--lea', LEA, '--academic-year', '2023-2024'],
      ...['--run-date', runDate, '--out', path(name)],
    );
    t.equal(ran.code, 0, ran.err);
    return path(name);
  };
  const homeless = line('SPRG', {
    ssid: CHANGES,
    educationProgramCode: '191',
    educationProgramMembershipStartDate: '20230815',
  });
  const [before, after] = [
    await extractOf(
      'then.txt',
      [STAYS, CHANGES, GOES].map((ssid) => line('SENR', { ssid })),
      '2024-07-15',
    ),
    await extractOf(
      'now.txt',
      [...[STAYS, CHANGES, COMES].map((ssid) => line('SENR', { ssid })), homeless],
      '2024-07-15',
    ),
  ];
  const { code, err, out } = await cenr('diff', before, `${after}.manifest.json`, '--out', '-');
  t.equal(code, 0);
  t.equal(
    err,
    `rows          3 before, 3 after
  new         1, of 1 student without another row
  gone        1, of 1 student without another row
  changed     1, by field:
    38 Socio-economically Disadvantaged: 1
    40 Homeless Program Eligible: 1
The files that they were made from are not the same.
`,
  );
  t.equal(
    out.replaceAll('\r\n', '\n'),
    `Difference,SSID,Reporting LEA,School of Attendance,Grade Level Code,Field,Name,Before,After
changed,${CHANGES},${LEA},7654321,05,38,Socio-economically Disadvantaged,N,Y
changed,${CHANGES},${LEA},7654321,05,40,Homeless Program Eligible,N,Y
new,${COMES},${LEA},7654321,05,,,,
gone,${GOES},${LEA},7654321,05,,,,
`,
  );
  await cenr('diff', before, after, '--out', path('list.ndjson'));
  t.match(
    readFileSync(path('list.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each)),
    [
      { kind: 'changed', fields: [{ field: '38' }, { field: '40', before: 'N', after: 'Y' }] },
      { kind: 'new', row: { ssid: COMES }, isStudent: true },
      { kind: 'gone', row: { ssid: GOES }, isStudent: true },
    ],
  );
  t.match((await cenr('diff', before, before)).err, /made from the same records, rules, request and run date/);
  const later = await extractOf(
    'later.txt',
    [STAYS, CHANGES, GOES].map((ssid) => line('SENR', { ssid })),
    '2024-08-01',
  );
  t.match((await cenr('diff', before, later)).err, /The run date moved from 2024-07-15 to 2024-08-01\./);
  t.match((await cenr('diff', before, path('none.txt'))).err, /there is no file ".*none.txt"/);
  t.match((await cenr('diff', before, after, '--out', after)).err, /--out names one of the extracts/);
  t.match((await cenr('diff', before, path('then.txt-in.txt'))).err, /line 1 of then.txt-in.txt has \d+ fields/);
});
