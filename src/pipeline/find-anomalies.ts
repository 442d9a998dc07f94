/** Which students of a store look wrong: of the whole store, or of those whom uploads touched since the last search. */
import { inOrder } from '#base/in-order';
import { defaultThreads, ROOM_FOR_GARBAGE, Threads, threadFile } from '#base/threads';
import { UserError } from '#base/user-error';
import { LARGE_SET, type Pair, PairFinder, setsOf } from '#identity/same-student';
import { BlockDamagedError } from '#records/block/sealed';
import { EVERYBODY } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Anomaly, AnomalySearch, AnomalyState, FoundAnomaly, SearchResult } from '#store/anomalies';
import { SnapshotGoneError, type Store } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import {
  type AnomalyRange,
  type AnomalySetup,
  AnomalySteps,
  type AnomalyTask,
  hashOf,
  ID,
  type Member,
  type PackedAnomalies,
  unpacked,
} from './anomaly-steps.ts';
import type { AnomalyThread } from './anomaly-thread.ts';

/** Below, starting threads takes longer than the work. */
const FEW_STUDENTS = 20_000;
const STUDENTS_A_RANGE = 4_000;
/** So few students are read one by one, however few there are in all. */
const FEW_CHANGED = 1_000;

export interface FindOptions {
  readonly store: Store;
  readonly storeDir: string;
  readonly rulebook: Rulebook;
  /** CCYYMMDD: what is still to come by then is not missing. */
  readonly day: string;
  readonly at: string;
  readonly by: string;
  /** Whether to look at everybody, whatever was looked at before. */
  readonly everybody?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((students: number) => void) | undefined;
  /** 0: in the calling thread. */
  readonly workers?: number | undefined;
}

export interface FoundAnomalies extends SearchResult {
  /** How many students were examined. */
  readonly students: number;
  /** Whether these were only those who changed since the last search. */
  readonly sinceLast: boolean;
  /** How many students were not compared with everybody, because so many have the same name or birth date. */
  readonly crowded: number;
}

/**
 * Looks for anomalies, and keeps what it finds. After a search with the same rules on the same day only the students
 * who changed since are examined, and pairs with them.
 */
export async function findAnomalies(options: FindOptions): Promise<FoundAnomalies> {
  const { store, rulebook, day, at, by } = options;
  const upload = await store.snapshot();
  const search: AnomalySearch = { upload, rulebookHash: rulebook.hash, day, at, by };
  const last = options.everybody ? undefined : await store.anomalies.lastSearch();
  const sinceLast = last !== undefined && last.rulebookHash === rulebook.hash && last.day === day;
  const changed = sinceLast ? await store.anomalies.changedAfter(last.upload) : undefined;
  const { hash, files } = rulebook;
  const setup: AnomalySetup = { storeDir: options.storeDir, snapshot: upload, rulebook: { hash, files }, day };
  const steps = new AnomalySteps(setup);
  const passes = await passesOver(setup, options);
  try {
    const among = changed && (await amongChanged(passes, steps, store, new Set(changed)));
    const { found, examined, crowded } = among ?? (await amongAll(passes, steps, store));
    const students = among && changed ? changed.length : passes.students;
    const kept = await store.anomalies.keep({ ...search, ...(crowded > 0 && { crowded }) }, found, examined);
    return { ...kept, students, sinceLast: among !== undefined, crowded };
  } finally {
    await passes.close();
    steps.close();
  }
}

interface Search {
  readonly found: Iterable<FoundAnomaly>;
  /** Whom the search looked at; everybody when absent. */
  readonly examined?: ReadonlySet<string> | undefined;
  readonly crowded: number;
}

async function amongAll(passes: Passes, steps: AnomalySteps, store: Store): Promise<Search> {
  const { found, finder } = await pass(passes, steps, { records: true });
  const { isApart, found: known } = await knownApart(steps, store);
  const { pairs, crowded } = finder.pairs({ isApart });
  const linked = await sets(pairs, steps);
  return {
    crowded,
    found: {
      *[Symbol.iterator]() {
        for (const range of found) yield* unpacked(range);
        yield* known;
        yield* linked;
      },
    },
  };
}

