/** Two numbers of one student become one: what becomes of the records, and the way back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { extractFromStore } from '#pipeline/from-store';
import { loadFiles } from '#pipeline/load-files';
import { retireSSIDs, undoRetirement } from '#pipeline/retire-ssids';
import { asSent } from '#records/record';
import { loadRulebook } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { line, OTHER_LEA } from '../support/service.ts';

t.setTimeout(900_000);

const rulebook = loadRulebook();
const [OLD, NEXT] = ['9900000001', '9900000002'] as const;
const ENTRY = { at: '2026-03-02T08:00:00.000Z', by: 'key_1' };
const UNDONE = { ...ENTRY, why: 'twins' };
const RETIREMENT = { ...ENTRY, retired: OLD, replacement: NEXT, day: '20260302', why: 'one student' };
const START = { enrollmentStartDate: '20230815', schoolOfAttendance: '0199001' };

/** A store in which one student has two numbers, at one LEA with records of one key. */
async function started(t: Parameters<typeof folder>[0]) {
  const dir = folder(t);
  const storeDir = join(dir, 'store');
  const load = async (id: string, lines: readonly string[]): Promise<void> => {
    const path = join(dir, `${id}.txt`);
    writeFileSync(path, `${lines.join('\r\n')}\r\n`);
    await loadFiles({
      ...{ storeDir, id, sender: 'all', files: [{ name: `${id}.txt`, path }], rulebook, loadDay: '20260301' },
      receivedAt: ENTRY.at,
    });
  };
  await load('up_1', [
    line('SENR', { ssid: OLD, ...START, localRecordID: 'old' }),
    line('SELA', { ssid: OLD }),
    line('SENR', { ssid: NEXT, reportingLEA: OTHER_LEA, schoolOfAttendance: '0199009', localRecordID: 'elsewhere' }),
  ]);
  await load('up_2', [line('SENR', { ssid: NEXT, ...START, localRecordID: 'new' })]);
  const store = openSqliteStore(storeDir);
  t.teardown(() => store.close());
  const sent = async (ssid: string, snapshot?: number): Promise<readonly string[]> =>
    ((await store.forLEAs('all').history(ssid, snapshot))?.body() ?? '').split('\n').map(asSent);
  const extract = async (snapshot?: number): Promise<string> => {
    const out = join(dir, 'cenr.txt');
    const { sha256 } = await extractFromStore({
      ...{ storeDir, rulebook, snapshot, out, runDate: '20260303' },
      request: { reportingLEAs: 'all', academicYear: '2023-2024' },
    });
    return sha256;
  };
  const how = (id: string) => ({ store, rulebook, id, loadDay: '20260302' });
  return { store, load, sent, extract, how };
}

t.test('the records of both are one history; of two with one key the later one holds', async (t) => {
  const { store, sent, extract, how } = await started(t);
  const [snapshot, before, old] = [await store.snapshot(), await extract(), await sent(OLD)];
  const done = await retireSSIDs([RETIREMENT], how('up_3'));
  t.equal(done.moved, 2);
  t.match(done.doubles, [{ recordType: 'SENR', holds: { line: 1 }, replaced: { line: 1 } }]);
  const merged = await sent(NEXT);
  t.equal(merged.length, 3);
  t.ok(
    merged.every((record) => !record.includes(OLD) && record.includes(NEXT)),
    'all carry the active number',
  );
  t.same(
    merged.map((record) => record.split('^')[2]).filter((id) => id === 'old'),
    [],
    'the earlier one is gone',
  );
  t.same(await sent(OLD), [''], 'nobody has the retired number');
  t.equal((await store.ssids.sentWith([{ source: 1, line: 2 }]))[0], OLD, 'what a record was sent with stays known');
  t.equal((await store.ssids.sentWith([{ source: 1, line: 3 }]))[0], undefined);
  t.same(await sent(OLD, snapshot), old, 'as it was before');
  t.equal(await extract(snapshot), before, 'an extract of before is the same, byte for byte');
  t.not(await extract(), before);
});

t.test('undone, both are what they were', async (t) => {
  const { store, sent, extract, how } = await started(t);
  const [before, old, next] = [await extract(), await sent(OLD), await sent(NEXT)];
  await retireSSIDs([RETIREMENT], how('up_3'));
  await undoRetirement(OLD, UNDONE, how('up_4'));
  t.same([await sent(OLD), await sent(NEXT)], [old, next]);
  t.equal(await extract(), before);
  t.equal(await store.ssids.activeOf(OLD), OLD);
});

