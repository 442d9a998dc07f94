/** The best candidates of a request, and what is shown of each. */
import type { LEAScope } from '#records/scope';
import type { LastEnrollment } from './columns.ts';
import { type MatchParameters, PARTS, type PartName } from './parameters.ts';
import type { Person } from './person.ts';
import { agreementOf, agrees, reasonOf } from './reason.ts';
import type { PartValues } from './score.ts';

/** A student whom a request may be about. Plain data. */
export interface Candidate {
  /** An active number. */
  readonly ssid: string;
  readonly score: number;
  readonly parts: PartValues;
  /** How far gender, birth country and birth state agree, in this order: the greater comes first among equal scores. */
  readonly ties: number;
  readonly last: LastEnrollment | undefined;
  /** Whether the student has an enrollment at an LEA of those who ask. */
  readonly isOwn: boolean;
}

/** Gender counts before birth country, birth country before birth state. */
export const tiesOf = (a: Person, b: Person): number =>
  Number(same(a.gender, b.gender)) * 4 +
  Number(same(a.birthCountry, b.birthCountry)) * 2 +
  Number(same(a.birthState, b.birthState));

const same = (a: string, b: string): boolean => a !== '' && a === b;

/** Best first; the order is total, so that it does not matter in which order candidates were found. */
const byRank = (a: Candidate, b: Candidate): number =>
  b.score - a.score || b.ties - a.ties || (a.ssid < b.ssid ? -1 : Number(a.ssid > b.ssid));

/** The best candidates of one request so far. */
export class BestCandidates {
  readonly #most: number;
  #list: Candidate[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Nobody with a lower score is among the best any more. */
  get least(): number {
    return this.#list.length < this.#most ? 0 : (this.#list.at(-1) as Candidate).score;
  }

  /** Of two with one number, a retired one and its replacement, the better one stays. */
  add(candidate: Candidate): void {
    const known = this.#list.findIndex(({ ssid }) => ssid === candidate.ssid);
    if (known >= 0) {
      if (byRank(this.#list[known] as Candidate, candidate) <= 0) return;
      this.#list.splice(known, 1);
    }
    this.#list.push(candidate);
    this.#list.sort(byRank);
    if (this.#list.length > this.#most) this.#list.pop();
  }

  get list(): readonly Candidate[] {
    return this.#list;
  }
}

/** Whether one of the LEAs is among those of whoever asks. */
export function isOwnOf(leas: ReadonlySet<string>, scope: LEAScope): boolean {
  if (scope === 'all') return true;
  return scope.some((lea) => leas.has(lea));
}

/** A candidate as whoever asks may see it. */
export interface ShownCandidate {
  readonly ssid: string;
  readonly score: number;
  /** The value of each part, or whether it agrees where the student is another LEA's; `''` when it was not compared. */
  readonly parts: Readonly<Record<PartName, string>>;
  readonly lastLEA: string;
  readonly lastSchool: string;
  readonly lastGrade: string;
  readonly lastExit: string;
  readonly lastExitReason: string;
  /** Why it has its score. */
  readonly reason: string;
}

/**
 * What is shown of a candidate. Of another LEA's student only the SSID, the score, which parts agree, and the last LEA:
 * enough to ask that LEA, and nothing that was not sent.
 */
export function shown({ ssid, score, parts, last, isOwn }: Candidate, p: MatchParameters): ShownCandidate {
  const of = (part: PartName): string => {
    if (parts[part] === undefined) return '';
    if (isOwn) return String(parts[part]);
    return agrees(parts[part], p) ? 'agrees' : 'differs';
  };
  return {
    ssid,
    score,
    parts: Object.fromEntries(PARTS.map((part) => [part, of(part)])) as Record<PartName, string>,
    lastLEA: last?.lea ?? '',
    lastSchool: isOwn ? (last?.school ?? '') : '',
    lastGrade: isOwn ? (last?.grade ?? '') : '',
    lastExit: isOwn ? (last?.exit ?? '') : '',
    lastExitReason: isOwn ? (last?.exitReason ?? '') : '',
    reason: isOwn ? reasonOf(parts, p) : agreementOf(parts, p),
  };
}
