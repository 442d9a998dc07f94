/** The state's file against a store in which numbers were retired, in a chain too, and in which that was undone. */
import t, { type Test } from 'tap';
import { LEA, line, service } from '../../support/service.ts';

t.setTimeout(900_000);

const [A, B, C] = ['9900000001', '9900000002', '9900000003'] as const;
const SCHOOLS = { [A]: '7654321', [B]: '7654322', [C]: '7654323' };
const TEXT = { 'content-type': 'text/plain' };
const because = (retired: string, replacement: string): string =>
  `The state's file has the retired SSID ${retired}; its replacement is ${replacement}.`;

async function loaded(t: Test) {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  const lines = Object.entries(SCHOOLS).map(([ssid, schoolOfAttendance]) => line('SENR', { ssid, schoolOfAttendance }));
  await ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...TEXT }, payload: lines.join('\r\n') });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: '20240715' };
  const extract = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  const { text: theirs } = await ask({ url: `/v1/extracts/${extract.id}/file`, headers });
  return {
    theirs,
    retire: (retired: string, replacement: string) =>
      ask({ method: 'POST', url: '/v1/ssid/replacements', headers, payload: { retired, replacement, why: 'one' } }),
    undo: (ssid: string) =>
      ask({ method: 'POST', url: `/v1/ssid/replacements/${ssid}/undo`, headers, payload: { why: 'twins' } }),
    async reconciled(file: string) {
      const url = '/v1/reconciliations?academicYear=2023-2024&runDate=2024-07-15';
      const { body } = await ask({ method: 'POST', url, headers: { ...headers, ...TEXT }, payload: file });
      await app.jobs.reconciliation.idle();
      const self = `/v1/reconciliations/${body.id}`;
      const { counts, failure } = (await ask({ url: self, headers })).body;
      t.equal(failure, undefined);
      const { rows } = (await ask({ url: `${self}/rows`, headers })).body;
      return { counts, reasons: rows.map((row: { readonly because?: string }) => row.because) };
    },
  };
}

t.test('their rows are those of the active number, through a chain, and the reason names both', async (t) => {
  const { theirs, retire, reconciled } = await loaded(t);
  t.match((await reconciled(theirs)).counts, { same: 3 });
  await retire(A, B);
  const one = await reconciled(theirs);
  t.match(one.counts, { same: 2, nearest: 1, onlyTheirs: 0, onlyOurs: 0 });
  t.same(one.reasons, [because(A, B)]);
  await retire(B, C);
  const chain = await reconciled(theirs);
  t.match(chain.counts, { same: 1, nearest: 2, onlyTheirs: 0, onlyOurs: 0 });
  t.same(chain.reasons.toSorted(), [because(A, C), because(B, C)]);
  t.match(
    (await reconciled(theirs.replaceAll(A, C).replaceAll(B, C))).counts,
    { same: 3 },
    'where the state did the same',
  );
});

t.test('undone, their rows are the same again, and the replacing number is another student’s', async (t) => {
  const { theirs, retire, undo, reconciled } = await loaded(t);
  await retire(A, B);
  await retire(B, C);
  t.equal((await undo(A)).status, 409, 'the middle of a chain stays');
  t.match((await reconciled(theirs)).counts, { same: 1, nearest: 2 }, 'and nothing is half undone');
  t.equal((await undo(B)).status, 204);
  const first = await reconciled(theirs);
  t.match(first.counts, { same: 2, nearest: 1 });
  t.same(first.reasons, [because(A, B)]);
  t.equal((await undo(A)).status, 204);
  t.match((await reconciled(theirs)).counts, { same: 3, nearest: 0 });
  const { counts, reasons } = await reconciled(theirs.replace(A, B));
  t.match(counts, { same: 2 });
  t.ok(
    reasons.every((reason: string | undefined) => !reason?.includes('retired')),
    'nothing is retired any more',
  );
});
