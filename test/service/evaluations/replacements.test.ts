/** Evaluations do not look into the store: retired numbers come with the request, for one student and for many. */
import t from 'tap';
import { LEA, line, record, service } from '../../support/service.ts';

t.setTimeout(900_000);

const [OLD, NEXT, THIRD] = ['9900000001', '9900000002', '9900000003'] as const;
const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const replacements = [
  { retired: OLD, replacement: NEXT },
  { retired: NEXT, replacement: THIRD },
];
const records = [
  record('SENR', { ssid: OLD }),
  line('SENR', { ssid: THIRD, schoolOfAttendance: '7654322', enrollmentStartDate: '20230901' }),
];

t.test('records under several numbers of one student are one student’s', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const evaluate = (payload: object, query = '') =>
    ask({
      method: 'POST',
      url: `/v1/evaluations${query}`,
      headers,
      payload: { request, runDate: '2024-07-15', ...payload },
    });
  t.match((await evaluate({ records })).body, { code: 'CENR_SEVERAL_STUDENTS' }, 'every number as it was sent');
  const { body } = await evaluate({ records, replacements });
  t.match(body, { ssid: THIRD, rows: [{ ssid: THIRD }, { ssid: THIRD }] });
  t.match(body.problems, [{ pointer: '/records/0/ssid', code: 'SSID0003', message: /9900000003/ }]);
  const explained = (await evaluate({ records, replacements }, '?explain=true&field=37')).body.explanations;
  t.match(explained, [{ qualification: { record: { sent: { line: 1, ssid: OLD } } } }, { ssid: THIRD }]);
  t.equal(explained[1].qualification.record.sent.ssid, undefined);
  t.match(
    (await evaluate({ records })).body,
    { code: 'CENR_SEVERAL_STUDENTS' },
    'the next request knows nothing of it',
  );
});

t.test('of a stream they stand in the first line', async (t) => {
  const { ask, key } = await service(t);
  const lines = [
    { request, runDate: '2024-07-15', replacements },
    { records },
    { records: [record('SENR', { ssid: NEXT })] },
  ];
  const { text } = await ask({
    ...{
      method: 'POST',
      url: '/v1/evaluations/stream',
      headers: { ...key('vendor', [LEA]), 'content-type': 'application/x-ndjson' },
    },
    payload: lines.map((each) => JSON.stringify(each)).join('\n'),
  });
  const answers = text.trimEnd().split('\n').slice(0, -1);
  t.same(
    answers.map((each) => JSON.parse(each).ssid),
    [THIRD, THIRD],
  );
});

t.test('what makes no sense is refused', async (t) => {
  const { ask, key } = await service(t);
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [
      [
        { retired: OLD, replacement: NEXT },
        { retired: NEXT, replacement: OLD },
      ],
      /in a circle/,
    ],
    [[{ retired: OLD, replacement: OLD }], /in a circle/],
    [
      [
        { retired: OLD, replacement: NEXT },
        { retired: OLD, replacement: THIRD },
      ],
      /retired twice/,
    ],
    [[{ retired: '99', replacement: NEXT }], /pattern|ten digits|expected/],
    [{ retired: OLD }, /array|list/],
  ];
  for (const [wrong, says] of refused) {
    const payload = { request, records, replacements: wrong };
    const { body } = await ask({ method: 'POST', url: '/v1/evaluations', headers: key('vendor', [LEA]), payload });
    t.match(body, { code: 'CENR_REQUEST_INVALID', errors: [{ pointer: /^\/replacements/, message: says }] });
  }
});