/** So many students read one by one take as long as all of them in a row. */
const MANY_CHANGED = 0.05;

/**
 * Only students who changed, and sets of numbers with them: the other pairs of such a set are known.
 * @returns `undefined` where looking at everybody is quicker, or the only way: of a large set not all pairs are known
 */
async function amongChanged(
  passes: Passes,
  steps: AnomalySteps,
  store: Store,
  changed: ReadonlySet<string>,
): Promise<Search | undefined> {
  if (changed.size === 0) return { found: [], examined: changed, crowded: 0 };
  if (changed.size > FEW_CHANGED && changed.size > passes.students * MANY_CHANGED) return undefined;
  const unresolved = await unresolvedSets(store, steps);
  const before = unresolved.filter(({ sides }) => sides.some(({ ssid }) => changed.has(ssid)));
  if (before.some(({ sides }) => sides.length > LARGE_SET)) return undefined;
  const own = await each(steps, changed);
  const keys = new Set(own.flatMap(({ persons }) => [...persons.keys]));
  const { finder } = await pass(passes, steps, { records: false, keys });
  const apart = await knownApart(steps, store);
  const known = unresolved
    .filter(({ state }) => state === 'open')
    .flatMap(({ scores = [] }) => scores)
    .filter(({ a, b }) => !changed.has(a) && !changed.has(b) && !apart.isApart(a, b));
  const { pairs: fresh, crowded } = finder.pairs({ involving: changed, isApart: apart.isApart });
  const linked = setsOf([...known, ...fresh]);
  const touched = new Set([...changed, ...before.flatMap(({ sides }) => sides.map(({ ssid }) => ssid))]);
  const concerned = linked.filter(({ ssids }) => ssids.some((ssid) => touched.has(ssid)));
  const examined = new Set([...touched, ...concerned.flatMap(({ ssids }) => ssids)]);
  const others = await each(steps, new Set([...examined].filter((ssid) => !changed.has(ssid))));
  const found = [...own, ...others].flatMap((one) => unpacked(one.found));
  return {
    crowded,
    found: [
      ...found,
      ...apart.found,
      ...(await sets(
        concerned.flatMap(({ pairs }) => pairs),
        steps,
      )),
    ],
    examined,
  };
}

async function each(steps: AnomalySteps, ssids: ReadonlySet<string>): Promise<AnomalyRange[]> {
  const results: AnomalyRange[] = [];
  for (const ssid of ssids) results.push(await steps.range({ from: ssid, through: ssid }));
  return results;
}

/** Reads the whole store once. */
async function pass(
  passes: Passes,
  { reader }: AnomalySteps,
  task: AnomalyTask,
): Promise<{ readonly found: readonly PackedAnomalies[]; readonly finder: PairFinder }> {
  const found: PackedAnomalies[] = [];
  const finder = new PairFinder(reader.parameters, reader.mayBeOne);
  for await (const range of passes.over(task)) {
    found.push(range.found);
    finder.add(range.persons);
  }
  return { found, finder };
}

/** Sets of several numbers that are open or reviewed. */
async function unresolvedSets(
  { anomalies }: Store,
  { reader }: AnomalySteps,
  states: readonly AnomalyState[] = ['open', 'reviewed'],
): Promise<readonly Anomaly[]> {
  const found: Anomaly[] = [];
  for (const kind of reader.checks.kindsOfSets)
    for (const state of states) for (const set of await anomalies.list('all', { kind, state })) found.push(set);
  return found;
}

/** Sets that were reviewed as different students, as long as their demographics stay what they were. */
async function knownApart(
  steps: AnomalySteps,
  store: Store,
): Promise<{ readonly found: readonly FoundAnomaly[]; isApart(a: string, b: string): boolean }> {
  const pairs = new Set<string>();
  const found: FoundAnomaly[] = [];
  for (const { state: _, entries: __, ...set } of await unresolvedSets(store, steps, ['reviewed'])) {
    const members = await membersOf(
      set.sides.map(({ ssid }) => ssid),
      steps,
    );
    if (members.length < set.sides.length || fingerprintOf(members) !== set.fingerprint) continue;
    found.push(set);
    for (const { ssid: a } of members) for (const { ssid: b } of members) pairs.add(`${a} ${b}`);
  }
  return { found, isApart: (a, b) => pairs.has(`${a} ${b}`) };
}

