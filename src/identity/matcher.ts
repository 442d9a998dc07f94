/** Many requests against one student after the other. */
import { BestCandidates, type Candidate, tiesOf } from './candidates.ts';
import type { LastEnrollment } from './columns.ts';
import { keysOf, keysToLookFor } from './keys.ts';
import type { MatchParameters } from './parameters.ts';
import { type Description, type Person, personOf } from './person.ts';
import { Scorer } from './score.ts';

/** A student as `Matcher.student` is given one. */
export interface Student {
  readonly ssid: string;
  readonly described: Description;
  /** Asked only of a candidate. */
  readonly last: () => LastEnrollment | undefined;
  readonly isOwn: () => boolean;
}

/**
 * Finds the candidates of requests. Memory holds the requests and their best candidates: students come one after the
 * other, as many as there are.
 */
export class Matcher {
  readonly #p: MatchParameters;
  readonly #scorer: Scorer;
  readonly #requests: readonly Person[];
  readonly #best: readonly BestCandidates[];
  /** Requests by the keys that they look for. */
  readonly #byKey = new Map<string, number[]>();
  /** By request: the student that it was last compared with. */
  readonly #compared: Uint32Array;
  #students = 0;

  constructor(requests: readonly Description[], p: MatchParameters) {
    this.#p = p;
    this.#scorer = new Scorer(p);
    this.#requests = requests.map(personOf);
    this.#best = requests.map(() => new BestCandidates(p.mostCandidates));
    this.#compared = new Uint32Array(requests.length);
    for (const [i, person] of this.#requests.entries())
      for (const key of keysToLookFor(person, p.matchNearYears)) {
        const those = this.#byKey.get(key);
        if (those) those.push(i);
        else this.#byKey.set(key, [i]);
      }
  }

  /** Compares a student with every request that may be about it. */
  student(student: Student): void {
    const person = personOf(student.described);
    this.#students++;
    for (const key of keysOf(person)) {
      const those = this.#byKey.get(key);
      if (those === undefined) continue;
      for (const i of those) {
        if (this.#compared[i] === this.#students) continue;
        this.#compared[i] = this.#students;
        this.#compare(i, person, student);
      }
    }
  }

  /** The candidates of each request, best first. */
  get candidates(): readonly (readonly Candidate[])[] {
    return this.#best.map(({ list }) => list);
  }

  #compare(i: number, person: Person, student: Student): void {
    const request = this.#requests[i] as Person;
    const best = this.#best[i] as BestCandidates;
    const least = Math.max(this.#p.candidatesFrom, best.least);
    // Scores are rounded, and so is what they are held against.
    if (this.#scorer.atMost(request, person) + ROUNDING < least) return;
    const { score, parts } = this.#scorer.score(request, person);
    if (score < least) return;
    best.add({
      ...{ ssid: student.ssid, score, parts, ties: tiesOf(request, person) },
      ...{ last: student.last(), isOwn: student.isOwn() },
    });
  }
}

const ROUNDING = 0.01;

/** The best of what several found, each of them among other students. */
export function mergedCandidates(
  found: readonly (readonly (readonly Candidate[])[])[],
  most: number,
): readonly (readonly Candidate[])[] {
  const [first = []] = found;
  if (found.length === 1) return first;
  return first.map((_, i) => {
    const best = new BestCandidates(most);
    for (const candidates of found) for (const candidate of candidates[i] ?? []) best.add(candidate);
    return best.list;
  });
}
