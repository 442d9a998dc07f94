/** What changed since an earlier extract, over REST. */
import t, { type Test } from 'tap';
import { LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

const [STAYS, CHANGES, COMES, GOES, MOVES] = ['1', '2', '3', '4', '5'].map((n) => `990000000${n}`) as [
  string,
  string,
  string,
  string,
  string,
];
const YEAR = { reportingLEAs: [LEA], academicYear: '2023-2024' };

/** Two extracts of the same request, and an upload in between. */
async function twoExtracts(t: Test) {
  const tested = await service(t);
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  const upload = (...lines: string[]) =>
    ask({ method: 'POST', url: '/v1/uploads', headers, payload: lines.join('\r\n') });
  const extract = async (payload: object): Promise<string> => {
    const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
    await app.jobs.extract.idle();
    return body.id;
  };
  const enrolled = (ssid: string, more = {}): string => line('SENR', { ssid, ...more });
  await upload(...[STAYS, CHANGES, GOES, MOVES].map((ssid) => enrolled(ssid)));
  const before = await extract(YEAR);
  const other = await extract({ ...YEAR, grades: ['05'] });
  await upload(
    enrolled(COMES),
    enrolled(GOES, { transactionTypeCode: 'D' }),
    enrolled(MOVES, { schoolOfAttendance: '1111111' }),
    line('SPRG', { ssid: CHANGES, educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' }),
  );
  const after = await extract({ ...YEAR, runDate: '2024-08-01' });
  const changed = (query = '', id = after) => ask({ url: `/v1/extracts/${id}/differences${query}`, headers });
  return { ...tested, headers, before, other, after, changed };
}

t.test('rows new, gone and changed since the last extract of the same request', async (t) => {
  const { changed, before, after, ask, headers } = await twoExtracts(t);
  const { status, body } = await changed();
  t.equal(status, 200);
  t.equal(body.from.id, before, 'the one with other grades is another request');
  t.same(
    body.madeOtherwise.map(({ what }: { what: string }) => what),
    ['runDate', 'records'],
  );
  t.match(body.madeOtherwise[1].sentence, 'Records changed: 1 upload came in between.');
  t.match(body.counts, {
    ...{ rowsBefore: 4, rowsAfter: 5, new: 2, newStudents: 1, gone: 1, goneStudents: 1, changed: 1 },
    fields: [
      { field: '38', rows: 1 },
      { field: '40', name: 'Homeless Program Eligible', rows: 1 },
    ],
  });
  const shown = (found: readonly { kind: string; ssid: string; school: string }[]): string[] =>
    found.map(({ kind, ssid, school }) => `${kind} ${ssid} ${school}`);
  const all = [`changed ${CHANGES} 7654321`, `new ${COMES} 7654321`, `gone ${GOES} 7654321`, `new ${MOVES} 1111111`];
  t.same(shown(body.differences), all);
  t.match(body.differences[0].fields, [{ field: '38' }, { field: '40', before: 'N', after: 'Y' }]);
  t.equal(body.differences[3].isStudent, false, 'a student at one more school is no new student');

  const listed: string[] = [];
  for (let url: string | undefined = `/v1/extracts/${after}/differences?limit=1`; url; ) {
    const page = await ask({ url, headers });
    listed.push(...shown(page.body.differences));
    url = page.body.next;
  }
  t.same(listed, all, 'page by page');
  t.same(shown((await changed('?kind=new&students=true')).body.differences), [all[1]]);
  t.same(shown((await changed('?kind=gone')).body.differences), [all[2]]);
  t.same(shown((await changed('?field=40')).body.differences), [all[0]]);
  for (const { links } of body.differences)
    for (const [link, url] of Object.entries(links) as [string, string][])
      t.match((await ask({ url, headers })).status, link === 'missing' ? /200|404/ : 200, url);
});

t.test('why each row differs, from the store as it was for each extract', async (t) => {
  const { changed, other, after, app, ask, headers, key } = await twoExtracts(t);
  const reasonOf = ({ body }: Awaited<ReturnType<typeof changed>>, ssid: string) =>
    body.differences.find((difference: { readonly ssid: string }) => difference.ssid === ssid)?.reason;
  const first = await changed();
  t.match(reasonOf(first, CHANGES), {
    parts: ['records'],
    sentence:
      /^A Student Program record of 2023-08-15 with .*191.* \(LEA 1234567, upload of \d{4}-\d\d-\d\d \d\d:\d\d UTC by [^,]+, upload, line 4\) was added\.$/,
  });
  t.match(reasonOf(first, GOES), { sentence: /^The Student Enrollment record .* was deleted\.$/ });
  t.match(reasonOf(first, MOVES), { sentence: /^A Student Enrollment record .*line 3\) was added\.$/ });

  // Of another LEA's record the reader learns what explanations tell everybody, and not where it was sent.
  await ask({
    ...{ method: 'POST', url: '/v1/uploads', headers: key('vendor', [OTHER_LEA]) },
    payload: line('SPRG', {
      ...{ ssid: STAYS, reportingLEA: OTHER_LEA, schoolOfAttendance: '7777777' },
      ...{ educationProgramCode: '181', educationProgramMembershipStartDate: '20230815' },
    }),
  });
  const { body: asked } = await ask({
    ...{ method: 'POST', url: '/v1/extracts', headers },
    payload: { ...YEAR, runDate: '2024-08-01' },
  });
  await app.jobs.extract.idle();
  const { sentence } = reasonOf(await changed(`?from=${after}`, asked.id), STAYS);
  t.match(
    sentence,
    new RegExp(`^A Student Program record of 2023-08-15 with .*181.* \\(LEA ${OTHER_LEA}\\) was added\\.$`),
  );
  t.notMatch(sentence, /7777777|upload/);

  t.match(
    reasonOf(await changed(`?from=${other}`), COMES),
    { parts: ['records'] },
    'the other request does not decide',
  );
  await app.store.forget(2, new Date(0).toISOString());
  const later = await changed();
  t.equal(later.status, 200);
  t.equal(reasonOf(later, CHANGES), undefined, 'records of then that are forgotten tell nothing');
});

t.test('what cannot be compared is refused', async (t) => {
  const { changed, before, other, after, ask, key } = await twoExtracts(t);
  t.match(await changed('', before), { status: 404, body: { detail: /no earlier finished extract/ } });
  t.match(await changed('?from=extract_0'), { status: 404 });
  t.equal((await changed(`?from=${other}`)).status, 200, 'any two can be compared');
  t.match(await changed('?field=99'), { status: 400, body: { errors: [{ parameter: 'field' }] } });
  t.match(await changed('?field=40&kind=new'), { status: 400 });
  t.match(await changed('?students=true'), { status: 400 });
  t.match(await changed('?after=99'), { status: 400, body: { errors: [{ parameter: 'after' }] } });
  const url = `/v1/extracts/${after}/differences`;
  t.equal((await ask({ url, headers: key('vendor', [OTHER_LEA]) })).status, 404);
  await ask({ method: 'DELETE', url: `/v1/extracts/${before}`, headers: key('vendor', [LEA]) });
  t.match(await changed(`?from=${before}`), { status: 410 });
  t.match(await changed(), { status: 404 }, 'none of the same request is left');
});
