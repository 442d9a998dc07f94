/**
 * What every store must do. An implementation's test opens one and hands it over (`sqlite.test.ts`); the next database
 * is the same ten lines.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Test } from 'tap';
import { UserError } from '#base/user-error';
import type { Problem } from '#intake/problem';
import type { Upload } from '#intake/upload';
import type { KeptHistory } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { APIKey, ProblemFilter, Store, UploadWriter } from '#store/store';
import type { UploadJob } from '#store/upload-job';
import { holds } from '../support/histories.ts';
import { inRanges, recordsOf, textOf, textsOf } from '../support/stored.ts';
import { extractJob as job } from './extract-job.ts';
import { outboxContract } from './outbox-contract.ts';
import { readingContract } from './reading-contract.ts';
import { rulebookContract } from './rulebook-contract.ts';

const A = '9900001';
const B = '9900002';
const C = '9900003';

const report = (id: string, sender: string): Upload => ({
  id,
  sender,
  receivedAt: '2026-11-21T08:00:00.000Z',
  loadDay: '20261121',
  files: [{ name: 'SENR.txt', sha256: 'ab', bytes: 12 }],
  linesRead: 1,
  blankLines: 0,
  counts: { added: 1, replaced: 0, deleted: 0, notUsed: 0, rejected: 0 },
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

const uploadJob = (id: string, reportingLEAs: UploadJob['reportingLEAs']): UploadJob => ({
  id,
  reportingLEAs,
  sender: reportingLEAs === 'all' ? 'all' : reportingLEAs.join(','),
  requestedAt: '2024-07-15T19:00:00.000Z',
  files: [],
  encoding: 'utf-8',
  status: 'Pending',
  progress: 0,
});

const key = (id: string): APIKey => ({
  id,
  name: 'Valley SIS',
  hash: `hash of ${id}`,
  role: 'vendor',
  leas: [A],
  createdAt: '2026-11-21T08:00:00.000Z',
});

const load = (store: Store, id: string, sender: string, fill: (writer: UploadWriter) => unknown) =>
  store.load({ id, sender, files: [{ name: 'SENR.txt' }] }, async (writer) => {
    await fill(writer);
    return report(id, sender);
  });

const EVERY = { from: '0000000000', through: '9999999999' };

interface Student {
  readonly ssid: string;
  /** Empty for a student who is removed. */
  readonly body: string;
  readonly leas: readonly string[];
}

/** The store as a simple model knows it: who is there after an upload. */
type State = ReadonlyMap<string, Student>;

const SCOPES: readonly LEAScope[] = ['all', [A], [B], [A, C], ['9900009']];
const among = (scope: LEAScope, leas: readonly string[]): boolean =>
  scope === 'all' ? leas.length > 0 : leas.some((lea) => scope.includes(lea));
const studentsOf = (students: readonly Student[]): (readonly [string, string])[] =>
  students.map(({ ssid, body }) => [ssid, body] as const).sort(([a], [b]) => (a < b ? -1 : 1));

/** The history stored for one student. */
async function stored(writer: UploadWriter, ssid: string): Promise<KeptHistory | undefined> {
  await writer.fetch([ssid]);
  return writer.history(ssid);
}

/** That every way to read a snapshot, or the store as it is, gives what the model holds. */
async function readsLike(store: Store, state: State, snapshot: number | undefined): Promise<void> {
  for (const scope of SCOPES) {
    const seen = store.forLEAs(scope);
    const enrolled = [...state.values()].filter(({ leas }) => among(scope, leas));
    const visible = scope === 'all' ? [...state.values()] : enrolled;
    const where = `scope ${scope}, ${snapshot === undefined ? 'as it is' : `after upload ${snapshot}`}`;
    assert.deepEqual(await textsOf(seen.histories(EVERY, { snapshot })), studentsOf(visible), where);
    assert.equal(await seen.students(snapshot), enrolled.length, where);
    const byRanges = await textsOf(inRanges(seen, 2, snapshot));
    assert.deepEqual(
      byRanges,
      studentsOf(visible).filter(([ssid]) => byRanges.some(([other]) => other === ssid)),
      where,
    );
    for (const { ssid } of enrolled)
      assert.ok(
        byRanges.some(([other]) => other === ssid),
        `${where}: ${ssid} is in a range`,
      );
    for (const ssid of SSIDS)
      assert.equal(
        textOf(await seen.history(ssid, snapshot)),
        visible.find((student) => student.ssid === ssid)?.body,
        where,
      );
  }
}

async function cannotBeRead(store: Store, snapshot: number, error: object): Promise<void> {
  for (const scope of SCOPES) {
    const seen = store.forLEAs(scope);
    await assert.rejects(textsOf(seen.histories(EVERY, { snapshot })), error);
    await assert.rejects(seen.history('9900000001', snapshot), error);
    await assert.rejects(seen.ranges(2, snapshot), error);
    await assert.rejects(seen.students(snapshot), error);
  }
}

const SSIDS = ['0900000001', '9900000001', '9900000002', '9900000003'];

