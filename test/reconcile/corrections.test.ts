/**
 * Correction files do what they say: loaded here, our rows become the state's; loaded into the state's records, its rows
 * become ours. Students whose list says that something has to be looked up, or that there is no line, are told apart.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CorrectionFiles, isCorrectionFile, REASONS } from '#pipeline/correction-files';
import { extractFromStore } from '#pipeline/from-store';
import { readGenerations } from '#pipeline/generations';
import { loadFiles } from '#pipeline/load-files';
import { type Reconciled, reconcile } from '#pipeline/reconcile';
import { CauseWords } from '#reconcile/cause-words';
import type { ShownRow } from '#reconcile/findings-list';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { type Line, REQUEST, RUN_DATE, randomFrom, SEEDS, sampleStudents } from './seeds.ts';

t.setTimeout(900_000);

const ROUNDS = Number(process.env['CENR_RECONCILE_RUNS'] ?? 2);

/** Two stores whose records differ in one way for many students. */
interface Sides {
  readonly ours: string;
  readonly theirs: string;
  readonly dir: string;
}

let uploads = 0;

async function load(dir: string, storeDir: string, texts: Readonly<Record<string, string>>): Promise<number> {
  const from = join(dir, `upload-${++uploads}`);
  mkdirSync(from);
  const files = Object.entries(texts).map(([name, text]) => {
    writeFileSync(join(from, name), text);
    return { name, path: join(from, name) };
  });
  const { counts } = await loadFiles({
    ...{ storeDir, id: `up_${uploads}`, sender: 'all', files, temporaryDir: from, rulebook: shipped },
    ...{ receivedAt: '2026-07-15T10:00:00Z', loadDay: RUN_DATE, references: [] },
  });
  return counts.rejected;
}

const textOf = (lines: readonly Line[]): string => lines.map((line) => `${line.join('^')}\r\n`).join('');

/** Every student gets one seed, in turn. */
async function sides(t: Test): Promise<Sides> {
  const dir = folder(t);
  const random = randomFrom(77);
  const students = sampleStudents(SEEDS.length * ROUNDS * 2, 11);
  const [ours, theirs]: [Line[], Line[]] = [[], []];
  for (const [i, { lines }] of students.entries()) {
    const seed = SEEDS[i % SEEDS.length] as (typeof SEEDS)[number];
    const at = lines.findLastIndex((line) => line[0] === seed.recordType);
    const line = at < 0 || seed.notHere ? undefined : seed.theirs?.(lines[at] as Line, random);
    const isGone = seed.name.endsWith('not there');
    ours.push(...(seed.notHere ? lines.filter((_, place) => place !== at) : lines));
    theirs.push(...(line ? lines.with(at, line) : isGone ? lines.filter((_, place) => place !== at) : lines));
  }
  const made = { ours: join(dir, 'ours'), theirs: join(dir, 'theirs'), dir };
  await load(dir, made.ours, { 'lines.txt': textOf(ours) });
  await load(dir, made.theirs, { 'lines.txt': textOf(theirs) });
  return made;
}

interface Found {
  readonly rows: readonly ShownRow[];
  readonly outcome: Reconciled;
  /** By name. */
  readonly corrections: ReadonlyMap<string, string>;
}

async function reconciled({ dir, ours, theirs }: Sides): Promise<Found> {
  const at = join(dir, `found-${++uploads}`);
  mkdirSync(join(at, 'work'), { recursive: true });
  const path = join(at, 'CENR.txt');
  await extractFromStore({
    ...{ storeDir: theirs, rulebook: shipped, request: REQUEST, runDate: RUN_DATE, columns: '50', out: path },
    workers: 0,
  });
  const drafts = await CorrectionFiles.in(join(at, 'drafts'), new CauseWords(shipped));
  const rows: ShownRow[] = [];
  const outcome = await reconcile({
    ...{ path, storeDir: ours, rulebook: shipped, generations: readGenerations(), asked: REQUEST, runDate: RUN_DATE },
    ...{ today: RUN_DATE, temporaryDir: join(at, 'work'), fileOf: () => undefined },
    onRow: async (row) => void rows.push(row),
    onCorrections: (of) => drafts.add(of),
  });
  await drafts.finish(outcome.numberOf);
  const names = readdirSync(join(at, 'drafts'));
  return {
    rows,
    outcome,
    corrections: new Map(names.map((name) => [name, readFileSync(join(at, 'drafts', name), 'utf8')])),
  };
}

