/**
 * What every store must do. An implementation's test opens one and hands it over (`sqlite.test.ts`); the next database is the same ten lines.
 */
import type { Test } from 'tap';
import type { Problem } from '../../src/intake/problem.ts';
import type { APIKey, ExtractJob, Store, Upload, UploadWriter } from '../../src/store/store.ts';

const A = '9900001';
const B = '9900002';

const report = (id: string, sender: string): Upload => ({
  id,
  sender,
  receivedAt: '2026-11-21T08:00:00.000Z',
  loadDay: '20261121',
  files: [{ name: 'SENR.txt', sha256: 'ab', bytes: 12 }],
  linesRead: 1,
  blankLines: 0,
  counts: { stored: 1, updated: 0, deleted: 0, rejected: 0 },
  problemCounts: {},
  rulebookHash: 'cd',
});

const problem = (line: number): Problem => ({
  file: 'SENR.txt',
  line,
  recordType: 'SENR',
  field: '1.25',
  fieldName: 'Enrollment Exit Date',
  value: '20240231',
  code: 'FRMT0002',
  severity: 'reject',
  message: 'not a day',
});

const job = (id: string, reportingLEAs: ExtractJob['reportingLEAs']): ExtractJob => ({
  id,
  request: { academicYear: '2023-2024' },
  reportingLEAs,
  runDate: '20240715',
  columns: '50',
  rulebookHash: 'cd',
  requestedAt: '2026-11-21T08:00:00.000Z',
  status: 'Pending',
  progress: 0,
});

const key = (id: string): APIKey => ({ id, name: 'Valley SIS', hash: `hash of ${id}`, role: 'vendor', leas: [A], createdAt: '2026-11-21T08:00:00.000Z' });

