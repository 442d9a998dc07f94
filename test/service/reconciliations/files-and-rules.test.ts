/** Reconciliations over REST: a workbook as their file, rules of another version as the cause, and retired SSIDs. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { loadRulebook } from '#rulebook/load/load';
import { cenr } from '../../cli/cenr.ts';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { LEA, line, multipart, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

const URL_OF_ALL = '/v1/reconciliations';
const REQUEST = 'academicYear=2023-2024&runDate=2024-07-15';
const TEXT = { 'content-type': 'text/plain' };
const WORKBOOK = { 'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };
const SSIDS = Array.from({ length: 8 }, (_, i) => `990000010${i}`);
const LINES = SSIDS.flatMap((ssid) => [
  line('SENR', { ssid }),
  line('SPRG', { ssid, educationProgramCode: '181', educationProgramMembershipStartDate: '20230815' }),
]);

async function loaded(t: Test) {
  const built = await service(t);
  const { ask, key, app } = built;
  const headers = key('vendor', [LEA]);
  await ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...TEXT }, payload: LINES.join('\r\n') });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: '20240715' };
  const extract = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  const { text } = await ask({ url: `/v1/extracts/${extract.id}/file`, headers });
  const read = async (path: string) => (await ask({ url: path, headers })).body;
  return {
    ...built,
    headers,
    read,
    rows: text.split('\r\n').filter(Boolean),
    async finished(body: string | Buffer, type: object = TEXT) {
      const all = { ...headers, ...type };
      const sent = await ask({ method: 'POST', url: `${URL_OF_ALL}?${REQUEST}`, headers: all, payload: body });
      await app.jobs.reconciliation.idle();
      const self = `${URL_OF_ALL}/${sent.body.id}`;
      return { self, job: await read(self) };
    },
  };
}

t.test('a workbook, as the body and as a part', async (t) => {
  const { rows, finished, read } = await loaded(t);
  const columns = JSON.parse(
    readFileSync(new URL('../../../schemas/records/CENR.json', import.meta.url), 'utf8'),
  ).columns.map(({ name }: { readonly name: string }) => name) as string[];
  // A spreadsheet makes numbers of codes; the first student is not disadvantaged there.
  const cells = rows.map((row, at) =>
    row.split('^').map((value, i) => (at === 0 && i === 37 ? 'N' : /^\d{1,7}$/.test(value) ? Number(value) : value)),
  );
  const book = Buffer.from(await writeXlsx({ sheets: [{ name: 'CENR', rows: [columns, ...cells] }] }));
  const { headers: parts, payload } = multipart({ 'CENR.xlsx': book });
  for (const [name, body, type] of [
    ['body', book, WORKBOOK],
    ['part', payload, parts],
  ] as const) {
    const { self, job } = await finished(body, type);
    t.match(
      job,
      { status: 'Complete', header: true, counts: { read: 8, same: 7, changed: 1, unreadable: 0 } },
      `${name}: ${job.failure ?? ''}`,
    );
    t.match((await read(`${self}/rows`)).rows, [
      { row: { ssid: SSIDS[0] }, place: 'sheet 1, row 2', fields: [{ field: '38', theirs: 'N', ours: 'Y' }] },
    ]);
  }
});

t.test('a version of the rules that was in effect is found as the cause', async (t) => {
  const dir = folder(t);
  const [rules, input, theirs] = ['rules', 'in.txt', 'theirs.txt'].map((name) => join(dir, name)) as string[] as [
    string,
    string,
    string,
  ];
  cpSync(new URL('../../../rules', import.meta.url), rules, { recursive: true });
  for (const [file, from, to] of [
    ['parameters/program-codes.json', '"191"', '"181"'],
    ['rulebook.json', /"version": "[^"]*"/, '"version": "of-the-state"'],
  ] as const)
    writeFileSync(join(rules, file), readFileSync(join(rules, file), 'utf8').replace(from, to));
  writeFileSync(input, `${LINES.join('\r\n')}\r\n`);
  const asked = ['--lea', LEA, '--academic-year', '2023-2024', '--run-date', '2024-07-15', '--no-manifest'];
  const made = await cenr('extract', input, ...asked, '--rules', rules, '--out', theirs);
  t.equal(made.code, 0, made.err);

  const { store, finished, read } = await loaded(t);
  for (const [rulebook, from] of [
    [loadRulebook(rules), '2024-01-01T00:00:00.000Z'],
    [shipped, '2024-02-01T00:00:00.000Z'],
  ] as const) {
    await store.keepRulebook(rulebook, from);
    const by = { keyId: 'key_1', name: 'Somebody' };
    await store.activate({ hash: rulebook.hash, from, createdAt: from, how: 'published', by });
  }
  const { self, job } = await finished(readFileSync(theirs));
  t.match(job, { status: 'Complete', counts: { same: 0, changed: 8 } }, job.failure);
  const { clusters } = await read(`${self}/clusters`);
  t.match(clusters, [
    {
      rows: 8,
      sentence: /would be the same under other rules: rulebook of-the-state of "Cumulative Enrollment Extract"/,
      firstAction: /Change no record\. The file was made by other rules/,
    },
  ]);
  t.equal(clusters.length, 1);
});

t.test('a retired SSID is told to whoever may see the student, and to no other', async (t) => {
  const { store, ask, key, rows, finished, read } = await loaded(t);
  const [old, ours, elsewhere] = ['9900000201', SSIDS[0] as string, '9900000202'];
  const hidden = '9900000203';
  const other = { ...key('vendor', [OTHER_LEA]), ...TEXT };
  const lines = [elsewhere, hidden].map((ssid) => line('SENR', { ssid, reportingLEA: OTHER_LEA }));
  await ask({ method: 'POST', url: '/v1/uploads', headers: other, payload: lines.join('\n') });
  const upload = { headers: { ...key('vendor', [LEA]), ...TEXT }, payload: line('SENR', { ssid: old }) };
  await ask({ method: 'POST', url: '/v1/uploads', ...upload });
  for (const [retired, replacement] of [
    [old, ours],
    [hidden, elsewhere],
  ])
    t.equal(
      (
        await ask({
          method: 'POST',
          url: '/v1/ssid/replacements',
          headers: key('vendor', [LEA, OTHER_LEA]),
          payload: { retired, replacement, why: 'one student' },
        })
      ).status,
      201,
    );
  t.equal((await store.ssids.replacements()).size, 2);
  const sent = rows.map((row, i) => (i < 2 ? row.replace(SSIDS[i] as string, [old, hidden][i] as string) : row));
  const { self, job } = await finished(sent.join('\n'));
  t.equal(job.status, 'Complete', job.failure);
  const { text } = await ask({ url: `${self}/list`, headers: key('vendor', [LEA]) });
  t.match((await read(`${self}/rows?found=nearest`)).rows, [
    { because: `The state's file has the retired SSID ${old}; its replacement is ${ours}.` },
  ]);
  t.notMatch(text, new RegExp(elsewhere), 'the number of a student elsewhere is not told');
});
