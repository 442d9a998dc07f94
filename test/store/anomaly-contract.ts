/** What every store must do with anomalies: keep what was found, and what became of it. */
import type { Test } from 'tap';
import type { LEAScope } from '#records/scope';
import { type AnomalyEntry, type AnomalySide, AnomalyStateError, type FoundAnomaly, shownTo } from '#store/anomalies';
import type { Store } from '#store/store';
import { recordsOf } from '../support/stored.ts';

const [A, B] = ['9900000001', '9900000002'] as const;
const [OWN, OTHER] = ['9900001', '9900002'] as const;
const AT = '2026-03-02T08:00:00.000Z';

const side = (ssid: string, lea: string, change: Partial<AnomalySide> = {}): AnomalySide => ({
  ...{ ssid, lea, school: `${lea.slice(-1)}000001`, localID: `local ${lea}` },
  ...{ start: '20230815', exit: '20240610', exitReason: 'E140', todo: `what ${lea} can do` },
  ...change,
});
const found = (id: string, change: Partial<FoundAnomaly> = {}): FoundAnomaly => ({
  ...{ id, kind: 'CCE', code: 'CCE0001', title: 'Concurrent', says: 'They overlap.', fingerprint: 'f1' },
  sides: [side(A, OWN), side(A, OTHER)],
  ...change,
});
const search = (upload: number) => ({ upload, rulebookHash: 'h', day: '20260302', at: AT, by: 'search' });
const entry = (state: AnomalyEntry['state'], why: string): AnomalyEntry => ({ at: AT, by: 'key_1', state, why });

const put = (store: Store, id: string, bodies: Readonly<Record<string, string>>): Promise<unknown> =>
  store.load({ id, sender: 'all', files: [] }, async (writer) => {
    for (const [ssid, body] of Object.entries(bodies))
      writer.put(ssid, recordsOf(body), new Set(body === '' ? [] : [OWN]));
    return { receivedAt: AT, files: [] } as never;
  });

/**
 * @param open a new store
 * @param body a student's kept lines
 */
