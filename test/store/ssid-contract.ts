/** What every store must do with SSIDs: numbers that were issued, assigned and retired. */
import fc from 'fast-check';
import type { Test } from 'tap';
import { UserError } from '#base/user-error';
import type { NumberRequest, Retirement } from '#store/ssids';
import type { Store, UploadWriter } from '#store/store';
import { recordsOf } from '../support/stored.ts';

const ENTRY = { at: '2026-03-02T08:00:00.000Z', by: 'key_1' };
const [A, B, C] = ['9900000001', '9900000002', '9900000003'] as const;
const LEA = '9900001';

const request = (localID: string, who = 'one', chosen?: string): NumberRequest => ({
  ...{ lea: LEA, localID, who },
  ...(chosen !== undefined && { chosen }),
});
const retirement = (retired: string, replacement: string): Retirement => ({
  ...{ ...ENTRY, retired, replacement },
  ...{ day: '20260302', why: 'one student' },
});
const never = (): string => {
  throw new Error('no number was to be drawn');
};
const from = (first: number) => {
  let next = first;
  return (): string => String(next++);
};

/** Loads an upload that gives each student a body; `''` removes one. */
const put = (store: Store, id: string, bodies: Readonly<Record<string, string>>): Promise<unknown> =>
  store.load({ id, sender: 'all', files: [] }, async (writer) => {
    for (const [ssid, body] of Object.entries(bodies))
      writer.put(ssid, recordsOf(body), new Set(body === '' ? [] : [LEA]));
    return { receivedAt: ENTRY.at, files: [] } as never;
  });

/** Changes the register within an upload. */
const change = (store: Store, id: string, work: (ssids: UploadWriter['ssids']) => unknown): Promise<unknown> =>
  store.load({ id, sender: 'all', files: [] }, async (writer) => {
    await work(writer.ssids);
    return { receivedAt: ENTRY.at, files: [] } as never;
  });
const retire = (store: Store, ...pairs: readonly (readonly [string, string])[]): Promise<unknown> =>
  change(store, `up_retire_${pairs.join()}`, async (ssids) => {
    for (const [i, [retired, replacement]] of pairs.entries()) await ssids.retire(retirement(retired, replacement), i);
  });

/**
 * @param open a new store
 * @param body a student's kept lines
 */
