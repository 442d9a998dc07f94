/**
 * Which students of a store may be one: sets of numbers whose demographics are much alike.
 *
 * Persons are kept as one text each, and compared only when they have a key in common (`sameStudentKeys`), so that a
 * million fit into memory. Who is described in the very same way is compared once.
 */
import type { MatchParameters } from './parameters.ts';
import { type Description, type Person, personOf } from './person.ts';
import { type Likeness, Scorer } from './score.ts';

const SEPARATOR = '\n';

/** A description as one text, and back. */
export const textOfDescription = (d: Description): string =>
  [
    ...[d.first, d.middle, d.last, d.aliasFirst, d.aliasMiddle, d.aliasLast],
    ...[d.birthDate, d.gender, d.birthCountry, d.birthState],
  ].join(SEPARATOR);

export function descriptionOf(text: string): Description {
  const [first, middle, last, aliasFirst, aliasMiddle, aliasLast, birthDate, gender, birthCountry, birthState] =
    text.split(SEPARATOR) as [string, string, string, string, string, string, string, string, string, string];
  return { first, middle, last, aliasFirst, aliasMiddle, aliasLast, birthDate, gender, birthCountry, birthState };
}

const forms = (...names: readonly string[]): string[] => [...new Set(names)].filter((name) => name !== '');

/**
 * The keys of which two persons have one in common when their score says that they may be one: with the whole birth
 * date (or month and day swapped) one of the names; with the year and one of month and day both names; with a near year
 * all else. They fit the weights that come with the program, as `keys.ts` does.
 */