interface Put extends Student {
  /** Whether the body is read before it is replaced, as uploads do. */
  readonly reads: boolean;
}

type Step =
  | { readonly step: 'upload'; readonly puts: readonly Put[]; readonly fails: boolean }
  | { readonly step: 'forget'; readonly back: number }
  | { readonly step: 'reopen' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        step: fc.constant('upload' as const),
        puts: fc.array(
          fc.record({
            ssid: fc.constantFrom(...SSIDS),
            body: fc.constantFrom('', 'one', 'two', 'three'),
            leas: fc.subarray([A, B, C]),
            reads: fc.boolean(),
          }),
          {
            maxLength: 6,
          },
        ),
        fails: fc.nat(5).map((n) => n === 0),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ step: fc.constant('forget' as const), back: fc.integer({ min: -1, max: 5 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ step: 'reopen' as const }) },
  ),
  { minLength: 2, maxLength: 14 },
);

/** Takes the steps and compares every snapshot with a copy of the model made after its upload. */
async function keepsSnapshots(open: () => Promise<Store>, taken: readonly Step[]): Promise<void> {
  let store = await open();
  const copies: State[] = [new Map()];
  let gone = -1;
  let failed = 0;
  const check = async (): Promise<void> => {
    const newest = copies.length - 1;
    assert.equal(await store.snapshot(), newest);
    await readsLike(store, copies[newest] as State, undefined);
    for (const [snapshot, state] of copies.entries())
      if (snapshot <= gone) await cannotBeRead(store, snapshot, { name: 'SnapshotGoneError', snapshot });
      else await readsLike(store, state, snapshot);
    await cannotBeRead(store, newest + 1, { name: 'UserError' });
  };
  try {
    for (const step of taken)
      if (step.step === 'reopen') {
        await store.close();
        store = await open();
      } else if (step.step === 'forget') {
        const newest = copies.length - 1;
        await store.forget(newest - step.back, '2026-11-22T00:00:00.000Z');
        gone = Math.max(gone, Math.min(newest - step.back, newest - 1));
        await check();
      } else {
        const next = new Map(copies.at(-1));
        const put = async ({ puts }: typeof step, writer: UploadWriter): Promise<void> => {
          for (const student of puts) {
            if (student.reads) assert.equal(textOf(await stored(writer, student.ssid)), next.get(student.ssid)?.body);
            writer.put(student.ssid, recordsOf(student.body), new Set(student.body === '' ? [] : student.leas));
            if (student.body === '') next.delete(student.ssid);
            else next.set(student.ssid, student);
          }
        };
        const loading = load(store, step.fails ? `up_failed_${failed++}` : `up_${copies.length}`, A, async (writer) => {
          await put(step, writer);
          if (step.fails) throw new Error('the file ended in the middle');
        });
        if (step.fails) await assert.rejects(loading, { message: 'the file ended in the middle' });
        else {
          await loading;
          copies.push(next);
        }
      }
    await check();
  } finally {
    await store.close();
  }
}

/**
 * @param open opens the store again and again, always the same one
 * @param another makes another, empty store and gives what opens it
 * @param runs how many cases of random uploads
 */
