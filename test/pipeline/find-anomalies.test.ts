/** What looks wrong in a store: the whole of it, after uploads, in threads, and numbers that are retired. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { type FindOptions, findAnomalies } from '#pipeline/find-anomalies';
import { loadFiles } from '#pipeline/load-files';
import { solveByRetiring } from '#pipeline/solve-anomaly';
import { loadRulebook } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { line, OTHER_LEA } from '../support/service.ts';

t.setTimeout(900_000);

const rulebook = loadRulebook();
const [A, B, C] = ['9900000001', '9900000002', '9900000003'] as const;
const AT = '2026-03-02T08:00:00.000Z';
const JONATHAN = {
  studentLegalFirstName: 'Jonathan',
  studentLegalMiddleName: 'Rafael',
  studentLegalLastName: 'Santiago',
  studentBirthDate: '20130401',
  enrollmentStartDate: '20230815',
};
const MARIA = {
  ...JONATHAN,
  studentLegalFirstName: 'Maria',
  studentLegalLastName: 'Keller',
  studentBirthDate: '20120909',
};
const ELSEWHERE = { reportingLEA: OTHER_LEA, schoolOfAttendance: '0199009' };

function started(t: Parameters<typeof folder>[0]) {
  const dir = folder(t);
  const storeDir = join(dir, 'store');
  const store = openSqliteStore(storeDir);
  t.teardown(() => store.close());
  let uploads = 0;
  const load = async (...lines: readonly string[]): Promise<void> => {
    const id = `up_${++uploads}`;
    const path = join(dir, `${id}.txt`);
    writeFileSync(path, `${lines.join('\r\n')}\r\n`);
    await loadFiles({
      ...{ storeDir, id, sender: 'all', files: [{ name: `${id}.txt`, path }], rulebook, loadDay: '20260301' },
      receivedAt: AT,
    });
  };
  const find = (more: Partial<FindOptions> = {}) =>
    findAnomalies({ ...{ store, storeDir, rulebook, day: '20260302', at: AT, by: 'key_1' }, ...more });
  const how = (id: string) => ({ store, rulebook, id, loadDay: '20260302' });
  const open = () => store.anomalies.list('all', { state: 'open' });
  return { store, load, find, how, open };
}

t.test('the kinds, with the records that make them and what each side can do', async (t) => {
  const { load, find, open } = started(t);
  await load(
    line('SENR', { ssid: A, ...JONATHAN }),
    line('SENR', {
      ssid: B,
      ...JONATHAN,
      ...ELSEWHERE,
      studentLegalFirstName: 'Jonathon',
      enrollmentStartDate: '20220815',
    }),
    line('SENR', { ssid: C, ...MARIA }),
    line('SENR', { ssid: C, ...MARIA, ...ELSEWHERE, enrollmentStartDate: '20240101' }),
  );
  t.match(await find(), { opened: 2, students: 3, sinceLast: false });
  const [cce, mid] = [...(await open())].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  t.match(cce, {
    kind: 'CCE',
    sides: [
      { ssid: C, lea: OTHER_LEA, start: '20240101' },
      { ssid: C, start: '20230815' },
    ],
  });
  t.match(
    cce?.sides.map(({ todo }) => todo),
    [/agree with LEA \d{7} on the dates/, new RegExp(OTHER_LEA)],
  );
  t.match(mid, { kind: 'MID', scores: [{ a: A, b: B, score: 91.2 }] });
  t.same(
    mid?.sides.map(({ ssid }) => ssid),
    [B, A],
    'the number with the oldest enrollment comes first',
  );
  t.same(await find(), { opened: 0, openedAgain: 0, resolved: 0, open: 2, students: 0, sinceLast: true, crowded: 0 });
});

t.test('different students who were reviewed stay so until their records change', async (t) => {
  const { store, load, find, open } = started(t);
  await load(line('SENR', { ssid: A, ...JONATHAN }), line('SENR', { ssid: B, ...JONATHAN }));
  await find();
  const [pair] = await open();
  await store.anomalies.change('all', pair?.id ?? '', { at: AT, by: 'key_1', state: 'reviewed', why: 'cousins' });
  await find({ everybody: true });
  t.same(await open(), []);
  await load(line('SENR', { ssid: C, ...JONATHAN }));
  await find();
  t.same(
    (await open()).map(({ sides }) => sides.length),
    [3],
    'both may be the third one',
  );
  t.equal((await store.anomalies.get('all', pair?.id ?? ''))?.state, 'reviewed');
  await load(line('SENR', { ssid: B, ...JONATHAN, studentLegalMiddleName: '', enrollmentStartDate: '20240815' }));
  await find();
  t.equal((await store.anomalies.get('all', pair?.id ?? ''))?.state, 'resolved', 'the set of three holds them');
  t.same(
    (await open()).map(({ scores }) => scores?.length),
    [3],
    'and their pair counts again',
  );
});

t.test('an anomaly of several numbers is solved by retiring all but one', async (t) => {
  const { store, load, find, how, open } = started(t);
  await load(
    line('SENR', { ssid: A, ...JONATHAN }),
    line('SENR', {
      ssid: B,
      ...JONATHAN,
      ...ELSEWHERE,
      enrollmentStartDate: '20210815',
      enrollmentExitDate: '20220610',
      studentExitReasonCode: 'T160',
    }),
  );
  await find();
  const pair = (await open()).find(({ kind }) => kind === 'MID');
  const entry = { at: AT, by: 'key_1', why: 'agreed' };
  const own = [OTHER_LEA];
  await t.rejects(solveByRetiring(own, pair?.id ?? '', entry, how('up_x')), /another LEA/);
  t.equal(await solveByRetiring(['0000000'], pair?.id ?? '', entry, how('up_x')), undefined, 'out of scope');
  const solved = await solveByRetiring('all', pair?.id ?? '', entry, how('up_retire'));
  t.match(solved?.anomaly, { state: 'resolved', entries: [{}, { why: `${A} retired in favor of ${B}: agreed` }] });
  t.equal(await store.ssids.activeOf(A), B);
  await find();
  t.notOk((await open()).some(({ kind }) => kind === 'MID'));
  await t.rejects(solveByRetiring('all', pair?.id ?? '', entry, how('up_y')), /only an open one/);
});

const SSIDS = [A, B, C, '9900000004', '9900000005'];
const FIRSTS = ['Jonathan', 'Jonathon', 'Valentina', 'Jonatan'];
const anyLine = fc
  .record({
    ssid: fc.constantFrom(...SSIDS),
    studentLegalFirstName: fc.constantFrom(...FIRSTS),
    studentLegalMiddleName: fc.constantFrom('Rafael', ''),
    studentBirthDate: fc.constantFrom('20130401', '20130402', '20140401'),
    enrollmentStartDate: fc.constantFrom('20230815', '20240815'),
    elsewhere: fc.boolean(),
    leaves: fc.constantFrom('', 'E140', 'T160'),
  })
  .map(({ elsewhere, leaves, ...columns }) =>
    line('SENR', {
      ...JONATHAN,
      ...columns,
      ...(elsewhere && ELSEWHERE),
      ...(leaves && { enrollmentExitDate: '20250110', studentExitReasonCode: leaves }),
    }),
  );

t.test('after uploads the same is open as in a search of everybody, in threads as well', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyLine, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 }),
      async (uploads) => {
        const { load, find, open } = started(t);
        for (const lines of uploads) {
          await load(...lines);
          await find();
        }
        const after = (await open()).map(({ id, fingerprint, scores }) => ({ id, fingerprint, scores }));
        await find({ everybody: true });
        const all = (await open()).map(({ id, fingerprint, scores }) => ({ id, fingerprint, scores }));
        if (JSON.stringify(after) !== JSON.stringify(all))
          throw new Error(`${JSON.stringify(after)}\n${JSON.stringify(all)}`);
      },
    ),
    { numRuns: 12 },
  );
  const { load, find } = started(t);
  await load(...uploadsOfAll());
  const one = await find({ workers: 0, everybody: true });
  const several = await find({ workers: 2, everybody: true });
  t.same([several.opened, several.resolved, several.open], [0, 0, one.open]);
  t.ok(one.open > 0);
});

const uploadsOfAll = (): string[] => SSIDS.map((ssid) => line('SENR', { ssid, ...JONATHAN }));

t.test('a large set is searched whole again when one of it changes', async (t) => {
  const { load, find, open } = started(t);
  const numbers = Array.from({ length: 60 }, (_, i) => String(9_900_000_101 + i));
  await load(...numbers.map((ssid) => line('SENR', { ssid, ...JONATHAN })));
  await find();
  t.same(
    (await open()).map(({ sides }) => sides.length),
    [60],
  );
  await load(line('SENR', { ssid: numbers[30] ?? '', ...MARIA, enrollmentStartDate: '20240815' }));
  t.match(await find(), { sinceLast: false, students: 60 }, 'of a large set not every pair is known');
  t.same(
    (await open()).filter(({ scores }) => scores).map(({ sides }) => sides.length),
    [59],
  );
});
