/** Numbers for enrollments that come without one: as part of their upload, once for each student; records that wait. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { loadFiles } from '#pipeline/load-files';
import { loadUpload } from '#pipeline/load-upload';
import { waitingRecords } from '#pipeline/waiting-records';
import { asSent } from '#records/record';
import { loadRulebook } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { LEA, line, OTHER_LEA } from '../support/service.ts';

t.setTimeout(900_000);

const rulebook = loadRulebook();
const SEED = { seed: 'a seed', by: 'a key' };

function started(t: Test) {
  const dir = folder(t);
  const storeDir = join(dir, 'store');
  const store = openSqliteStore(storeDir);
  t.teardown(() => store.close());
  let uploads = 0;
  const how = (lines: readonly string[], assign = true, sender = 'all', loadDay = '20260301') => {
    const id = `up_${++uploads}`;
    const path = join(dir, `${id}.txt`);
    writeFileSync(path, `${lines.join('\r\n')}\r\n`);
    return {
      ...{ storeDir, id, sender, files: [{ name: `${id}.txt`, path }], rulebook, loadDay },
      ...{ receivedAt: '2026-03-01T08:00:00.000Z', ...(assign && { assignBlanks: { ...SEED, seed: id } }) },
    };
  };
  const load = (...asked: Parameters<typeof how>) => loadFiles(how(...asked));
  const loadAtOnce = (...asked: Parameters<typeof how>) => loadUpload(how(...asked));
  const given = (id: string) => store.forLEAs('all').numbersGiven(id, { limit: 100 });
  const sent = async (ssid: string): Promise<readonly string[]> =>
    ((await store.forLEAs('all').history(ssid))?.body() ?? '').split('\n').map(asSent);
  return { store, how, load, loadAtOnce, given, sent, waiting: () => waitingRecords(store, rulebook, 'all') };
}

const blank = (changes: Readonly<Record<string, string>> = {}): string => line('SENR', { ssid: '', ...changes });

t.test('each student gets a number, once; what has one, or is no enrollment, is as ever', async (t) => {
  const { load, given, sent, store, waiting } = started(t);
  const upload = await load([
    blank({ localStudentID: 'L1' }),
    line('SENR', { ssid: '9900000001', localStudentID: 'L9' }),
    blank({ localStudentID: 'L1', schoolOfAttendance: '7654322', enrollmentStartDate: '20240201' }),
    blank({ localStudentID: 'L2' }),
    blank({ localStudentID: 'L3', studentBirthDate: '20119999' }),
    line('SINF', { ssid: '', localStudentID: 'L1' }),
    blank({ localStudentID: 'L4', transactionTypeCode: 'D' }),
  ]);
  t.match(upload, { assigned: { drawn: 2, before: 1, joined: 0 }, counts: { added: 4, rejected: 3 } });
  t.match(upload.problemCounts, { FRMT0002: 1, GERR0001: 1 });
  t.notOk('SSID0002' in upload.problemCounts, 'no line waits');
  const numbers = await given('up_1');
  t.match(numbers, [
    { line: 1, localID: 'L1', isNew: true, file: 'up_1.txt', ssid: /^99\d{8}$/ },
    { line: 3, localID: 'L1', isNew: false, ssid: numbers[0]?.ssid },
    { line: 4, localID: 'L2', isNew: true },
  ]);
  t.equal(numbers.length, 3);
  t.equal((await sent(numbers[0]?.ssid as string)).length, 2);
  t.equal((await store.ssids.sentWith([{ source: 1, line: 1 }]))[0], '', 'it was sent without a number');
  t.same(await waiting(), []);
  t.same(await store.forLEAs([LEA]).numbersGiven('up_1', { limit: 9 }), [], 'not of an upload out of scope');

  const again = await load([blank({ localStudentID: 'L1' }), blank({ localStudentID: 'L2', gradeLevelCode: '06' })]);
  t.match(again, { assigned: { drawn: 0, before: 2 }, counts: { added: 0, replaced: 2 } });
  t.same(
    (await given('up_2')).map(({ ssid }) => ssid),
    [numbers[0]?.ssid, numbers[2]?.ssid],
    'the numbers of then',
  );
});

t.test('unless it is asked to, an upload assigns nothing; what waits joins its student later', async (t) => {
  const { load, given, sent, waiting } = started(t);
  const waited = await load([blank({ localStudentID: 'L1' }), blank({ localStudentID: 'L2' })], false);
  t.match(waited, { assigned: undefined, counts: { added: 2 }, problemCounts: { SSID0002: 2 } });
  t.match(await waiting(), [
    { source: 1, line: 1, enrollment: { localID: 'L1' } },
    { source: 1, line: 2, enrollment: { localID: 'L2' } },
  ]);
  const other = await load([blank({ localStudentID: 'L9', reportingLEA: OTHER_LEA })], true, OTHER_LEA);
  t.match(other.assigned, { drawn: 1, joined: 0 });
  t.equal((await waiting()).length, 2, 'of another LEA nothing joins');

  const later = { localStudentID: 'L1', enrollmentStartDate: '20240901', academicYearID: '2024-2025' };
  const upload = await load([blank(later)]);
  t.match(upload.assigned, { drawn: 1, before: 0, joined: 1 });
  const [{ ssid } = { ssid: '' }] = await given('up_3');
  t.equal((await sent(ssid)).length, 2, 'the record that waited is part of the history');
  t.match(await given('up_1'), [{ line: 1, localID: 'L1', ssid, isNew: false }], 'and its upload says so');
  t.match(await waiting(), [{ line: 2 }]);

  // The same record again, with a correction: one record, and the day of its first upload.
  const { problemCounts } = await load(
    [blank({ localStudentID: 'L2', gradeLevelCode: '06' })],
    true,
    'all',
    '20260401',
  );
  t.notOk('SSID0002' in problemCounts);
  const [corrected] = await given('up_4');
  const [record, ...more] = await sent(corrected?.ssid as string);
  t.match(record, /\^06\^/);
  t.same(more, []);
  t.same(await waiting(), []);
});

t.test('large uploads do it in threads, to the same end', async (t) => {
  const { load, given, store, waiting } = started(t);
  await load([blank({ localStudentID: 'L7' })], false);
  const lines = Array.from({ length: 25_000 }, (_, i) =>
    i % 100 === 7 ? blank({ localStudentID: `L${i}` }) : line('SENR', { ssid: String(9_910_000_000 + i) }),
  );
  const { assigned, counts, problemCounts } = await load(lines);
  t.same(assigned, { drawn: 250, before: 0, joined: 1 });
  t.equal(counts.added, 25_000);
  t.notOk('SSID0002' in problemCounts);
  t.equal((await given('up_2')).length, 100);
  t.equal(await store.forLEAs('all').students(), 25_000);
  t.same(await waiting(), []);
});

t.test('nothing is assigned when the upload fails', async (t) => {
  const { how, load, given, store } = started(t);
  const signal = AbortSignal.abort(new Error('stopped'));
  await t.rejects(loadFiles({ ...how([blank()]), signal }), /stopped/);
  const upload = await load([blank()]);
  t.match(upload.assigned, { drawn: 1 }, 'drawn now');
  t.equal((await given('up_2')).length, 1);
  t.equal(await store.snapshot(), 1);
});

t.test('however lines are parted into uploads, one student has one number, and nobody else has it', async (t) => {
  const student = fc.record({ id: fc.integer({ min: 0, max: 3 }), name: fc.constantFrom('Ana', 'Ben') });
  const uploads = fc.array(
    fc.record({ lines: fc.array(student, { minLength: 1, maxLength: 5 }), assigns: fc.boolean() }),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(uploads, async (all) => {
      const { load, given, waiting } = started(t);
      const numbers = new Map<string, Set<string>>();
      const asking = new Set<string>();
      let waits = new Set<string>();
      for (const { lines, assigns } of all) {
        const texts = lines.map(({ id, name }) =>
          blank({
            ...{ localStudentID: `L${id}`, studentLegalFirstName: name },
            // A record that waits is known by school, start and local student ID.
            schoolOfAttendance: name === 'Ana' ? '7654321' : '7654322',
          }),
        );
        const { id: upload } = await load(texts, assigns);
        for (const { id, name } of lines) (assigns ? asking : waits).add(`${id} ${name}`);
        if (assigns) waits = waits.difference(asking);
        for (const { line: at, ssid } of await given(upload)) {
          const { id, name } = lines[at - 1] as (typeof lines)[number];
          const key = `${id} ${name}`;
          numbers.set(key, (numbers.get(key) ?? new Set()).add(ssid));
        }
      }
      const sets = [...numbers.values()];
      t.ok(sets.every(({ size }) => size === 1));
      t.equal(new Set(sets.flatMap((of) => [...of])).size, numbers.size);
      for (const one of asking) t.ok(numbers.has(one));
      const stillWaits = (await waiting()).map(({ enrollment: e, described: d }) => `${e.localID.slice(1)} ${d.first}`);
      t.same([...new Set(stillWaits)].sort(), [...waits].sort());
    }),
    { numRuns: 8 },
  );
});

t.test('two uploads at once for one student get one number', async (t) => {
  const { loadAtOnce, given, sent } = started(t);
  const uploads = await Promise.all([1, 2, 3].map(() => loadAtOnce([blank({ localStudentID: 'L1' })])));
  t.equal(
    uploads.reduce((sum, { assigned }) => sum + (assigned?.drawn ?? 0), 0),
    1,
    'drawn once',
  );
  const numbers = (await Promise.all(uploads.map(({ id }) => given(id)))).flat();
  t.equal(numbers.length, 3);
  t.equal(new Set(numbers.map(({ ssid }) => ssid)).size, 1);
  t.equal((await sent(numbers[0]?.ssid as string)).length, 1);
});