export function sameStudentKeys(person: Person): string[] {
  const { first, last, joined, aliasFirst, aliasLast, year, month, day } = person;
  const [low, high] = month < day ? [month, day] : [day, month];
  const firsts = forms(first.plain, joined, aliasFirst);
  const lasts = forms(last.plain, aliasLast);
  return [
    ...firsts.map((name) => `f${year}.${low}.${high}.${name}`),
    ...lasts.map((name) => `l${year}.${low}.${high}.${name}`),
    ...firsts.flatMap((name) =>
      lasts.flatMap((other) => [`m${year}.${month}.${name}.${other}`, `d${year}.${day}.${name}.${other}`]),
    ),
    `y${month}.${day}.${first.plain}.${last.plain}`,
  ];
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A key as a whole number below 2 to the 32nd: two that differ hardly ever have one. */
export function hashOfKey(key: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}

/** Two numbers that may be one student's. */
export interface Pair extends Likeness {
  readonly a: string;
  readonly b: string;
}

/** Students as a thread read them, in ranges. Plain data. */
export interface Persons {
  readonly ssids: readonly string[];
  /** `textOfDescription` */
  readonly described: readonly string[];
  /** The hashed keys, and of each which student has it. */
  readonly keys: Uint32Array<ArrayBuffer>;
  readonly owners: Uint32Array<ArrayBuffer>;
}

/** Collects the persons of a range. */
export class PersonCollector {
  readonly #ssids: string[] = [];
  readonly #described: string[] = [];
  readonly #keys: number[] = [];
  readonly #owners: number[] = [];
  readonly #wanted: ReadonlySet<number> | undefined;

  /** @param wanted only those with one of these hashed keys; all when absent */
  constructor(wanted?: ReadonlySet<number> | undefined) {
    this.#wanted = wanted;
  }

  /** Who has no birth date or last name cannot be told from others. */
  add(ssid: string, described: Description): void {
    if (described.birthDate === '' || described.last === '') return;
    const keys = new Set(sameStudentKeys(personOf(described)).map(hashOfKey));
    if (this.#wanted && !keys.values().some((key) => this.#wanted?.has(key))) return;
    for (const key of keys) {
      this.#keys.push(key);
      this.#owners.push(this.#ssids.length);
    }
    this.#ssids.push(ssid);
    this.#described.push(textOfDescription(described));
  }

  take(): Persons {
    return {
      ssids: this.#ssids,
      described: this.#described,
      keys: Uint32Array.from(this.#keys),
      owners: Uint32Array.from(this.#owners),
    };
  }
}

/** Finds pairs among persons. */
export class PairFinder {
  readonly #scorer: Scorer;
  readonly #mayBeOne: (likeness: Likeness) => boolean;
  readonly #ssids: string[] = [];
  readonly #described: string[] = [];
  readonly #hashes: { readonly keys: Uint32Array; readonly owners: Uint32Array; readonly from: number }[] = [];

  /** @param mayBeOne whether so much alike two persons may be one */
  constructor(p: MatchParameters, mayBeOne: (likeness: Likeness) => boolean) {
    this.#scorer = new Scorer(p);
    this.#mayBeOne = mayBeOne;
  }

  add({ ssids, described, keys, owners }: Persons): void {
    this.#hashes.push({ keys, owners, from: this.#ssids.length });
    for (const ssid of ssids) this.#ssids.push(ssid);
    for (const text of described) this.#described.push(text);
  }

  /**
   * The pairs; of those who are described in the very same way each with the next one only.
   * @param involving only pairs with one of these numbers; all when absent
   * @param isApart pairs that are known to be different students
   */
  pairs(involving: ReadonlySet<string> | undefined, isApart: (a: string, b: string) => boolean): Pair[] {
    const pairs: Pair[] = [];
    const persons = new Map<number, Person>();
    const personAt = (i: number): Person => {
      let person = persons.get(i);
      if (!person) {
        if (persons.size > MOST_READY) persons.clear();
        person = personOf(descriptionOf(this.#described[i] as string));
        persons.set(i, person);
      }
      return person;
    };
    const compare = (i: number, j: number): void => {
      const [a, b] = [this.#ssids[i] as string, this.#ssids[j] as string];
      if (a === b || (involving && !involving.has(a) && !involving.has(b)) || isApart(a, b)) return;
      const likeness = this.#scorer.likeness(personAt(i), personAt(j));
      if (this.#mayBeOne(likeness)) pairs.push(a < b ? { a, b, ...likeness } : { a: b, b: a, ...likeness });
    };
    const alike = new Map<string, number[]>();
    for (const [i, text] of this.#described.entries()) {
      const those = alike.get(text);
      if (those) those.push(i);
      else alike.set(text, [i]);
    }
    const isFirst = new Uint8Array(this.#ssids.length);
    for (const those of alike.values()) {
      isFirst[those[0] as number] = 1;
      // A pair that is known to be apart must not hide another one; crowds are compared with their neighbors only.
      if (those.length <= FEW_ALIKE)
        for (const [n, i] of those.entries()) for (const j of those.slice(n + 1)) compare(i, j);
      else for (let n = 1; n < those.length; n++) compare(those[n - 1] as number, those[n] as number);
    }
    // Of those described alike all stand for one another, unless somebody in particular is asked about.
    const stands = (i: number): readonly number[] =>
      (involving ? alike.get(this.#described[i] as string) : undefined) ?? [i];
    this.#eachKey(isFirst, (i, j) => {
      const [some, others] = [stands(i), stands(j)];
      for (const one of some) for (const other of others) compare(one, other);
    });
    return pairs;
  }

  /** Calls `each` once for every two first ones with a key in common. */
  #eachKey(isFirst: Uint8Array, each: (i: number, j: number) => void): void {
    const students = Math.max(1, this.#ssids.length);
    const most = Math.min(2 ** 32, Math.floor(Number.MAX_SAFE_INTEGER / students));
    let size = 0;
    for (const { keys } of this.#hashes) size += keys.length;
    const sorted = new Float64Array(size);
    let used = 0;
    for (const { keys, owners, from } of this.#hashes)
      for (let n = 0; n < keys.length; n++) {
        const student = from + (owners[n] as number);
        if (isFirst[student] === 1) sorted[used++] = ((keys[n] as number) % most) * students + student;
      }
    const list = sorted.subarray(0, used).sort();
    const seen = new Set<number>();
    const keyAt = (n: number): number => Math.floor((list[n] as number) / students);
    for (let from = 0; from < used; ) {
      let end = from + 1;
      while (end < used && keyAt(end) === keyAt(from)) end++;
      for (let n = from; n < end; n++)
        for (let m = n + 1; m < end; m++) {
          const [i, j] = [(list[n] as number) % students, (list[m] as number) % students];
          const pair = i * students + j;
          if (seen.has(pair)) continue;
          if (seen.size >= MOST_SEEN) seen.clear();
          seen.add(pair);
          each(i, j);
        }
      from = end;
    }
  }
}

/** So many persons are kept ready to be compared. */
const MOST_READY = 200_000;
/** So many pairs are remembered; one that is forgotten is compared again. */
const MOST_SEEN = 4_000_000;
const FEW_ALIKE = 50;

/** Sets of numbers that are connected by pairs: each in ascending order, with its pairs (each once). */
export function setsOf(
  pairs: readonly Pair[],
): { readonly ssids: readonly string[]; readonly pairs: readonly Pair[] }[] {
  const parent = new Map<string, string>();
  const root = (ssid: string): string => {
    let at = ssid;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    if (at !== ssid) parent.set(ssid, at);
    return at;
  };
  for (const { a, b } of pairs) {
    if (!parent.has(a)) parent.set(a, a);
    if (!parent.has(b)) parent.set(b, b);
    parent.set(root(a), root(b));
  }
  const sets = new Map<string, { ssids: string[]; pairs: Map<string, Pair> }>();
  for (const ssid of parent.keys()) {
    const set = sets.get(root(ssid)) ?? { ssids: [] as string[], pairs: new Map<string, Pair>() };
    sets.set(root(ssid), set);
    set.ssids.push(ssid);
  }
  for (const pair of pairs) sets.get(root(pair.a))?.pairs.set(`${pair.a} ${pair.b}`, pair);
  return [...sets.values()]
    .map(({ ssids, pairs: those }) => ({ ssids: ssids.sort(), pairs: [...those.values()].sort(byNumbers) }))
    .sort((x, y) => ((x.ssids[0] as string) < (y.ssids[0] as string) ? -1 : 1));
}

const byNumbers = (x: Pair, y: Pair): number => (x.a + x.b < y.a + y.b ? -1 : 1);