const differingSSIDs = (rows: readonly ShownRow[]): Set<string> =>
  new Set(rows.map(({ row }) => row['ssid'] as string));

/** Students of whom the list names something to look up, another cause, or that there is no line, for a draft. */
function notReady(reasons: string, draft: string): Set<string> {
  const lines = reasons.split('\r\n').slice(1).filter(Boolean);
  return new Set(
    lines.flatMap((line) => {
      const [when = '', file, , ssid = ''] = line.split(',');
      const hasLookUp = !line.endsWith(',,');
      return when.startsWith(draft) && (file === '' || hasLookUp) ? [ssid] : [];
    }),
  );
}

function filesOf(corrections: ReadonlyMap<string, string>, draft: string): Record<string, string> {
  return Object.fromEntries([...corrections].filter(([name]) => name.startsWith(draft)));
}

t.test('what is loaded makes these differences go away', async (t) => {
  const both = await sides(t);
  const before = await reconciled(both);
  const { counts } = before.outcome;
  t.equal(
    counts.read,
    counts.same + counts.changed + counts.nearest + counts.onlyTheirs + counts.unreadable,
    'counts add up',
  );
  t.ok(before.rows.length > SEEDS.length / 2, `${before.rows.length} rows differ`);
  const reasons = before.corrections.get(REASONS) as string;
  for (const name of before.corrections.keys()) t.ok(isCorrectionFile(name), name);
  const unexplained = new Set(
    before.rows
      .filter(({ fields, causes }) => causes.length === 0 || fields.some(({ cluster }) => !cluster))
      .map(({ row }) => row['ssid']),
  );

  const here = filesOf(before.corrections, 'if-the-state-is-right');
  t.ok(Object.keys(here).length > 6, Object.keys(here).join(' '));
  for (const name of Object.keys(here).toSorted())
    t.equal(await load(both.dir, both.ours, { [name]: here[name] as string }), 0, `${name}: no line is rejected`);
  const after = await reconciled(both);
  const waiting = notReady(reasons, 'the state is right');
  // A draft whose values are to be looked up makes the rows the same too.
  const left = [...differingSSIDs(after.rows)];
  const without = new Set(
    reasons
      .split('\r\n')
      .flatMap((line) => (line.startsWith('the state is right: load it here,,') ? line.split(',')[3] : [])),
  );
  t.same(
    left.filter((ssid) => !without.has(ssid) && !unexplained.has(ssid)),
    [],
    'no other student differs',
  );
  t.comment(`${differingSSIDs(before.rows).size} students differed, ${left.length} do, ${waiting.size} to look up`);
  t.ok(left.length < differingSSIDs(before.rows).size / 4);
});

t.test('what is sent makes the state say what the records say', async (t) => {
  const both = await sides(t);
  const before = await reconciled(both);
  const reasons = before.corrections.get(REASONS) as string;
  const sent = filesOf(before.corrections, 'if-your-records-are-right');
  const ready = Object.keys(sent).filter((name) => !/-1-deletions/.test(name));
  for (const name of Object.keys(sent).toSorted()) {
    const rejected = await load(both.dir, both.theirs, { [name]: sent[name] as string });
    // The state's own key of a record may be another one than the one that explains its rows: the list says so.
    if (ready.includes(name) && name.endsWith('additions.txt')) t.equal(rejected, 0, `${name}: no line is rejected`);
  }
  const after = await reconciled(both);
  const waiting = notReady(reasons, 'your records are right');
  const unexplained = new Set(
    before.rows
      .filter(({ fields, causes }) => causes.length === 0 || fields.some(({ cluster }) => !cluster))
      .map(({ row }) => row['ssid']),
  );
  const left = [...differingSSIDs(after.rows)];
  t.comment(
    `${differingSSIDs(before.rows).size} students differed, ${left.length} do, ${waiting.size} have to be looked at`,
  );
  t.same(
    left.filter((ssid) => !waiting.has(ssid) && !unexplained.has(ssid)),
    [],
    'no other student differs',
  );
});