export function ssidContract(t: Test, open: () => Promise<Store>, body: string): void {
  const withStore = (work: (store: Store) => unknown) => async (): Promise<void> => {
    const store = await open();
    try {
      await work(store);
    } finally {
      await store.close();
    }
  };

  t.test('who asks again gets the same number, and nobody else does', (t) =>
    withStore(async (store) => {
      const [first] = await store.ssids.assign([request('L1')], from(9_900_000_001), ENTRY);
      t.same(first, { ssid: A, isNew: true });
      t.same(await store.ssids.assign([request('L1')], never, ENTRY), [{ ssid: A, isNew: false }]);
      const within = await store.ssids.assign(
        [request('L2'), request('L2'), request('L1', 'other')],
        from(9_900_000_001),
        ENTRY,
      );
      t.same(
        within.map(({ ssid }) => ssid),
        [B, B, C],
        'within one request too; another person with the same local ID is another person',
      );
    })(),
  );

  t.test('a number that was ever issued is never drawn', (t) =>
    withStore(async (store) => {
      await put(store, 'up_1', { [A]: body, [B]: body });
      await put(store, 'up_2', { [B]: '' });
      t.ok(await store.ssids.wasIssued(B), 'of a student who is gone');
      await store.forget(2, ENTRY.at);
      t.ok(await store.ssids.wasIssued(B), 'of a student who was forgotten');
      t.notOk(await store.ssids.wasIssued(C));
      t.same(await store.ssids.assign([request('L1')], from(9_900_000_001), ENTRY), [{ ssid: C, isNew: true }]);
      await t.rejects(() => store.ssids.assign([request('L2')], () => A, ENTRY), UserError, 'when none is free');
    })(),
  );

  t.test('a chosen number must be somebody’s, and active; then all or nothing', (t) =>
    withStore(async (store) => {
      await put(store, 'up_1', { [A]: body, [B]: body });
      await retire(store, [B, A]);
      await t.rejects(
        () => store.ssids.assign([request('L1'), request('L2', 'x', B)], from(9_900_000_003), ENTRY),
        /retired/,
      );
      await t.rejects(
        () => store.ssids.assign([request('L1'), request('L2', 'x', C)], from(9_900_000_004), ENTRY),
        /nobody's/,
      );
      t.notOk(await store.ssids.wasIssued('9900000004'), 'what stood before it is not done either');
      t.same(await store.ssids.assign([request('L2', 'x', A)], never, ENTRY), [{ ssid: A, isNew: false }]);
    })(),
  );

  t.test('a retired number is taken for the last one that replaces it', (t) =>
    withStore(async (store) => {
      await retire(store, [A, B]);
      await retire(store, [B, C]);
      t.equal(await store.ssids.activeOf(A), C);
      t.same(
        [...(await store.ssids.replacements())],
        [
          [A, C],
          [B, C],
        ],
      );
      const refused = (pair: readonly [string, string], says: RegExp): Promise<unknown> =>
        t.rejects(retire(store, pair), says);
      await refused([C, A], /circle/);
      await refused([C, C], /itself/);
      await refused([A, C], /retired already/);
      await refused(['9900000009', A], /retired; expected an active/);
      const [fourth, third] = ['9900000007', C];
      await t.rejects(
        retire(store, [fourth, third], [third, fourth]),
        { name: 'RetirementRefusedError', index: 1 },
        'of several that make a circle none is done',
      );
      t.equal(await store.ssids.activeOf(fourth), fourth);
    })(),
  );

  t.test('a retirement is undone, unless another one rests on it', (t) =>
    withStore(async (store) => {
      await put(store, 'up_1', { [A]: body, [B]: body });
      await retire(store, [A, B]);
      await change(store, 'up_2', (ssids) => ssids.undoRetirement(A, { ...ENTRY, why: 'twins' }));
      t.equal(await store.ssids.activeOf(A), A);
      await t.rejects(
        change(store, 'up_3', (ssids) => ssids.undoRetirement(A, { ...ENTRY, why: 'twins' })),
        /not retired/,
      );
      await change(store, 'up_4', async (ssids) => {
        await ssids.retire(retirement(A, B));
        ssids.keepSent(1, 1, A);
        ssids.keepSent(1, 1, C);
      });
      t.equal((await store.ssids.sentWith([{ source: 1, line: 1 }]))[0], A, 'the first one stays');
      const undo = (id: string, ssid: string): Promise<unknown> =>
        change(store, id, (ssids) => ssids.undoRetirement(ssid, { ...ENTRY, why: 'twins' }));
      await retire(store, [B, C]);
      await t.rejects(undo('up_5', A), /9900000002 was retired in favor of 9900000003 since 9900000001 .* undo that/);
      await undo('up_6', B);
      await retire(store, [C, B]);
      await t.rejects(undo('up_7', A), /9900000003 was retired in favor of 9900000002 since/);
      await undo('up_8', C);
      await undo('up_9', A);
      t.equal(await store.ssids.activeOf(A), A);
    })(),
  );

  t.test('what a snapshot was stays known: retirements made since, and undone since', (t) =>
    withStore(async (store) => {
      await put(store, 'up_1', { [A]: body, [B]: body });
      const before = await store.snapshot();
      await retire(store, [A, B]);
      const first = await store.snapshot();
      await retire(store, [B, C]);
      const chain = await store.snapshot();
      await change(store, 'up_undo', (ssids) => ssids.undoRetirement(B, { ...ENTRY, why: 'twins' }));
      const { ssids } = store;
      const then = [before, first, chain, undefined];
      t.same(await Promise.all(then.map((snapshot) => ssids.activeOf(A, snapshot))), [A, B, C, B]);
      const former = (ssid: string) =>
        Promise.all(then.map(async (snapshot) => (await ssids.formerOf(ssid, snapshot)).map((one) => one.retired)));
      t.same(await former(B), [[], [A], [A], [A]]);
      t.same(await former(C), [[], [], [A, B], []]);
      const doubles = [
        { recordType: 'SENR', lea: LEA, holds: { source: 2, line: 1 }, replaced: { source: 1, line: 1 } },
      ];
      await change(store, 'up_2', (ssids) => ssids.retire({ ...retirement(B, C), moved: 2, doubles }));
      t.match((await ssids.retirements())[1], { retired: B, moved: 2, doubles }, 'what became of records stays known');
    })(),
  );

  t.test('an upload assigns numbers and says which records got them, all of it or nothing', (t) =>
    withStore(async (store) => {
      const given = { source: 1, line: 3, localID: 'L1', ssid: A, isNew: true };
      const fill = (fails: boolean, isNew: boolean) => async (writer: UploadWriter) => {
        const [one] = await writer.ssids.assign([request('L1')], from(9_900_000_001), ENTRY);
        t.same(one, { ssid: A, isNew });
        t.equal(await writer.ssids.givenBefore(request('L1')), A);
        t.equal(await writer.ssids.givenBefore(request('L2')), undefined);
        writer.ssids.keepGiven({ ...given, source: writer.source(0) });
        if (fails) throw new Error('failed');
        return { receivedAt: ENTRY.at, files: [] } as never;
      };
      const load = (id: string, fails: boolean, isNew = true) =>
        store.load({ id, sender: LEA, files: [{ name: 'a.txt' }] }, fill(fails, isNew));
      await t.rejects(load('up_1', true), /failed/);
      t.notOk(await store.ssids.wasIssued(A), 'an upload that fails gives none');
      await load('up_2', false);
      await load('up_3', false, false);
      const listed = (id: string, scope: readonly string[] = [LEA]) =>
        store.forLEAs(scope).numbersGiven(id, { limit: 9 });
      const [first, ...more] = await listed('up_2');
      t.match(first, { line: 3, localID: 'L1', ssid: A, isNew: true, file: 'a.txt' });
      t.same(more, []);
      t.same(await store.forLEAs([LEA]).numbersGiven('up_2', { offset: 1, limit: 9 }), []);
      t.same(await listed('up_2', ['1111111']), [], 'not of an upload out of scope');
      t.equal(
        (await store.ssids.sentWith([{ source: first?.source as number, line: 3 }]))[0],
        '',
        'it was sent without a number',
      );
      await put(store, 'up_4', { [A]: body, [B]: body });
      await retire(store, [A, B]);
      t.match(await listed('up_2'), [{ ssid: B }], 'the number that stands for it now');
    })(),
  );

  t.test('records that wait are one history, of nobody', (t) =>
    withStore(async (store) => {
      t.equal(await store.waiting(), undefined);
      await put(store, 'up_1', { '': body, [A]: body });
      t.match((await store.waiting())?.body(), 'SENR');
      t.equal(await store.forLEAs('all').history(''), undefined);
      await put(store, 'up_2', { '': '' });
      t.equal(await store.waiting(), undefined);
    })(),
  );

  t.test('of several that were retired together each is undone alone', (t) =>
    withStore(async (store) => {
      await put(store, 'up_1', { [A]: body, [B]: body, [C]: body });
      await retire(store, [A, C], [B, C]);
      const undo = async (id: string, ssid: string): Promise<unknown> =>
        store.load({ id, sender: 'all', files: [] }, async (writer) => {
          const { left } = await writer.ssids.undoRetirement(ssid, { ...ENTRY, why: `not ${ssid}` });
          // Whoever undoes writes what the replacement is without it.
          writer.put(C, recordsOf(`${body}${'\n'.repeat(left)}${left > 0 ? body : ''}`), new Set([LEA]));
          return { receivedAt: ENTRY.at, files: [] } as never;
        });
      await undo('up_2', A);
      t.same(
        (await store.ssids.retirements()).map(({ retired }) => retired),
        [B],
      );
      await undo('up_3', B);
      t.match(await store.ssids.undone(), [{ retired: B, undone: { why: `not ${B}` } }, { retired: A }]);
    })(),
  );

  t.test('several who assign at once give one student one number, and no number twice', async () => {
    const asked = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 1 })), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 4 }), fc.integer(), async (batches, seed) => {
        const store = await open();
        let state = seed;
        // Few numbers, so that several draw the same ones.
        const draw = (): string => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
          return String(9_900_000_000 + ((state >>> 16) % 64));
        };
        try {
          const given = new Map<string, string>();
          await Promise.all(
            batches.map(async (batch) => {
              await Promise.resolve();
              const requests = batch.map(([id, who]) => request(`L${id}`, String(who)));
              for (const [i, { ssid }] of (await store.ssids.assign(requests, draw, ENTRY)).entries()) {
                const key = JSON.stringify(batch[i]);
                if ((given.get(key) ?? ssid) !== ssid) throw new Error(`${key} has two numbers`);
                given.set(key, ssid);
              }
            }),
          );
          return new Set(given.values()).size === given.size;
        } finally {
          await store.close();
        }
      }),
      { numRuns: 30 },
    );
  });
}
