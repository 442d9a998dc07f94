/** What a store keeps of anomalies: what was found, and what became of it. */
import { UserError } from '#base/user-error';
import type { LEAScope } from '#records/scope';

/** One side of an anomaly: a record, or a student, and where it is. Days are CCYYMMDD, `''` for none. Plain data. */
export interface AnomalySide {
  readonly ssid: string;
  readonly lea: string;
  readonly school: string;
  readonly localID: string;
  readonly start: string;
  readonly exit: string;
  readonly exitReason: string;
  /** What this side can do. */
  readonly todo: string;
}

/** How alike two numbers are. Plain data. */
export interface AnomalyScore {
  readonly a: string;
  readonly b: string;
  readonly score: number;
  /** What is left of 100 where a part that counts neither way takes nothing. */
  readonly points: number;
  /** Whether nothing takes from the score but a near birth year. */
  readonly near: boolean;
}

/** Something that looks wrong. Plain data. */
export interface FoundAnomaly {
  /** The same whenever the same is found. */
  readonly id: string;
  /** As the rules name it, such as CCE. */
  readonly kind: string;
  /** Of the check. */
  readonly code: string;
  readonly title: string;
  /** What is wrong. */
  readonly says: string;
  /** The record that was examined first; of several numbers the one to keep first. */
  readonly sides: readonly AnomalySide[];
  /** Of several numbers: how alike they are. */
  readonly scores?: readonly AnomalyScore[];
  /** Changes when the records that make it change. */
  readonly fingerprint: string;
}

export type AnomalyState = 'open' | 'resolved' | 'reviewed';
export const ANOMALY_STATES = ['open', 'resolved', 'reviewed'] as const satisfies readonly AnomalyState[];

/** What somebody, or a search, did to an anomaly. */
export interface AnomalyEntry {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly by: string;
  readonly state: AnomalyState;
  /** How it was resolved, why it is correct, or why it is open again. */
  readonly why: string;
}

export interface Anomaly extends FoundAnomaly {
  readonly state: AnomalyState;
  /** Oldest first. */
  readonly entries: readonly AnomalyEntry[];
}

/** A search for anomalies. */
export interface AnomalySearch {
  /** The number of the upload after which it was. */
  readonly upload: number;
  readonly rulebookHash: string;
  /** CCYYMMDD */
  readonly day: string;
  readonly at: string;
  readonly by: string;
  /** How many students were not compared with everybody, because so many have the same name or birth date. */
  readonly crowded?: number | undefined;
}

/** What a search changed. */
export interface SearchResult {
  readonly opened: number;
  readonly openedAgain: number;
  readonly resolved: number;
  /** Open after it. */
  readonly open: number;
}

export interface AnomalyFilter {
  readonly kind?: string | undefined;
  readonly state?: AnomalyState | undefined;
  readonly lea?: string | undefined;
  readonly school?: string | undefined;
  readonly limit?: number | undefined;
  /** The id behind which to go on. */
  readonly after?: string | undefined;
}

/** How many there are; each LEA and school of an anomaly counts it once. */
export interface AnomalyCount {
  readonly kind: string;
  readonly lea: string;
  readonly school: string;
  readonly state: AnomalyState;
  readonly count: number;
}

/** How many there are; each is counted once, however many LEAs it concerns. */
export interface AnomalyKindCount {
  readonly kind: string;
  readonly title: string;
  readonly state: AnomalyState;
  readonly count: number;
}

/** Why a search opens an anomaly again, or resolves it. */
const GONE = 'the records do not show it any more';
const CHANGED = 'its records changed since it was reviewed';
const FOUND_AGAIN = 'it was found again';

/** Thrown when an anomaly is not in a state in which that can be done. */
export class AnomalyStateError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = 'AnomalyStateError';
  }
}

/** @throws UserError when somebody searched a later state of the store */
export function requireNewest(last: AnomalySearch | undefined, search: AnomalySearch): void {
  if (last && last.upload > search.upload)
    throw new UserError('somebody else looked for anomalies after a later upload; nothing was kept');
}

/** What is said of an anomaly that a search found first. */
export const foundFirst = ({ at, by }: AnomalySearch): AnomalyEntry => ({ at, by, state: 'open', why: 'found' });

/** What is said of one that is known and found again; `undefined` when it stays as it is. */
export const foundAgain = (
  state: AnomalyState,
  isChanged: boolean,
  { at, by }: AnomalySearch,
): AnomalyEntry | undefined =>
  state === 'open' || (state === 'reviewed' && !isChanged)
    ? undefined
    : { at, by, state: 'open', why: state === 'reviewed' ? CHANGED : FOUND_AGAIN };

/** What is said of one that a search finds no more. */
export const foundNoMore = ({ at, by }: AnomalySearch): AnomalyEntry => ({ at, by, state: 'resolved', why: GONE });

/** @throws AnomalyStateError when an anomaly cannot come to be in a state */
export function requireChange(from: AnomalyState, to: AnomalyState): void {
  if (from === to) throw new AnomalyStateError(`this anomaly is ${to} already`);
  if (from === 'resolved' && to === 'reviewed')
    throw new AnomalyStateError('this anomaly is resolved; there is nothing to review until it is found again');
}

/** The anomalies of a store. A scope sees those of which one side is its own; what is out of scope does not exist. */
export interface AnomalyTable {
  /** Keeps what a search found. @param examined the students it looked at; everybody when absent */
  keep(
    search: AnomalySearch,
    found: Iterable<FoundAnomaly>,
    examined?: ReadonlySet<string> | undefined,
  ): Promise<SearchResult>;
  lastSearch(): Promise<AnomalySearch | undefined>;
  /** The students who changed after an upload, those who are gone among them, ascending. */
  changedAfter(upload: number): Promise<string[]>;
  /** In ascending order of id. */
  list(scope: LEAScope, filter: AnomalyFilter): Promise<readonly Anomaly[]>;
  get(scope: LEAScope, id: string): Promise<Anomaly | undefined>;
  counts(scope: LEAScope): Promise<readonly AnomalyCount[]>;
  kindCounts(scope: LEAScope): Promise<readonly AnomalyKindCount[]>;
  /**
   * Says what became of one; `undefined` when it is not in scope.
   * @throws AnomalyStateError when it is in that state already, and for a review of what is resolved
   */
  change(scope: LEAScope, id: string, entry: AnomalyEntry): Promise<Anomaly | undefined>;
}

/** An anomaly as a scope may see it: of other LEAs' sides the LEA's code and the days only. */
export function shownTo<A extends FoundAnomaly>(anomaly: A, scope: LEAScope): A {
  if (scope === 'all') return anomaly;
  const own = new Set(anomaly.sides.filter(({ lea }) => scope.includes(lea)).map(({ ssid }) => ssid));
  // Its own student's number it knows; another number belongs to another LEA's student.
  const ssidOf = (ssid: string): string => (own.has(ssid) ? ssid : '');
  return {
    ...anomaly,
    // What is said of the record that was examined is its LEA's.
    says: scope.includes(anomaly.sides[0]?.lea ?? '') ? anomaly.says : anomaly.title,
    sides: anomaly.sides.map((side) =>
      scope.includes(side.lea)
        ? side
        : { ...side, ssid: ssidOf(side.ssid), school: '', localID: '', exitReason: '', todo: '' },
    ),
    ...(anomaly.scores && {
      scores: anomaly.scores.map(({ a, b, ...score }) => ({ a: ssidOf(a), b: ssidOf(b), ...score })),
    }),
    fingerprint: '',
  };
}
