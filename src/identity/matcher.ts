/** Many requests against one student after the other. */
import { BestCandidates, type Candidate, tiesOf } from './candidates.ts';
import type { LastEnrollment } from './columns.ts';
import { keysOf, keysToLookFor } from './keys.ts';
import type { MatchParameters } from './parameters.ts';
import { type Description, type Person, personOf, textOfDescription } from './person.ts';
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
  /** Requests that are described in different ways: many that are described alike are compared once. */
  readonly #requests: readonly Person[];
  /** By request, as they were given: which of those it is. */
  readonly #which: readonly number[];
  readonly #best: readonly BestCandidates[];
  /** Requests by the keys that they look for. */
  readonly #byKey = new Map<string, number[]>();
  /** By request: the student that it was last compared with. */
  readonly #compared: Uint32Array;
  /** By request: the score that a candidate must have by now. */
  readonly #least: Float64Array;
  #students = 0;

  constructor(requests: readonly Description[], p: MatchParameters) {
    this.#p = p;
    this.#scorer = new Scorer(p);
    const distinct = new Map<string, number>();
    const different: Person[] = [];
    this.#which = requests.map((described) => {
      const text = textOfDescription(described);
      const known = distinct.get(text) ?? different.length;
      if (known === different.length) different.push(personOf(described));
      distinct.set(text, known);
      return known;
    });
    this.#requests = different;
    this.#best = different.map(() => new BestCandidates(p.mostCandidates));
    this.#compared = new Uint32Array(different.length);
    this.#least = new Float64Array(different.length).fill(p.candidatesFrom);
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
    return this.#which.map((i) => (this.#best[i] as BestCandidates).list);
  }

  #compare(i: number, person: Person, student: Student): void {
    const request = this.#requests[i] as Person;
    const scored = this.#scorer.scoreFrom(request, person, this.#least[i] as number);
    if (!scored) return;
    const best = this.#best[i] as BestCandidates;
    best.add({
      ...{ ssid: student.ssid, ...scored, ties: tiesOf(request, person) },
      ...{ last: student.last(), isOwn: student.isOwn() },
    });
    this.#least[i] = Math.max(this.#p.candidatesFrom, best.least);
  }
}

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