export function anomalyContract(t: Test, open: () => Promise<Store>, body: string): void {
  const withStore = (name: string, work: (t: Test, store: Store) => unknown) =>
    t.test(name, async (t) => {
      const store = await open();
      try {
        await work(t, store);
      } finally {
        await store.close();
      }
    });

  withStore('what is found is open; what is not found any more is resolved', async (t, { anomalies }) => {
    t.equal(await anomalies.lastSearch(), undefined);
    t.same(await anomalies.keep(search(1), [found('a'), found('b')]), {
      opened: 2,
      openedAgain: 0,
      resolved: 0,
      open: 2,
    });
    t.same(await anomalies.lastSearch(), search(1));
    t.same(await anomalies.keep(search(2), [found('a')]), { opened: 0, openedAgain: 0, resolved: 1, open: 1 });
    const gone = await anomalies.get('all', 'b');
    t.equal(gone?.state, 'resolved');
    t.same(
      gone?.entries.map(({ state, by }) => [state, by]),
      [
        ['open', 'search'],
        ['resolved', 'search'],
      ],
    );
    t.same(await anomalies.keep(search(2), [found('b')], new Set([B])), {
      opened: 0,
      openedAgain: 1,
      resolved: 0,
      open: 2,
    });
    await t.rejects(() => anomalies.keep(search(1), []), /later upload/, 'of an earlier state of the store');
  });

  withStore('only those of whom the search looked at are resolved', async (t, { anomalies }) => {
    await anomalies.keep(search(1), [found('a'), found('b', { sides: [side(B, OWN)] })]);
    t.equal((await anomalies.keep(search(2), [], new Set([B]))).resolved, 1);
    t.equal((await anomalies.get('all', 'a'))?.state, 'open');
    t.equal((await anomalies.get('all', 'b'))?.state, 'resolved');
  });

  withStore('reviewed as correct, until its records change', async (t, { anomalies }) => {
    await anomalies.keep(search(1), [found('a')]);
    const reviewed = await anomalies.change('all', 'a', entry('reviewed', 'both are right'));
    t.match(reviewed, { state: 'reviewed', entries: [{}, { by: 'key_1', at: AT, why: 'both are right' }] });
    await t.rejects(() => anomalies.change('all', 'a', entry('reviewed', 'again')), AnomalyStateError);
    t.equal((await anomalies.keep(search(2), [found('a')])).openedAgain, 0);
    t.equal((await anomalies.get('all', 'a'))?.state, 'reviewed');
    t.equal((await anomalies.keep(search(3), [found('a', { fingerprint: 'f2' })])).openedAgain, 1);
    t.match(await anomalies.get('all', 'a'), { state: 'open', fingerprint: 'f2' });
    await anomalies.change('all', 'a', entry('resolved', 'exited'));
    await t.rejects(() => anomalies.change('all', 'a', entry('reviewed', 'x')), AnomalyStateError);
  });

  withStore('a scope sees what has a side of its own, and counts its own sides', async (t, { anomalies }) => {
    await anomalies.keep(search(1), [found('a'), found('b', { kind: 'ERD', sides: [side(B, OTHER)] })]);
    t.same(
      (await anomalies.list([OWN], {})).map(({ id }) => id),
      ['a'],
    );
    t.same(
      (await anomalies.list([OTHER], {})).map(({ id }) => id),
      ['a', 'b'],
    );
    t.same(
      (await anomalies.list('all', { kind: 'ERD' })).map(({ id }) => id),
      ['b'],
    );
    t.same(
      (await anomalies.list('all', { limit: 1, after: 'a' })).map(({ id }) => id),
      ['b'],
    );
    t.same(
      (await anomalies.list('all', { lea: OWN })).map(({ id }) => id),
      ['a'],
    );
    t.same(await anomalies.list([OWN], { lea: OTHER }), [], 'a filter opens nothing');
    t.same(await anomalies.list([OWN], { school: '2000001' }), [], "nor does another LEA's school");
    t.same(
      (await anomalies.list([OTHER], { school: '2000001' })).map(({ id }) => id),
      ['a', 'b'],
    );
    t.equal(await anomalies.get([OWN], 'b'), undefined);
    t.equal(await anomalies.change([OWN], 'b', entry('reviewed', 'x')), undefined);
    t.equal((await anomalies.get('all', 'b'))?.state, 'open');
    t.same(await anomalies.counts([OWN]), [{ kind: 'CCE', lea: OWN, school: '1000001', state: 'open', count: 1 }]);
    t.equal((await anomalies.counts('all')).length, 3);
    const total = async (scope: LEAScope) =>
      (await anomalies.kindCounts(scope)).reduce((sum, { count }) => sum + count, 0);
    t.equal(await total('all'), (await anomalies.list('all', {})).length, 'by kind each counts once');
    t.equal(await total([OWN]), (await anomalies.list([OWN], {})).length);
  });

  withStore("of another LEA's side nothing is shown but its code and days", (t) => {
    const pair = found('m', {
      sides: [side(A, OWN), side(B, OTHER)],
      scores: [{ a: A, b: B, score: 91, points: 91, near: false }],
    });
    const text = JSON.stringify(shownTo(pair, [OWN]));
    for (const secret of [B, 'local 9900002', '2000001', 'what 9900002 can do', 'f1']) t.notMatch(text, secret);
    t.same(shownTo(pair, [OWN]).sides[0], pair.sides[0]);
    t.match(shownTo(pair, [OWN]).sides[1], { lea: OTHER, start: '20230815', exit: '20240610', exitReason: '' });
    t.equal(shownTo(found('c'), [OWN]).sides[1]?.ssid, A, 'its own student it knows by number');
    t.equal(shownTo(pair, 'all'), pair);
    t.equal(shownTo(pair, [OWN]).says, 'They overlap.');
    t.equal(shownTo(pair, [OTHER]).says, 'Concurrent', 'what is said of the record examined may hold its values');
  });

  withStore('who changed after an upload, whoever is gone among them', async (t, store) => {
    await put(store, 'up_1', { [A]: body, [B]: body });
    t.same(await store.anomalies.changedAfter(0), [A, B]);
    t.same(await store.anomalies.changedAfter(1), []);
    await put(store, 'up_2', { [B]: '' });
    t.same(await store.anomalies.changedAfter(1), [B]);
    await put(store, 'up_3', { [A]: `${body}\n${body}` });
    t.same(await store.anomalies.changedAfter(2), [A]);
    t.same(await store.anomalies.changedAfter(1), [A, B]);
  });
}
