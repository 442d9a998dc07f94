/** What `cenr anomalies` does. */
import { randomBytes } from 'node:crypto';
import { newId } from '#base/ids';
import { fileOutput, streamOutput } from '#base/output';
import { grouped } from '#base/text';
import { keepHeapsSmall } from '#base/threads';
import { UserError } from '#base/user-error';
import { csvLine } from '#intake/problem';
import {
  ANOMALY_COLUMNS,
  anomalyRows,
  COUNT_COLUMNS,
  countLines,
  countRows,
  everyAnomaly,
} from '#pipeline/anomaly-list';
import { findAnomalies } from '#pipeline/find-anomalies';
import { solveByRetiring } from '#pipeline/solve-anomaly';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { type AnomalyFilter, type AnomalyState, shownTo } from '#store/anomalies';
import type { Store } from '#store/store';
import { today } from '../clock.ts';
import { LOAD_MAKES_ONE, withExistingStore } from '../open-store.ts';
import { rulebookFrom } from '../rulebook-from.ts';
import { say, seconds, withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';

export interface AnomalyOptions {
  readonly store: string;
  readonly lea?: string;
  readonly kind?: string;
  readonly state: AnomalyState;
  readonly everybody?: true;
  readonly out?: string;
  readonly counts?: string;
  readonly review?: string;
  readonly resolve?: string;
  readonly retire?: string;
  readonly why?: string;
  readonly rules?: string;
}

/** Who acts on the command line. */
const BY = 'command line';

/**
 * Looks for anomalies, or says what became of one.
 * @throws UserError for an id that is not there, or in another state; RetirementRefusedError
 */
export async function anomalies(options: AnomalyOptions): Promise<void> {
  const id = options.review ?? options.resolve ?? options.retire;
  if (id !== undefined && options.why === undefined)
    throw new UserError('say why, or how, with --why "…": it is kept with the anomaly');
  if (id === undefined && options.why !== undefined)
    throw new UserError('--why goes with --review, --resolve or --retire');
  const rulebook = await rulebookFrom(options);
  await withExistingStore(
    options.store,
    (store) => (id === undefined ? find(store, rulebook, options) : change(store, rulebook, id, options)),
    LOAD_MAKES_ONE,
  );
}

async function find(store: Store, rulebook: Rulebook, options: AnomalyOptions): Promise<void> {
  const begun = performance.now();
  const now = new Date();
  const scope: LEAScope = options.lea === undefined ? 'all' : [options.lea];
  const total = await store.forLEAs('all').students();
  keepHeapsSmall();
  const done = await withProgress(async (onProgress) => {
    let students = 0;
    return findAnomalies({
      ...{ store, storeDir: options.store, rulebook, day: today(now), at: now.toISOString(), by: BY },
      everybody: options.everybody,
      onProgress: (more) => {
        students += more;
        onProgress(Math.min(1, students / Math.max(total, 1)));
      },
    });
  });
  const { kind, state, out } = options;
  if (out !== undefined) await write(out, ANOMALY_COLUMNS, rowsOf(store, scope, { kind, state }));
  const isAsked = (one: { readonly kind: string; readonly state: AnomalyState }): boolean =>
    one.state === state && (!kind || one.kind === kind);
  const listed = (await store.anomalies.kindCounts(scope)).filter(isAsked);
  const counts = (await store.anomalies.counts(scope)).filter(isAsked);
  if (options.counts !== undefined) await write(options.counts, COUNT_COLUMNS, countRows(counts));
  say([
    `students      ${grouped(done.students)}${done.sinceLast ? ', who changed since the last search' : ''}`,
    `  found new   ${grouped(done.opened)}`,
    `  open again  ${grouped(done.openedAgain)}`,
    `  resolved    ${grouped(done.resolved)}`,
    ...(done.crowded === 0 ? [] : [`  crowded     ${grouped(done.crowded)}, ${CROWDED}`]),
    `${state.padEnd(14)}${grouped(listed.reduce((sum, { count }) => sum + count, 0))}`,
    ...countLines(counts),
    ...(options.counts === undefined ? [] : [`counted       ${options.counts}`]),
    ...(out === undefined || out === '-' ? [] : [`written       ${out}`]),
    `in ${seconds(begun)}`,
  ]);
}

const CROWDED = 'with a name or birth date that more than 500 share: compared only with the 50 whose names come next';

async function* rowsOf(store: Store, scope: LEAScope, filter: AnomalyFilter): AsyncGenerator<readonly string[]> {
  for await (const anomaly of everyAnomaly(store.anomalies, scope, filter)) yield* anomalyRows(shownTo(anomaly, scope));
}

type Rows = AsyncIterable<readonly string[]> | Iterable<readonly string[]>;

async function write(path: string, columns: readonly string[], rows: Rows): Promise<void> {
  const output = path === '-' ? streamOutput(terminal.out) : await fileOutput(path);
  try {
    await output.write(csvLine(columns));
    for await (const row of rows) await output.write(csvLine(row));
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

async function change(store: Store, rulebook: Rulebook, id: string, options: AnomalyOptions): Promise<void> {
  const now = new Date();
  const entry = { at: now.toISOString(), by: BY, why: options.why as string };
  const scope: LEAScope = options.lea === undefined ? 'all' : [options.lea];
  const missing = (): never => {
    throw new UserError(`there is no anomaly "${id}"; cenr anomalies --out - lists them`);
  };
  if (options.retire !== undefined) {
    const how = { store, rulebook, id: newId('upload', now.getTime(), randomBytes(10)), loadDay: today(now) };
    const solved = (await solveByRetiring(scope, id, entry, how)) ?? missing();
    say([`${id} is resolved: ${solved.anomaly.entries.at(-1)?.why}`, `records moved ${grouped(solved.moved)}`]);
    return;
  }
  const state = options.review === undefined ? 'resolved' : 'reviewed';
  if (!(await store.anomalies.change(scope, id, { ...entry, state }))) missing();
  say([`${id} is ${state}`]);
}
