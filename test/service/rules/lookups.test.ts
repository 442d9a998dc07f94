/** One check and one code set over REST, as people look them up. */
import t from 'tap';
import { LEA, service } from '../../support/service.ts';

t.test('a check says what it asks, how severe it is and what to do', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const { status, body, headers: answered } = await ask({ url: '/v1/checks/SENR0632', headers });
  t.equal(status, 200);
  t.match(body, {
    code: 'SENR0632',
    title: 'Indicators of a graduate',
    recordTypes: ['SENR'],
    examines: 'records',
    source: { page: /CALPADS/ },
  });
  t.same(
    body.problems.map((p: { severity: string; fields: object[] }) => [p.severity, p.fields]),
    [
      ['1.29', 'Student Met all UC/CSU Requirements Indicator'],
      ['1.35', 'Graduation Exemption Indicator'],
      ['1.32', 'Student Golden State Seal Merit Diploma Indicator'],
      ['1.33', 'Student Seal of Biliteracy Indicator'],
    ].map(([field, name]) => ['warn', [{ recordType: 'SENR', field, name }]]),
  );
  t.match(body.problems[0].asks, /graduates/);
  t.equal(
    (await ask({ url: '/v1/checks/SENR0632', headers: { ...headers, 'if-none-match': answered['etag'] } })).status,
    304,
  );
  const { problems } = (await ask({ url: '/v1/checks/FRMT0001', headers })).body;
  t.same(
    problems.map((p: { severity: string }) => p.severity),
    ['reject', 'warn'],
  );
  t.ok(problems[1].fields.some((f: { field: string }) => f.field === '1.13'));
  t.match(await ask({ url: '/v1/checks/SENR9999', headers }), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
});

t.test('a code set has its codes with labels and days, and the fields that hold them', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const { status, body } = await ask({ url: '/v1/codesets/EducationProgram', headers });
  t.equal(status, 200);
  t.match(body, { codeSet: 'EducationProgram', closed: true, complete: false });
  t.same(
    body.codes.find((c: { code: string }) => c.code === '135'),
    { code: '135', label: 'Title I Part C Migrant', through: '2025-06-30' },
  );
  t.same(body.fields, [{ recordType: 'SPRG', field: '3.13', name: 'Education Program Code' }]);
  t.match((await ask({ url: '/v1/codesets/GradeLevel', headers })).body, { complete: true });
  t.match(await ask({ url: '/v1/codesets/Nothing', headers }), { status: 404 });
});