const THIRD = '9900000003';
const ENTRIES = 3;
const into = (retired: string, replacement: string) => ({ ...RETIREMENT, retired, replacement });

t.test('of a chain the last one is undone first, and then the others', async (t) => {
  const { store, sent, extract, how } = await started(t);
  const [before, old, next] = [await extract(), await sent(OLD), await sent(NEXT)];
  await retireSSIDs([RETIREMENT], how('up_3'));
  const joined = await sent(NEXT);
  await retireSSIDs([into(NEXT, THIRD)], how('up_4'));
  t.equal((await sent(THIRD)).length, ENTRIES);
  t.equal(
    (await store.ssids.sentWith([{ source: 1, line: 2 }]))[0],
    OLD,
    'the number of the file, not of the middle of the chain',
  );
  await t.rejects(undoRetirement(OLD, UNDONE, how('up_5')), /9900000002 was retired .* undo that first/);
  t.same([await sent(OLD), await sent(NEXT)], [[''], ['']], 'nothing is half undone');
  await undoRetirement(NEXT, UNDONE, how('up_6'));
  t.same([await sent(NEXT), await sent(THIRD)], [joined, ['']]);
  await undoRetirement(OLD, UNDONE, how('up_7'));
  t.same([await sent(OLD), await sent(NEXT)], [old, next]);
  t.equal(await extract(), before);
});

t.test('what was before is gone: it is said, and nothing is done', async (t) => {
  const { store, sent, how } = await started(t);
  await retireSSIDs([RETIREMENT], how('up_3'));
  const merged = await sent(NEXT);
  await store.forget(2, '2026-03-04T08:00:00.000Z');
  await t.rejects(undoRetirement(OLD, UNDONE, how('up_4')), {
    name: 'RetirementRefusedError',
    message: /was deleted with the old histories on 2026-03-04.* cannot be undone any more/,
  });
  t.same([await sent(OLD), await sent(NEXT)], [[''], merged]);
});

t.test('nothing is undone once somebody sent something for the replacement', async (t) => {
  const { load, sent, how } = await started(t);
  await retireSSIDs([RETIREMENT], how('up_3'));
  await load('up_4', [
    line('SENR', { ssid: NEXT, ...START, enrollmentStartDate: '20240901', academicYearID: '2024-2025' }),
  ]);
  const next = await sent(NEXT);
  await t.rejects(undoRetirement(OLD, UNDONE, how('up_5')), /were sent since/);
  t.same(await sent(NEXT), next);
});

