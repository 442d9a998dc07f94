/**
 * Samples that the other side can draw again: what is drawn follows from a seed and from what is in the population, and
 * from nothing else. Pure.
 */
import { hash } from 'node:crypto';
import { UserError } from '#base/user-error';

/**
 * How a sample is drawn, for whoever draws it again.
 * @param identity what tells one of the population from another
 */
export const methodWords = (identity: string): string =>
  `Each of the population has a number: the SHA-256 of the seed, a line feed and ${identity}, as UTF-8. From each stratum, those with the lowest numbers are drawn. How many from each stratum is settled one after another: the next one comes from the stratum that is largest for each one already drawn from it. A stratum of which none is drawn yet comes before all others, the larger before the smaller; of two alike, the one whose value comes first as a text. Without strata, the population is one stratum.`;

/** More would be no sample, and would not be gone through by hand. */
export const MOST_DRAWN = 500;
/** What rows can be drawn from each of. */
export const STRATA = ['school', 'grade', 'value', 'rule'] as const;
/** What students without a row can be drawn from each of. */
export const MISSING_STRATA = ['school', 'grade', 'reason'] as const;
/** All of them. */
export const ALL_STRATA = [...STRATA, 'reason'] as const;

/** A seed is typed again by the other side. */
export const MOST_SEED = 100;

/** Of a column with more values than this, each value is no group of rows. */
const MOST_STRATA = 2_000;

export interface SamplePlan {
  /** Any text; whoever repeats the sample needs it. */
  readonly seed: string;
  /** How many are drawn, at most. */
  readonly size: number;
}

/** A part of the population that a share of the sample is drawn from. */
export interface Stratum {
  readonly value: string;
  readonly population: number;
  readonly drawn: number;
}

/** One that was drawn. */
export interface Drawn<T> {
  /** Its number, hexadecimal. */
  readonly hash: string;
  readonly stratum: string;
  readonly item: T;
}

export interface Sample<T> {
  readonly population: number;
  /** In the order of their values. */
  readonly strata: readonly Stratum[];
  /** In the order in which the population was gone through. */
  readonly drawn: readonly Drawn<T>[];
}

/** The number of one of the population. */
export const sampleHash = (seed: string, identity: readonly string[]): string =>
  hash('sha256', `${seed}\n${identity.join('^')}`);

interface Candidate<T> extends Drawn<T> {
  readonly place: number;
}

interface Counted<T> {
  population: number;
  /** Those with the lowest numbers, lowest first; never more than the sample has. */
  readonly lowest: Candidate<T>[];
}

/** Goes through a population once and draws from it; it keeps no more than a sample of each stratum. */
export class Sampler<T> {
  readonly #plan: SamplePlan;
  readonly #strata = new Map<string, Counted<T>>();
  #population = 0;

  constructor(plan: SamplePlan) {
    this.#plan = plan;
  }

  /**
   * @param identity what tells this one from every other of the population
   * @param item what to keep of it when it is drawn; asked for only when it may be
   * @throws UserError for more strata than a sample can have
   */
  add(identity: readonly string[], stratum: string, item: () => T): void {
    const { seed, size } = this.#plan;
    const counted = this.#stratum(stratum);
    counted.population++;
    const place = this.#population++;
    const found = sampleHash(seed, identity);
    const { lowest } = counted;
    const last = lowest[size - 1];
    if (last && last.hash <= found) return;
    let at = lowest.length;
    while (at > 0 && (lowest[at - 1] as Candidate<T>).hash > found) at--;
    lowest.splice(at, 0, { hash: found, stratum, item: item(), place });
    if (lowest.length > size) lowest.pop();
  }

  finish(): Sample<T> {
    const strata = [...this.#strata].sort(([a], [b]) => (a < b ? -1 : 1));
    const shares = sharesOf(
      strata.map(([, { population }]) => population),
      this.#plan.size,
    );
    return {
      population: this.#population,
      strata: strata.map(([value, { population }], i) => ({ value, population, drawn: shares[i] as number })),
      drawn: strata
        .flatMap(([, { lowest }], i) => lowest.slice(0, shares[i]))
        .sort((a, b) => a.place - b.place)
        .map(({ place: _, ...drawn }) => drawn),
    };
  }

  #stratum(value: string): Counted<T> {
    const known = this.#strata.get(value);
    if (known) return known;
    if (this.#strata.size === MOST_STRATA)
      throw new UserError(
        `there are more than ${MOST_STRATA} different values to draw by; choose a column with fewer, or draw without strata`,
      );
    const fresh: Counted<T> = { population: 0, lowest: [] };
    this.#strata.set(value, fresh);
    return fresh;
  }
}

/** How many are drawn from strata of these sizes. */
function sharesOf(populations: readonly number[], size: number): number[] {
  const shares = populations.map(() => 0);
  for (let drawn = 0; drawn < size; drawn++) {
    let next = -1;
    for (let i = 0; i < shares.length; i++)
      if ((shares[i] as number) < (populations[i] as number) && (next < 0 || comesBefore(i, next))) next = i;
    if (next < 0) break;
    shares[next] = (shares[next] as number) + 1;
  }
  return shares;

  function comesBefore(a: number, b: number): boolean {
    const [of, than] = [populations[a] as number, populations[b] as number];
    const [mine, others] = [shares[a] as number, shares[b] as number];
    if (mine === 0 || others === 0) return mine === others ? of > than : mine === 0;
    return of * others > than * mine;
  }
}