/** @param open opens the store again and again, always the same one */
export function storeContract(t: Test, open: () => Store): void {
  const load = (store: Store, id: string, sender: string, fill: (writer: UploadWriter) => void) =>
    store.load({ id, sender, files: [{ name: 'SENR.txt' }] }, async (writer) => {
      fill(writer);
      return report(id, sender);
    });
  const students = (store: Store, scope: 'all' | readonly string[]) => {
    const seen = store.forLEAs(scope);
    return seen.ranges(2).flatMap((range) => [...seen.bodies(range)]);
  };

  t.test('an upload is there as a whole, also after the store was closed', async (t) => {
    const store = open();
    await load(store, 'up_1', A, (writer) => {
      writer.put('9900000002', `${writer.source(0)}^1^^^SENR^second`, new Set([A]));
      writer.put('9900000001', 'first', new Set([A, B]));
      writer.put('', 'without an SSID', new Set());
      writer.problem(problem(3));
      writer.problem(problem(7));
    });
    store.close();
    const again = open();
    t.same(students(again, 'all'), [
      ['9900000001', 'first'],
      ['9900000002', '1^1^^^SENR^second'],
    ]);
    t.same(again.forLEAs([A]).upload('up_1'), report('up_1', A));
    t.same(
      [...(again.forLEAs([A]).problems('up_1') ?? [])].map((p) => p.line),
      [3, 7],
    );
    await load(again, 'up_2', A, (writer) => t.equal(writer.body(''), 'without an SSID', 'enrollments without an SSID are kept for the next upload'));
    again.close();
  });

  t.test('an upload that fails leaves nothing', async (t) => {
    const store = open();
    const before = students(store, 'all');
    await t.rejects(
      store.load({ id: 'up_failed', sender: A, files: [{ name: 'SENR.txt' }] }, async (writer) => {
        writer.put('9900000003', 'half', new Set([A]));
        writer.put('9900000001', 'changed', new Set([A]));
        throw new Error('the file ended in the middle');
      }),
      { message: 'the file ended in the middle' },
    );
    t.same(students(store, 'all'), before);
    t.equal(store.forLEAs('all').upload('up_failed'), undefined);
    store.close();
  });

  t.test('one upload at a time', async (t) => {
    const store = open();
    const first = store.load({ id: 'up_slow', sender: A, files: [] }, async () => {
      await t.rejects(
        load(store, 'up_second', A, () => {}),
        { name: 'StoreBusyError' },
      );
      return report('up_slow', A);
    });
    await first;
    store.close();
  });

  t.test('a student is seen by the LEAs of its enrollments, with the records of all', (t) => {
    const store = open();
    t.same(students(store, [B]), [['9900000001', 'first']]);
    t.same(
      students(store, [A]).map(([ssid]) => ssid),
      ['9900000001', '9900000002'],
    );
    t.same(
      students(store, [A, B]).map(([ssid]) => ssid),
      ['9900000001', '9900000002'],
      'a student of two LEAs comes once',
    );
    t.same(students(store, ['9900009']), []);
    t.equal(store.forLEAs([B]).students(), 1);
    store.close();
    t.end();
  });

  t.test('an enrollment that is gone takes the LEA with it, an empty body the student', async (t) => {
    const store = open();
    await load(store, 'up_3', 'all', (writer) => {
      t.equal(writer.body('9900000001'), 'first');
      writer.put('9900000001', 'only A now', new Set([A]));
      writer.put('9900000002', '', new Set());
    });
    t.same(students(store, [B]), []);
    t.same(students(store, [A]), [['9900000001', 'only A now']]);
    store.close();
  });

  t.test('ranges cover every student once, in ascending order', async (t) => {
    const store = open();
    const ssids = Array.from({ length: 250 }, (_, i) => String(9_900_001_000 + i * 7));
    await load(store, 'up_4', A, (writer) => {
      for (const ssid of ssids.toReversed()) writer.put(ssid, `body of ${ssid}`, new Set([A]));
    });
    const seen = store.forLEAs([A]);
    const ranges = seen.ranges(10);
    t.ok(ranges.length >= 9 && ranges.length <= 11, `about ten ranges (${ranges.length})`);
    t.same(
      ranges.flatMap((range) => [...seen.bodies(range)].map(([ssid]) => ssid)),
      ['9900000001', ...ssids],
    );
    store.close();
  });

  t.test('uploads are seen by their sender, latest first', (t) => {
    const store = open();
    t.same(
      store
        .forLEAs([A])
        .uploads({ limit: 2 })
        .map((u) => u.id),
      ['up_4', 'up_slow'],
    );
    t.same(
      store
        .forLEAs([A])
        .uploads({ limit: 9, after: 'up_slow' })
        .map((u) => u.id),
      ['up_2', 'up_1'],
    );
    t.same(store.forLEAs([B]).uploads({ limit: 9 }), []);
    t.equal(store.forLEAs([B]).upload('up_1'), undefined);
    t.equal(store.forLEAs([B]).problems('up_1'), undefined);
    t.equal(store.forLEAs([A]).upload('up_3'), undefined, 'an upload for all LEAs is not one LEA’s');
    t.ok(store.forLEAs('all').upload('up_3'));
    store.close();
    t.end();
  });

  t.test('extracts are seen by whoever may see all their LEAs', (t) => {
    const store = open();
    store.forLEAs([A]).addExtract(job('ex_1', [A]));
    store.forLEAs([A, B]).addExtract(job('ex_2', [A, B]));
    store.forLEAs('all').addExtract(job('ex_3', 'all'));
    t.same(
      store
        .forLEAs([A])
        .extracts({ limit: 9 })
        .map((j) => j.id),
      ['ex_1'],
    );
    t.same(
      store
        .forLEAs([B, A])
        .extracts({ limit: 9 })
        .map((j) => j.id),
      ['ex_2', 'ex_1'],
    );
    t.same(
      store
        .forLEAs('all')
        .extracts({ limit: 1, after: 'ex_3' })
        .map((j) => j.id),
      ['ex_2'],
    );
    t.equal(store.forLEAs([A]).extract('ex_2'), undefined);
    t.equal(store.forLEAs(['all']).extract('ex_3'), undefined, '"all" in a list is no LEA');
    store.close();
    t.end();
  });

  t.test('jobs go on after a restart', (t) => {
    const store = open();
    t.equal(store.nextPendingExtract()?.id, 'ex_1', 'the oldest first');
    store.updateExtract('ex_1', { status: 'Processing', progress: 0.5 });
    t.equal(store.nextPendingExtract()?.id, 'ex_2');
    store.updateExtract('ex_2', { status: 'Complete', progress: 1, rows: 12 });
    store.close();
    const again = open();
    t.equal(again.resumeExtracts(), 1);
    t.match(again.forLEAs([A]).extract('ex_1'), { status: 'Pending', progress: 0 });
    t.match(again.forLEAs('all').extract('ex_2'), { status: 'Complete', rows: 12 });
    again.updateExtract('ex_unknown', { status: 'Failed' });
    again.close();
    t.end();
  });

  t.test('keys are found by their hash and can be revoked once', (t) => {
    const store = open();
    store.addKey(key('key_1'));
    store.addKey(key('key_2'));
    t.same(
      store.keys().map((k) => k.id),
      ['key_1', 'key_2'],
    );
    t.same(store.keyByHash('hash of key_2'), key('key_2'));
    t.equal(store.keyByHash('another'), undefined);
    t.ok(store.revokeKey('key_1', '2026-11-22T00:00:00.000Z'));
    t.equal(store.keyByHash('hash of key_1')?.revokedAt, '2026-11-22T00:00:00.000Z');
    t.notOk(store.revokeKey('key_1', '2026-11-23T00:00:00.000Z'));
    t.notOk(store.revokeKey('key_9', '2026-11-23T00:00:00.000Z'));
    store.close();
    t.end();
  });

  t.test('a key revoked through another connection is revoked at once', (t) => {
    const store = open();
    const other = open();
    store.addKey(key('key_5'));
    t.equal(store.keyByHash('hash of key_5')?.revokedAt, undefined);
    t.ok(other.revokeKey('key_5', '2026-11-22T00:00:00.000Z'));
    t.equal(store.keyByHash('hash of key_5')?.revokedAt, '2026-11-22T00:00:00.000Z');
    other.close();
    store.close();
    t.end();
  });

  t.test('an answer is remembered for its key; the first stands', (t) => {
    const store = open();
    const answer = { keyId: 'key_1', idempotencyKey: 'x', requestHash: 'r', status: 202, location: '/v1/extracts/ex_1', body: '{}' };
    store.rememberAnswer(answer, '2026-11-21T08:00:00.000Z');
    store.rememberAnswer({ ...answer, status: 500 }, '2026-11-21T08:00:00.000Z');
    t.same(store.answer('key_1', 'x'), answer);
    t.equal(store.answer('key_2', 'x'), undefined);
    store.close();
    t.end();
  });
}