t.test('a retirement that is refused changes nothing', async (t) => {
  const { store, sent, how } = await started(t);
  const [old, snapshot] = [await sent(OLD), await store.snapshot()];
  const circle = { ...RETIREMENT, retired: NEXT, replacement: OLD };
  await t.rejects(retireSSIDs([RETIREMENT, circle], how('up_3')), /circle/);
  t.same(await sent(OLD), old);
  t.equal(await store.snapshot(), snapshot);
  const two = await Promise.allSettled([retireSSIDs([RETIREMENT], how('up_4')), retireSSIDs([circle], how('up_5'))]);
  t.same(two.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'], 'of two at once one is done');
});

t.test('a line that comes with a retired number joins the replacement, or is rejected', async (t) => {
  const { store, load, sent, how } = await started(t);
  await retireSSIDs([RETIREMENT], how('up_3'));
  const later = { ssid: OLD, enrollmentStartDate: '20240815', academicYearID: '2024-2025' };
  await load('up_4', [
    line('SENR', { ...later, schoolOfAttendance: '0199001', localRecordID: 'later' }),
    line('SENR', { ...later, schoolOfAttendance: '0199002', studentBirthDate: '19991231' }),
    line('SELA', { ssid: OLD, englishLanguageAcquisitionStatusStartDate: '20240816' }),
    line('SENR', { ...later, ssid: NEXT, schoolOfAttendance: '0199003' }),
  ]);
  const report = await store.forLEAs('all').upload('up_4');
  t.same(report?.counts, { added: 3, replaced: 0, deleted: 0, notUsed: 0, rejected: 1 });
  t.match(report?.problemCounts ?? {}, { SSID0003: 2, SENR0008: 1 });
  t.same(await sent(OLD), [''], 'the retired number has no history');
  const merged = await sent(NEXT);
  t.ok(merged.some((record) => record.includes('later')));
  t.ok(merged.every((record) => !record.includes(OLD)));
  const sentWith = await store.ssids.sentWith([1, 2, 3, 4, 5].map((source) => ({ source, line: 1 })));
  const source = sentWith.lastIndexOf(OLD) + 1;
  t.equal((await store.ssids.sentWith([{ source: source, line: 3 }]))[0], OLD);
  t.equal((await store.ssids.sentWith([{ source: source, line: 4 }]))[0], undefined);
});

t.test('a record is deleted by the retired number too; of many lines the same becomes', async (t) => {
  const { store, load, sent, how } = await started(t);
  await retireSSIDs([RETIREMENT], how('up_3'));
  const before = (await sent(NEXT)).length;
  await load('up_4', [line('SELA', { ssid: OLD, transactionTypeCode: 'D' })]);
  t.equal((await sent(NEXT)).length, before - 1);
  // So many that threads read them.
  const many = Array.from({ length: 25_000 }, (_, i) =>
    line('SENR', { ...START, ssid: String(9_910_000_000 + i), schoolOfAttendance: '0199001', localRecordID: `r${i}` }),
  );
  await load('up_5', [
    ...many,
    line('SENR', { ssid: OLD, ...START, enrollmentStartDate: '20240815', academicYearID: '2024-2025' }),
  ]);
  t.equal((await store.forLEAs('all').upload('up_5'))?.problemCounts['SSID0003'], 1);
  t.equal((await sent(NEXT)).length, before);
  t.same(await sent(OLD), ['']);
});

t.test('of several that were retired together each is undone alone, with its reason', async (t) => {
  const { store, load, sent, extract, how } = await started(t);
  const [THIRD, FOURTH] = ['9900000003', '9900000004'] as const;
  await load('up_b', [
    line('SENR', { ssid: THIRD, ...START, schoolOfAttendance: '0199002', localRecordID: 'third' }),
    line('SENR', { ssid: FOURTH, ...START, schoolOfAttendance: '0199003', localRecordID: 'fourth' }),
  ]);
  const bodies = async () =>
    Object.fromEntries(await Promise.all([OLD, NEXT, THIRD, FOURTH].map(async (ssid) => [ssid, await sent(ssid)])));
  const [before, all] = [await extract(), await bodies()];
  const to = (retired: string, replacement: string) => ({ ...RETIREMENT, retired, replacement });
  // THIRD stands for FOURTH, and NEXT for both and for OLD.
  await retireSSIDs([to(FOURTH, THIRD), to(OLD, NEXT), to(THIRD, NEXT)], how('up_c'));
  t.equal((await sent(NEXT)).length, 5);
  await undoRetirement(FOURTH, { ...UNDONE, why: 'a brother' }, how('up_d'));
  t.same([await sent(FOURTH), await sent(THIRD)], [all[FOURTH], ['']], 'the one in the middle stays retired');
  t.equal((await sent(NEXT)).length, 4);
  t.equal(await store.ssids.activeOf(THIRD), NEXT);
  t.equal((await store.ssids.sentWith([{ source: 1, line: 1 }]))[0], OLD);
  await undoRetirement(OLD, { ...UNDONE, why: 'twins' }, how('up_e'));
  t.same(await sent(OLD), all[OLD], 'and what it lost to a record with its key is there again');
  await undoRetirement(THIRD, UNDONE, how('up_f'));
  t.same(await bodies(), all);
  t.equal(await extract(), before);
  t.match(await store.ssids.undone(), [
    { retired: THIRD },
    { undone: { why: 'twins' } },
    { undone: { why: 'a brother' } },
  ]);
});

t.test('a number whose replacement was retired later, or got records, is not undone alone', async (t) => {
  const { load, how } = await started(t);
  const [THIRD, FOURTH] = ['9900000003', '9900000004'] as const;
  const to = (retired: string, replacement: string) => ({ ...RETIREMENT, retired, replacement });
  await load(
    'up_b',
    [THIRD, FOURTH].map((ssid) => line('SENR', { ssid, ...START })),
  );
  await retireSSIDs([to(OLD, NEXT)], how('up_c'));
  await retireSSIDs([to(NEXT, THIRD), to(FOURTH, THIRD)], how('up_d'));
  await t.rejects(undoRetirement(OLD, UNDONE, how('up_e')), /undo that first/);
  await load('up_f', [
    line('SENR', { ssid: THIRD, ...START, enrollmentStartDate: '20240901', academicYearID: '2024-2025' }),
  ]);
  await t.rejects(undoRetirement(FOURTH, UNDONE, how('up_g')), /were sent since/);
});