export function storeContract(
  t: Test,
  open: () => Promise<Store>,
  another: () => () => Promise<Store>,
  runs = 60,
): void {
  const students = async (store: Store, scope: 'all' | readonly string[]) => {
    const seen = store.forLEAs(scope);
    return await textsOf(inRanges(seen, 2));
  };

  t.test('an upload is there as a whole, also after the store was closed', async (t) => {
    const store = await open();
    await load(store, 'up_1', A, (writer) => {
      writer.put('9900000002', recordsOf(`${writer.source(0)}^1^^^SENR^second`), new Set([A]));
      writer.put('9900000001', recordsOf('first'), new Set([A, B]));
      writer.put('', recordsOf('without an SSID'), new Set());
      writer.problem({ problem: problem(3), ssid: '9900000001' });
      writer.problem({ problem: problem(7), ssid: '' });
    });
    await store.close();
    const again = await open();
    t.same(await students(again, 'all'), [
      ['9900000001', 'first'],
      ['9900000002', '1^1^^^SENR^second'],
    ]);
    t.same(await again.forLEAs([A]).upload('up_1'), report('up_1', A));
    t.same(
      (await Array.fromAsync(again.forLEAs([A]).problems('up_1'))).flat().map(([, p]) => p.line),
      [3, 7],
    );
    await load(again, 'up_2', A, async (writer) =>
      t.equal(
        textOf(await stored(writer, '')),
        'without an SSID',
        'enrollments without an SSID are kept for the next upload',
      ),
    );
    await again.close();
  });

  t.test('lines of problems come when they are asked for, until they are forgotten', async (t) => {
    const store = await another()();
    const sent = { text: 'SENR^A', marked: { from: 5, to: 6 } };
    await load(store, 'up_1', A, (writer) => {
      writer.problem({ problem: problem(1), ssid: '', school: '0000001', sent });
      writer.problem({ problem: problem(2), ssid: '' });
      writer.problem({ problem: problem(3), ssid: '', school: '0000002', sent });
    });
    await load(store, 'up_2', B, (writer) => writer.problem({ problem: problem(4), ssid: '', sent }));
    const seen = async (id: string, which: ProblemFilter) =>
      (await Array.fromAsync(store.forLEAs('all').problems(id, which))).flat().map(([, one]) => [one.line, one.sent]);
    const lines = true;
    t.same(await seen('up_1', { lines }), [
      [1, sent],
      [2, undefined],
      [3, sent],
    ]);
    t.same(await seen('up_1', { school: '0000002', lines }), [[3, sent]]);
    t.same(await seen('up_1', { school: '0000001' }), [[1, undefined]]);
    await store.forget(await store.snapshot(), '2026-11-22T00:00:00.000Z');
    t.same(await seen('up_1', { school: '0000001', lines }), [[1, undefined]]);
    t.same(await seen('up_2', { lines }), [[4, sent]], 'those of the newest upload stay');
    await store.close();
  });

  t.test('why records of a student were rejected, within scope, newest upload first', async (t) => {
    const store = await another()();
    const bad = (line: number, severity: Problem['severity'] = 'reject') => ({ ...problem(line), severity });
    await load(store, 'up_1', A, (writer) => {
      writer.problem({ problem: bad(1), ssid: '9900000001' });
      writer.problem({ problem: bad(2, 'warn'), ssid: '9900000001' });
      writer.problem({ problem: bad(3), ssid: '9900000002' });
      writer.problem({ problem: bad(4), ssid: '' });
    });
    await load(store, 'up_2', B, (writer) => writer.problem({ problem: bad(5), ssid: '9900000001' }));
    const seen = async (scope: 'all' | readonly string[], most = 9, snapshot?: number) =>
      (await store.forLEAs(scope).rejections('9900000001', most, snapshot)).map(({ upload, problem }) => [
        upload,
        problem.line,
      ]);
    t.same(await seen('all'), [
      ['up_2', 5],
      ['up_1', 1],
    ]);
    t.same(await seen('all', 1), [['up_2', 5]], 'no more than asked for');
    t.same(await seen([A]), [['up_1', 1]], 'nothing that another LEA sent');
    t.same(await seen('all', 9, (await store.snapshot()) - 1), [['up_1', 1]], 'as of an upload');
    t.same(await store.forLEAs('all').rejections('', 9), []);
    const students = (scope: 'all' | readonly string[], after = '', most = 9, snapshot?: number) =>
      store.forLEAs(scope).rejectedStudents(after, most, snapshot);
    t.same(await students('all'), ['9900000001', '9900000002']);
    t.same(await students('all', '', 1), ['9900000001'], 'no more than asked for');
    t.same(await students('all', '9900000001'), ['9900000002']);
    t.same(await students([B]), ['9900000001'], 'nothing that another LEA sent');
    t.same(await students([B], '', 9, (await store.snapshot()) - 1), [], 'as of an upload');
    await store.close();
  });

  t.test('an upload that fails leaves nothing', async (t) => {
    const store = await open();
    const before = await students(store, 'all');
    await t.rejects(
      store.load({ id: 'up_failed', sender: A, files: [{ name: 'SENR.txt' }] }, async (writer) => {
        writer.put('9900000003', recordsOf('half'), new Set([A]));
        writer.put('9900000001', recordsOf('changed'), new Set([A]));
        throw new Error('the file ended in the middle');
      }),
      { message: 'the file ended in the middle' },
    );
    t.same(await students(store, 'all'), before);
    t.equal(await store.forLEAs('all').upload('up_failed'), undefined);
    await store.close();
  });

  t.test('one upload at a time', async (t) => {
    const store = await open();
    const first = store.load({ id: 'up_slow', sender: A, files: [] }, async () => {
      await t.rejects(
        load(store, 'up_second', A, () => {}),
        { name: 'StoreBusyError' },
      );
      return report('up_slow', A);
    });
    await first;
    await store.close();
  });

  t.test('a student is seen by the LEAs of its enrollments, with the records of all', async (t) => {
    const store = await open();
    t.same(await students(store, [B]), [['9900000001', 'first']]);
    t.same(
      (await students(store, [A])).map(([ssid]) => ssid),
      ['9900000001', '9900000002'],
    );
    t.same(
      (await students(store, [A, B])).map(([ssid]) => ssid),
      ['9900000001', '9900000002'],
      'a student of two LEAs comes once',
    );
    t.same(await students(store, ['9900009']), []);
    t.equal(await store.forLEAs([B]).students(), 1);
    t.same(await store.forLEAs('all').leas(), [A, B], 'the LEAs that have an enrollment');
    t.same(await store.forLEAs([B, '9900009']).leas(), [B], 'in scope');
    await store.close();
  });

  t.test('an enrollment that is gone takes the LEA with it, an empty body the student', async (t) => {
    const store = await open();
    await load(store, 'up_3', 'all', async (writer) => {
      t.equal(textOf(await stored(writer, '9900000001')), 'first');
      writer.put('9900000001', recordsOf('only A now'), new Set([A]));
      writer.put('9900000002', recordsOf(''), new Set());
    });
    t.same(await students(store, [B]), []);
    t.same(await students(store, [A]), [['9900000001', 'only A now']]);
    await store.close();
  });

  t.test('ranges cover every student once, in ascending order', async (t) => {
    const store = await open();
    const ssids = Array.from({ length: 250 }, (_, i) => String(9_900_001_000 + i * 7));
    await load(store, 'up_4', A, (writer) => {
      for (const ssid of ssids.toReversed()) writer.put(ssid, recordsOf(`body of ${ssid}`), new Set([A]));
    });
    const seen = store.forLEAs([A]);
    const ranges = await seen.ranges(10);
    t.ok(ranges.length >= 9 && ranges.length <= 11, `about ten ranges (${ranges.length})`);
    t.same(
      (await textsOf(inRanges(seen, 10))).map(([ssid]) => ssid),
      ['9900000001', ...ssids],
    );
    await store.close();
  });

  t.test('uploads are seen by their sender, latest first', async (t) => {
    const store = await open();
    t.same(
      (await store.forLEAs([A]).uploads({ limit: 2 })).map((u) => u.id),
      ['up_4', 'up_slow'],
    );
    t.same(
      (await store.forLEAs([A]).uploads({ limit: 9, after: 'up_slow' })).map((u) => u.id),
      ['up_2', 'up_1'],
    );
    t.same(await store.forLEAs([B]).uploads({ limit: 9 }), []);
    t.equal(await store.forLEAs([B]).upload('up_1'), undefined);
    t.same(await Array.fromAsync(store.forLEAs([B]).problems('up_1')), []);
    t.equal(await store.forLEAs([A]).upload('up_3'), undefined, 'an upload for all LEAs is not one LEA’s');
    t.ok(await store.forLEAs('all').upload('up_3'));
    t.same(await store.forLEAs([A]).linesSent(), { read: 4, rejected: 0 }, 'a line for each upload');
    t.same(await store.forLEAs([A]).linesSent(1), { read: 1, rejected: 0 });
    t.same(await store.forLEAs([B]).linesSent(), { read: 0, rejected: 0 });
    await store.close();
  });

  t.test('extracts are seen by whoever may see all their LEAs', async (t) => {
    const store = await open();
    for (const one of [job('ex_1', [A]), job('ex_2', [A, B]), job('ex_3', 'all')]) await store.jobs('extract').add(one);
    t.same(
      (await store.forLEAs([A]).jobs('extract').list({ limit: 9 })).map((j) => j.id),
      ['ex_1'],
    );
    t.same(
      (await store.forLEAs([B, A]).jobs('extract').list({ limit: 9 })).map((j) => j.id),
      ['ex_2', 'ex_1'],
    );
    t.same(
      (await store.forLEAs('all').jobs('extract').list({ limit: 1, after: 'ex_3' })).map((j) => j.id),
      ['ex_2'],
    );
    t.equal(await store.forLEAs([A]).jobs('extract').get('ex_2'), undefined);
    t.equal(await store.forLEAs(['all']).jobs('extract').get('ex_3'), undefined, '"all" in a list is no LEA');
    await store.close();
  });

  t.test('jobs go on after a restart', async (t) => {
    const store = await open();
    const taken = { ...job('ex_1', [A]), status: 'Processing', progress: 0.5, attempt: 1 };
    t.same(await store.jobs('extract').take({ progress: 0.5 }), taken, 'the oldest first');
    t.same(await store.forLEAs([A]).jobs('extract').get('ex_1'), taken);
    t.equal((await store.jobs('extract').take())?.id, 'ex_2');
    await store.jobs('extract').update('ex_2', { status: 'Complete', progress: 1, rows: 12 });
    await store.close();
    const again = await open();
    t.equal(await again.jobs('extract').resume(), 1);
    t.match(await again.forLEAs([A]).jobs('extract').get('ex_1'), { status: 'Pending', progress: 0 });
    t.match(await again.forLEAs('all').jobs('extract').get('ex_2'), { status: 'Complete', rows: 12 });
    t.equal(await again.jobs('extract').update('ex_unknown', { status: 'Failed' }), false);
    await again.close();
  });

  t.test('a job is changed only by whoever knows how it is', async (t) => {
    const open = another();
    const [store, other] = [await open(), await open()];
    await store.jobs('extract').add(job('ex_1', [A]));
    t.ok(await other.jobs('extract').update('ex_1', { status: 'Cancelled' }, [], { status: 'Pending' }));
    t.notOk(
      await store.jobs('extract').update('ex_1', { status: 'Complete', progress: 1 }, [], { status: 'Processing' }),
    );
    t.same(await store.forLEAs([A]).jobs('extract').get('ex_1'), { ...job('ex_1', [A]), status: 'Cancelled' });
    await store.close();
    await other.close();
  });

  t.test('whoever made a job before changes nothing of it any more', async (t) => {
    const store = await another()();
    const jobs = store.jobs('extract');
    await jobs.add(job('ex_1', [A]));
    t.equal((await jobs.take())?.attempt, 1);
    t.equal(await jobs.resume(), 1);
    t.equal((await jobs.take())?.attempt, 2);
    const complete = { status: 'Complete', progress: 1 } as const;
    t.notOk(await jobs.update('ex_1', complete, [], { status: 'Processing', attempt: 1 }));
    t.ok(await jobs.update('ex_1', complete, [], { status: 'Processing', attempt: 2 }));
    await store.close();
  });

  t.test('where one is made at a time, none is taken meanwhile', async (t) => {
    const store = await another()();
    const jobs = store.jobs('extract');
    for (const id of ['ex_1', 'ex_2']) await jobs.add(job(id, [A]));
    t.equal((await jobs.take({}, true))?.id, 'ex_1');
    t.equal(await jobs.take({}, true), undefined);
    await jobs.update('ex_1', { status: 'Complete', progress: 1 });
    t.equal((await jobs.take({}, true))?.id, 'ex_2');
    await store.close();
  });

  t.test('a job is taken once, however many take jobs at the same time', async (t) => {
    const open = another();
    const stores = [await open(), await open(), await open()];
    const ids = Array.from({ length: 6 }, (_, i) => `ex_${i}`);
    for (const id of ids) await stores[0]?.jobs('extract').add(job(id, [A]));
    const taken = await Promise.all(ids.flatMap(() => stores.map((store) => store.jobs('extract').take())));
    t.same(taken.flatMap((one) => one?.id ?? []).sort(), ids);
    for (const store of stores) await store.close();
  });

  t.test('no more jobs of a key wait than there may', async (t) => {
    const store = await another()();
    const jobs = store.jobs('extract');
    const answer = { keyId: 'key_1', idempotencyKey: 'x', requestHash: 'ab', status: 202, location: '/', body: '{}' };
    t.ok(await jobs.add(job('ex_1', [A]), 'key_1', undefined, 2));
    t.ok(await jobs.add(job('ex_2', [A]), 'key_1', undefined, 2));
    t.notOk(await jobs.add(job('ex_3', [A]), 'key_1', answer, 2));
    t.equal(await store.forLEAs('all').jobs('extract').get('ex_3'), undefined);
    t.equal(await store.answer('key_1', 'x'), undefined, 'nor what was to be answered');
    t.ok(await jobs.add(job('ex_4', [A]), 'key_2', undefined, 2), 'each key for itself');
    t.same([await jobs.waiting('key_1'), await jobs.waiting('key_2'), await jobs.waiting()], [2, 1, 3]);
    await jobs.take();
    t.ok(await jobs.add(job('ex_5', [A]), 'key_1', undefined, 2), 'one that was begun does not wait');
    await store.close();
  });

  t.test('turns go round between keys, and for each key between its LEAs; what was put back goes first', async (t) => {
    const store = await open();
    const table = store.jobs('upload');
    const add = (id: string, keyId: string, leas: readonly string[] | 'all'): Promise<boolean> =>
      table.add(uploadJob(id, leas), keyId);
    for (let i = 0; i < 3; i++) await add(`a${i}`, 'key_a', [A]);
    await add('a3', 'key_a', [B]);
    for (let i = 0; i < 2; i++) await add(`b${i}`, 'key_b', 'all');
    await add('c0', 'key_c', [A]);
    t.same(await Promise.all(['key_a', 'key_b', 'key_c', 'key_d'].map((keyId) => table.waiting(keyId))), [4, 2, 1, 0]);
    const begun: string[] = [];
    const begin = async (): Promise<void> => {
      const id = (await table.take({ snapshot: 0 }))?.id ?? 'none';
      begun.push(id);
      if (begun.length !== 2) await table.update(id, { status: 'Complete' });
    };
    for (let i = 0; i < 2; i++) await begin();
    t.same(begun, ['a0', 'b0']);
    await table.update('b0', { status: 'Pending' });
    for (let i = 0; i < 6; i++) await begin();
    t.same(begun.slice(2), ['b0', 'c0', 'a3', 'b1', 'a1', 'a2']);
    t.equal(await table.take(), undefined);
    t.equal(await table.waiting('key_a'), 0);
    t.same(
      [await table.askedBy('a0'), await table.askedBy('b0'), await table.askedBy('nothing')],
      ['key_a', 'key_b', undefined],
    );
    t.equal((await store.jobs('extract').take())?.id, 'ex_3', 'each kind has turns of its own');
    await store.close();
  });

  t.test('sessions are known by a hash, and end with their key', async () => {
    const store = await another()();
    const at = (minute: number): string => `2026-11-21T08:${String(minute).padStart(2, '0')}:00.000Z`;
    await store.addKey(key('key_1'));
    for (const [hash, minute] of [
      ['s1', 0],
      ['s2', 5],
      ['s3', 9],
    ] as const)
      await store.addSession({ hash, whose: 'key_1', createdAt: at(minute) });
    assert.equal((await store.session('s1'))?.key?.id, 'key_1');
    assert.equal(await store.session('none'), undefined);
    await store.useSession('s1', at(10));
    assert.deepEqual([(await store.session('s1'))?.usedAt, (await store.session('s1'))?.createdAt], [at(10), at(0)]);
    await store.endSessions(at(7), at(0));
    assert.equal(await store.session('s2'), undefined, 'not used since');
    assert.ok(await store.session('s1'));
    assert.equal((await store.session('s1'))?.lea, undefined);
    await store.chooseLEA('s1', '1234567');
    assert.equal((await store.session('s1'))?.lea, '1234567');
    await store.chooseLEA('s1', undefined);
    assert.equal((await store.session('s1'))?.lea, undefined);
    await store.noteKeyUse('key_1', at(1));
    await store.noteKeyUse('key_1', at(3));
    assert.deepEqual([...(await store.keyUses())], [['key_1', at(3)]]);
    assert.ok(await store.expireKey('key_1', at(20)));
    assert.equal((await store.key('key_1'))?.expiresAt, at(20));
    assert.equal(await store.expireKey('key_2', at(20)), false);
    await store.endSession('s1');
    assert.equal(await store.session('s1'), undefined);
    await store.revokeKey('key_1', at(11));
    assert.equal(await store.session('s3'), undefined);
    await store.close();
  });

  t.test('a person has one account, and sessions that end when they are changed or removed', async () => {
    const store = await another()();
    const createdAt = '2026-11-21T08:00:00.000Z';
    const issuer = 'https://issuer.example.org';
    const sam = { id: 'person_1', name: 'Sam', role: 'vendor', leas: ['1234567'], issuer, createdAt } as const;
    await store.addPerson({ ...sam, email: 'Sam@lea.example.org' });
    await store.addPerson({ ...sam, id: 'person_2', subject: 'b' });
    assert.equal((await store.personAt(issuer, { email: 'sam@LEA.example.org' }))?.id, 'person_1');
    assert.equal((await store.personAt(issuer, { subject: 'b', email: 'sam@lea.example.org' }))?.id, 'person_2');
    assert.equal(await store.personAt('https://other.example.org', { email: 'sam@lea.example.org' }), undefined);
    const [third, other] = ['person_3', 'https://other.example.org'];
    for (const account of [{ email: 'SAM@lea.example.org' }, { subject: 'b' }])
      await assert.rejects(() => store.addPerson({ ...sam, id: third, ...account }), UserError);
    await store.addPerson({ ...sam, id: third, issuer: other, subject: 'b' });

    const begin = (hash: string, whose: string): Promise<void> =>
      store.addSession({ hash, whose, createdAt, sealed: 'x' });
    await begin('p1', 'person_1');
    await begin('p2', 'person_2');
    await store.sayPurpose('p1', 'annual audit');
    assert.deepEqual(await store.session('p1'), {
      person: { ...sam, email: 'Sam@lea.example.org' },
      createdAt,
      usedAt: createdAt,
      purpose: 'annual audit',
      sealed: 'x',
    });
    await store.sayPurpose('p1', undefined);
    assert.equal((await store.session('p1'))?.purpose, undefined);
    await store.replacePerson({ ...sam, leas: 'all', email: 'Sam@lea.example.org' });
    assert.equal(await store.session('p1'), undefined, 'what they may has changed');
    assert.ok(await store.session('p2'));
    await assert.rejects(() => store.replacePerson({ ...sam, subject: 'b' }), UserError);
    assert.equal((await store.person('person_1'))?.leas, 'all', 'left as it was');
    const second = await store.person('person_2');
    const renamed = { ...sam, id: 'person_2', subject: 'b', name: 'Sam the second' };
    assert.equal(await store.replacePerson(renamed, second), true);
    assert.equal(await store.session('p2'), undefined);
    await begin('p2', 'person_2');
    assert.equal(await store.replacePerson({ ...renamed, name: 'lost' }, second), false, 'they are not as they were');
    assert.deepEqual(await store.person('person_2'), renamed);
    assert.ok(await store.session('p2'), 'and their sessions go on');
    await store.replacePerson({ ...renamed, removedAt: createdAt });
    assert.equal(await store.session('p2'), undefined);
    assert.equal(await store.personAt(issuer, { subject: 'b' }), undefined);
    await begin('p3', 'person_2');
    assert.equal(await store.session('p3'), undefined, 'nor does another begin');
    await store.addPerson({ ...sam, id: 'person_4', subject: 'b' });
    assert.deepEqual(
      (await store.persons()).map(({ id }) => id),
      ['person_1', 'person_2', 'person_3', 'person_4'],
    );
    await store.close();
  });

  t.test('keys are found by their hash and can be revoked once', async (t) => {
    const store = await open();
    await store.addKey(key('key_1'));
    await store.addKey(key('key_2'));
    t.same(
      (await store.keys()).map((k) => k.id),
      ['key_1', 'key_2'],
    );
    t.same(await store.keyByHash('hash of key_2'), key('key_2'));
    t.equal(await store.keyByHash('another'), undefined);
    t.ok(await store.revokeKey('key_1', '2026-11-22T00:00:00.000Z'));
    t.equal((await store.keyByHash('hash of key_1'))?.revokedAt, '2026-11-22T00:00:00.000Z');
    t.notOk(await store.revokeKey('key_1', '2026-11-23T00:00:00.000Z'));
    t.notOk(await store.revokeKey('key_9', '2026-11-23T00:00:00.000Z'));
    await store.close();
  });

  t.test('a key revoked through another connection is revoked at once', async (t) => {
    const store = await open();
    const other = await open();
    await store.addKey(key('key_5'));
    t.equal((await store.keyByHash('hash of key_5'))?.revokedAt, undefined);
    t.ok(await other.revokeKey('key_5', '2026-11-22T00:00:00.000Z'));
    t.equal((await store.keyByHash('hash of key_5'))?.revokedAt, '2026-11-22T00:00:00.000Z');
    await other.close();
    await store.close();
  });

  t.test('the newest signing key signs, and none is lost', async (t) => {
    const open = another();
    const store = await open();
    const signing = (id: string) =>
      ({ id, algorithm: 'Ed25519', publicKey: 'public', privateKey: 'private', createdAt: '2026-11-28' }) as const;
    t.same(await store.signingKeys(), []);
    t.same(await store.signingKey(() => signing('first')), signing('first'));
    const second = await open();
    const unneeded = (): never => t.fail('there is a key') as never;
    t.same(await second.signingKey(unneeded), signing('first'));
    await store.addSigningKey(signing('rotated'));
    t.same(await second.signingKey(unneeded), signing('rotated'));
    await second.close();
    await store.close();
    const again = await open();
    t.same(await again.signingKeys(), [signing('first'), signing('rotated')]);
    await again.close();
  });

  t.test('a secret is made once', async (t) => {
    const open = another();
    const [store, second] = [await open(), await open()];
    const made = new Uint8Array([1, 2, 3]);
    t.equal(await store.knownSecret(), undefined);
    t.same(await store.secret(() => made), made);
    t.same(await second.secret(() => new Uint8Array([4])), made);
    t.same(await second.knownSecret(), made);
    await store.close();
    await second.close();
    const again = await open();
    t.same(await again.secret(() => new Uint8Array([5])), made);
    await again.close();
  });

  t.test('an answer is remembered for its key, with its job or not at all', async (t) => {
    const store = await open();
    const answer = {
      keyId: 'key_1',
      idempotencyKey: 'x',
      requestHash: 'r',
      status: 202,
      location: '/v1/extracts/ex_1',
      body: '{}',
    };
    const jobs = store.jobs('extract');
    await jobs.add(job('ex_11', [A]), 'key_1', answer);
    await t.rejects(() => jobs.add(job('ex_11', [A]), 'key_1', { ...answer, status: 500 }), /unique/i);
    t.same(await store.answer('key_1', 'x'), answer);
    await t.rejects(
      () => jobs.add(job('ex_12', [A]), 'key_1', { ...answer, keyId: null as unknown as string }),
      /not[- ]null/i,
    );
    t.equal(await store.forLEAs('all').jobs('extract').get('ex_12'), undefined);
    const { status: _, location: __, body: ___, ...asked } = answer;
    await jobs.add(job('ex_13', [A]), 'key_1', { ...asked, upload: 'up_1' });
    t.same(await store.answer('key_1', 'x'), { ...asked, upload: 'up_1' });
    t.equal(await store.answer('key_2', 'x'), undefined);
    await store.forgetAnswers('2026-11-21T08:00:00.000Z');
    t.ok(await store.answer('key_1', 'x'));
    await store.forgetAnswers('2026-11-21T08:00:00.001Z');
    t.equal(await store.answer('key_1', 'x'), undefined);
    await store.close();
  });

  t.test('a request with an Idempotency-Key is answered by one at a time', async (t) => {
    const store = await open();
    const end = await store.beginAnswer('key_1', 'x');
    t.ok(end);
    t.equal(await store.beginAnswer('key_1', 'x'), undefined);
    for (const [keyId, name] of [
      ['key_2', 'x'],
      ['key_1', 'y'],
    ] as const)
      await (await store.beginAnswer(keyId, name))?.();
    await end?.();
    const both = await Promise.all([store.beginAnswer('key_1', 'x'), store.beginAnswer('key_1', 'x')]);
    t.equal(both.filter(Boolean).length, 1);
    for (const end of both) await end?.();
    t.ok(await store.beginAnswer('key_1', 'x'));
    await store.close();
    const again = await open();
    t.ok(await again.beginAnswer('key_1', 'x'), 'who is gone answers nobody');
    await again.close();
  });

  t.test('after any uploads every snapshot reads as the store did then, until it is forgotten', async (t) => {
    await holds(
      t,
      'snapshots',
      runs,
      fc.asyncProperty(steps, (taken) => keepsSnapshots(another(), taken)),
    );
  });

  t.test('a snapshot shows a student to the LEAs it had then', async (t) => {
    const store = await another()();
    await load(store, 'up_1', 'all', (writer) => writer.put('9900000001', recordsOf('at A'), new Set([A])));
    await load(store, 'up_2', 'all', (writer) => writer.put('9900000001', recordsOf('at B'), new Set([B])));
    await load(store, 'up_3', 'all', (writer) => writer.put('9900000001', recordsOf(''), new Set()));
    const bodies = (lea: string) =>
      Promise.all(
        [0, 1, 2, 3].map(async (snapshot) => textOf(await store.forLEAs([lea]).history('9900000001', snapshot))),
      );
    t.same(await bodies(A), [undefined, 'at A', undefined, undefined]);
    t.same(await bodies(B), [undefined, undefined, 'at B', undefined]);
    t.equal(textOf(await store.forLEAs('all').history('9900000001')), undefined);
    await store.close();
  });

  t.test('one body is asked for by ten digits', async (t) => {
    const store = await another()();
    await load(store, 'up_1', 'all', (writer) => {
      writer.put('', recordsOf('without an SSID'), new Set());
      writer.put('9900000000', recordsOf('ten digits'), new Set([A]));
    });
    for (const ssid of ['', '-1', '99e8', '9900000000.0', ' 9900000000', '09900000000', 'x'])
      t.equal(textOf(await store.forLEAs('all').history(ssid)), undefined, `"${ssid}"`);
    t.equal(textOf(await store.forLEAs([A]).history('9900000000')), 'ten digits');
    t.equal(textOf(await store.forLEAs([B]).history('9900000000')), undefined, 'out of scope');
    await store.close();
  });

  t.test('what is forgotten is what only older snapshots need', async (t) => {
    const store = await another()();
    for (const n of [1, 2, 3, 4, 5])
      await load(store, `up_${n}`, A, (writer) => {
        writer.put('9900000001', recordsOf(`after ${n}`), new Set([A]));
        if (n === 1) writer.put('9900000002', recordsOf('until the end'), new Set([A]));
        if (n === 5) writer.put('9900000002', recordsOf(''), new Set());
      });
    t.same(
      await store.forget(2, '2026-11-22T00:00:00.000Z'),
      { histories: 2 },
      'after uploads 1 and 2; the other student’s is needed by 4',
    );
    t.same(await store.forget(1, '2026-11-23T00:00:00.000Z'), { histories: 0 }, 'that was done before');
    const seen = store.forLEAs([A]);
    for (const [snapshot, bodies] of [
      [3, ['after 3', 'until the end']],
      [4, ['after 4', 'until the end']],
      [5, ['after 5']],
    ] as const)
      t.same(
        (await textsOf(seen.histories(EVERY, { snapshot }))).map(([, body]) => body),
        bodies,
      );
    t.same(await store.forget(99, '2026-11-24T00:00:00.000Z'), { histories: 3 }, 'the newest stays');
    t.equal(textOf(await seen.history('9900000001', 5)), 'after 5');
    const sentence = (which: string, at: string) =>
      `the student histories as they were ${which} were deleted on ${at}; the oldest that can still be read are those after upload 5`;
    for (const [snapshot, goneAt, which] of [
      [0, '2026-11-22T00:00:00.000Z', 'before its first upload'],
      [2, '2026-11-22T00:00:00.000Z', 'after upload 2'],
      [3, '2026-11-24T00:00:00.000Z', 'after upload 3'],
    ] as const)
      await t.rejects(seen.history('9900000001', snapshot), {
        name: 'SnapshotGoneError',
        snapshot,
        goneAt,
        message: sentence(which, goneAt),
      });
    await load(store, 'up_6', A, (writer) => writer.put('9900000001', recordsOf('after 6'), new Set([A])));
    t.equal(textOf(await seen.history('9900000001', 5)), 'after 5', 'and stays when it is no longer the newest');
    await store.close();
  });

  t.test('uploads are numbered in the order of loading; one under way or failed has no number', async (t) => {
    const store = await another()();
    t.equal(await store.snapshot(), 0);
    t.same(await store.uploadsThrough(0), []);
    const numbers: number[] = [];
    const fill = (id: string) =>
      load(store, id, A, async (writer) => {
        numbers.push(writer.source(0));
        t.equal(await store.snapshot(), numbers.length - 1, 'not yet');
        if (id === 'up_failed') throw new Error('the file ended in the middle');
      });
    await fill('up_1');
    await t.rejects(fill('up_failed').finally(() => numbers.pop()));
    await fill('up_2');
    const { files } = report('up_1', A);
    t.equal(await store.snapshot(), 2);
    t.same(await store.uploadsThrough(1), [{ seq: 1, id: 'up_1', sender: A, files }]);
    t.same(await store.uploadsThrough(2), [
      { seq: 1, id: 'up_1', sender: A, files },
      { seq: 2, id: 'up_2', sender: A, files },
    ]);
    t.same(await Promise.all(numbers.map((number) => store.source(number))), [
      { upload: 'up_1', sender: A, file: 'SENR.txt' },
      { upload: 'up_2', sender: A, file: 'SENR.txt' },
    ]);
    t.equal(await store.source(99), undefined);
    await store.close();
  });

  outboxContract(t, another, job);
  rulebookContract(t, another);
  readingContract(t, another);
}