const fingerprintOf = (members: readonly Member[]): string =>
  hashOf(...members.map(({ ssid, described }) => `${ssid} ${described}`).sort());

async function membersOf(ssids: readonly string[], steps: AnomalySteps): Promise<Member[]> {
  const members: Member[] = [];
  for (const ssid of ssids) {
    const member = await steps.member(ssid);
    if (member) members.push(member);
  }
  return members;
}

/** Pairs as anomalies: one for each set of numbers that they connect. */
async function sets(pairs: readonly Pair[], steps: AnomalySteps): Promise<FoundAnomaly[]> {
  const found: FoundAnomaly[] = [];
  const linked = setsOf(pairs);
  // In ascending order, so that no block of the store is opened twice.
  const all = await membersOf(linked.flatMap(({ ssids }) => ssids).sort(), steps);
  const bySSID = new Map(all.map((member) => [member.ssid, member]));
  for (const { ssids, pairs: own } of linked) {
    const check = steps.reader.checks.pair(own[0] as Pair);
    const members = ssids.flatMap((ssid) => bySSID.get(ssid) ?? []);
    if (!check || members.length < 2) continue;
    const { code, anomaly = code, title, message, fix, otherFix = fix } = check.json;
    const inOrder = members.sort((a, b) => (a.oldest + a.ssid < b.oldest + b.ssid ? -1 : 1));
    const todo = (lea: string): string => {
      const other = inOrder.find((member) => member.lea !== lea)?.lea;
      return other === undefined ? fix : otherFix.replace('{lea}', other);
    };
    found.push({
      id: hashOf(code, ...ssids).slice(0, ID),
      ...{ kind: anomaly, code, title, says: message },
      sides: inOrder.map(({ described: _, oldest: __, ...side }) => ({ ...side, todo: todo(side.lea) })),
      scores: own.map(({ a, b, score, points, near }) => ({ a, b, score, points, near })),
      fingerprint: fingerprintOf(members),
    });
  }
  return found;
}

/** Reads the store in ranges, in threads where that is worth it. */
interface Passes {
  readonly students: number;
  over(task: AnomalyTask): AsyncGenerator<AnomalyRange>;
  close(): Promise<void>;
}

async function passesOver(setup: AnomalySetup, options: FindOptions): Promise<Passes> {
  const { signal, onProgress } = options;
  const seen = options.store.forLEAs('all');
  const students = await seen.students(setup.snapshot);
  const workers = options.workers ?? (students <= FEW_STUDENTS ? 0 : defaultThreads());
  const told = (range: AnomalyRange): AnomalyRange => {
    onProgress?.(range.students);
    return range;
  };
  if (workers === 0)
    return {
      students,
      async *over(task) {
        const own = new AnomalySteps(setup);
        own.begin(task);
        yield told(await own.range(EVERYBODY, signal).finally(() => own.close()));
      },
      close: async () => {},
    };
  const threads = new Threads<AnomalyThread>({
    file: threadFile(import.meta.url, './anomaly-thread'),
    count: workers,
    dataOf: () => setup,
    limits: ROOM_FOR_GARBAGE,
    errors: [SnapshotGoneError, BlockDamagedError, StoreTroubleError, UserError],
  }).start();
  const ranges = await seen.ranges(Math.max(1, Math.ceil(students / STUDENTS_A_RANGE)), setup.snapshot);
  return {
    students,
    async *over(task) {
      await threads.onEach('begin', task);
      const start = (range: (typeof ranges)[number]): Promise<AnomalyRange> =>
        threads.run('range', range, signal ? { signal } : {});
      for await (const result of inOrder(ranges, workers * 3, start)) yield told(result);
    },
    close: () => threads.close(),
  };
}
