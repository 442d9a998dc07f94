/**
 * Which students of a store may be one: sets of numbers whose demographics are much alike.
 *
 * Persons are kept as one text each, and compared only when they have a key in common (`sameStudentKeys`), so that a
 * million fit into memory. Who is described in the very same way is compared once.
 */
import type { MatchParameters } from './parameters.ts';
import { type Description, descriptionOf, type Person, personOf, textOfDescription } from './person.ts';
import { type Likeness, Scorer } from './score.ts';

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
  /** The hashed keys of one student after the other, and where each student's end. */
  readonly keys: Uint32Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** Collects the persons of a range. */
export class PersonCollector {
  readonly #ssids: string[] = [];
  readonly #described: string[] = [];
  readonly #keys: number[] = [];
  readonly #ends: number[] = [];
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
    for (const key of keys) this.#keys.push(key);
    this.#ends.push(this.#keys.length);
    this.#ssids.push(ssid);
    this.#described.push(textOfDescription(described));
  }

  take(): Persons {
    return {
      ssids: this.#ssids,
      described: this.#described,
      keys: Uint32Array.from(this.#keys),
      ends: Uint32Array.from(this.#ends),
    };
  }
}

/** So many persons are kept ready to be compared. */
const MOST_READY = 20_000;
/** Of a set with more numbers not every pair is looked for: that a number belongs to it is enough. */
export const LARGE_SET = 50;
/** Of more students with one key each is compared only with some, those whose names come next. */
const CROWD = 500;
const NEXT_IN_CROWD = 50;

export interface PairSearch {
  /** Only pairs with one of these numbers; all when absent. */
  readonly involving?: ReadonlySet<string> | undefined;
  /** Pairs that are known to be different students. */
  readonly isApart?: ((a: string, b: string) => boolean) | undefined;
}

export interface FoundPairs {
  readonly pairs: readonly Pair[];
  /** How many students were not compared with everybody, because so many have the same name or birth date. */
  readonly crowded: number;
}

/** Finds pairs among persons. */
export class PairFinder {
  readonly #p: MatchParameters;
  readonly #mayBeOne: (likeness: Likeness) => boolean;
  readonly #ssids: string[] = [];
  readonly #described: string[] = [];
  readonly #hashes: { readonly keys: Uint32Array; readonly ends: Uint32Array; readonly from: number }[] = [];

  /** @param mayBeOne whether so much alike two persons may be one */
  constructor(p: MatchParameters, mayBeOne: (likeness: Likeness) => boolean) {
    this.#p = p;
    this.#mayBeOne = mayBeOne;
  }

  add({ ssids, described, keys, ends }: Persons): void {
    this.#hashes.push({ keys, ends, from: this.#ssids.length });
    for (const ssid of ssids) this.#ssids.push(ssid);
    for (const text of described) this.#described.push(text);
  }

  /** The pairs; of large sets enough of them to connect the set. */
  pairs(search: PairSearch = {}): FoundPairs {
    const comparison = new Comparison(this.#ssids, this.#described, new Scorer(this.#p), this.#mayBeOne, search);
    const alike = new Alike(this.#described);
    for (const those of alike.several()) {
      // A pair that is known to be apart must not hide another one; crowds are compared with their neighbors only.
      const next = those.length <= LARGE_SET ? those.length : 2;
      for (const [n, i] of those.entries()) for (const j of those.slice(n + 1, n + next)) comparison.compare(i, j);
    }
    // Of those described alike the first stands for the others, unless somebody in particular is asked about.
    const { involving } = search;
    const stands = (i: number): readonly number[] => {
      if (!involving) return [i];
      const those = alike.of(i);
      return those.length <= LARGE_SET
        ? those
        : those.filter((j) => j === i || involving.has(this.#ssids[j] as string));
    };
    const crowded = this.#eachKey(alike, (i, j) => {
      const [some, others] = [stands(i), stands(j)];
      for (const one of some) for (const other of others) comparison.compare(one, other);
    });
    return { pairs: comparison.pairs, crowded };
  }

  /** Calls `each` once for every two first ones with a key in common. @returns how many were in crowds */
  #eachKey(alike: Alike, each: (i: number, j: number) => void): number {
    const keys = new SortedKeys(this.#hashes, this.#ssids.length, (i) => alike.isFirst(i));
    const crowded = new Set<number>();
    const crowds = new Set<number>();
    for (const { key, students } of keys.shared()) {
      const isCrowd = students.length > CROWD;
      const ordered = isCrowd ? [...students].sort(this.#byText) : students;
      if (isCrowd) {
        crowds.add(key);
        for (const i of students) crowded.add(i);
      }
      const next = isCrowd ? NEXT_IN_CROWD : students.length;
      for (const [n, i] of ordered.entries())
        for (let m = n + 1; m < ordered.length && m <= n + next; m++) {
          const j = ordered[m] as number;
          // Whoever has a lesser key in common was compared already, but in a crowd.
          if (!keys.haveLesser(key, crowds, i, j)) each(i, j);
        }
    }
    return crowded.size;
  }

  readonly #byText = (i: number, j: number): number => {
    const [a, b] = [this.#described[i] as string, this.#described[j] as string];
    return a < b ? -1 : Number(a > b);
  };
}

/** Compares persons by their places in a list, and keeps the pairs that may be one. */
class Comparison {
  readonly pairs: Pair[] = [];
  readonly #ssids: readonly string[];
  readonly #described: readonly string[];
  readonly #scorer: Scorer;
  readonly #mayBeOne: (likeness: Likeness) => boolean;
  readonly #search: PairSearch;
  readonly #ready = new Map<number, Person>();
  readonly #sets: Sets;

  constructor(
    ssids: readonly string[],
    described: readonly string[],
    scorer: Scorer,
    mayBeOne: (likeness: Likeness) => boolean,
    search: PairSearch,
  ) {
    this.#ssids = ssids;
    this.#described = described;
    this.#scorer = scorer;
    this.#mayBeOne = mayBeOne;
    this.#search = search;
    this.#sets = new Sets(ssids.length);
  }

  compare(i: number, j: number): void {
    const [a, b] = [this.#ssids[i] as string, this.#ssids[j] as string];
    const { involving, isApart } = this.#search;
    if (a === b || (involving && !involving.has(a) && !involving.has(b))) return;
    if (this.#sets.isLargeWithBoth(i, j) || isApart?.(a, b)) return;
    const likeness = this.#scorer.likeness(this.#person(i), this.#person(j));
    if (!this.#mayBeOne(likeness)) return;
    this.#sets.join(i, j);
    this.pairs.push(a < b ? { a, b, ...likeness } : { a: b, b: a, ...likeness });
  }

  #person(i: number): Person {
    let person = this.#ready.get(i);
    if (!person) {
      if (this.#ready.size >= MOST_READY) this.#ready.clear();
      person = personOf(descriptionOf(this.#described[i] as string));
      this.#ready.set(i, person);
    }
    return person;
  }
}

/** Which students are connected by pairs so far. */
class Sets {
  readonly #up: Int32Array;
  readonly #size: Int32Array;

  constructor(students: number) {
    this.#up = Int32Array.from({ length: students }, (_, i) => i);
    this.#size = new Int32Array(students).fill(1);
  }

  root(i: number): number {
    let at = i;
    for (let up = this.#up[at] as number; up !== at; up = this.#up[at] as number) {
      this.#up[at] = this.#up[up] as number;
      at = up;
    }
    return at;
  }

  isLargeWithBoth(i: number, j: number): boolean {
    const root = this.root(i);
    return (this.#size[root] as number) > LARGE_SET && root === this.root(j);
  }

  join(i: number, j: number): void {
    const [a, b] = [this.root(i), this.root(j)];
    if (a === b) return;
    const size = (this.#size[a] as number) + (this.#size[b] as number);
    const [root, other] = (this.#size[a] as number) < (this.#size[b] as number) ? [b, a] : [a, b];
    this.#up[other] = root;
    this.#size[root] = size;
  }
}

const NOBODY = -1;

/** Students who are described in the very same way. */
class Alike {
  /** By student: the first of those described alike, and the next. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  constructor(described: readonly string[]) {
    this.#first = new Int32Array(described.length);
    this.#next = new Int32Array(described.length).fill(NOBODY);
    const lasts = new Map<string, number>();
    for (const [i, text] of described.entries()) {
      const last = lasts.get(text);
      this.#first[i] = last === undefined ? i : (this.#first[last] as number);
      if (last !== undefined) this.#next[last] = i;
      lasts.set(text, i);
    }
  }

  isFirst = (i: number): boolean => this.#first[i] === i;

  of(i: number): readonly number[] {
    const those: number[] = [];
    for (let at = this.#first[i] as number; at !== NOBODY; at = this.#next[at] as number) those.push(at);
    return those;
  }

  *several(): Generator<readonly number[]> {
    for (let i = 0; i < this.#first.length; i++) if (this.isFirst(i) && this.#next[i] !== NOBODY) yield this.of(i);
  }
}

interface HashedKeys {
  readonly keys: Uint32Array;
  readonly ends: Uint32Array;
  readonly from: number;
}

/** The hashed keys of students in ascending order. */
class SortedKeys {
  readonly #hashes: readonly HashedKeys[];
  readonly #students: number;
  /** A key and a student in one number: keys of very many students lose their highest values. */
  readonly #most: number;
  readonly #sorted: Float64Array;

  constructor(hashes: readonly HashedKeys[], students: number, isWanted: (student: number) => boolean) {
    this.#hashes = hashes;
    this.#students = Math.max(1, students);
    this.#most = Math.min(2 ** 32, Math.floor(Number.MAX_SAFE_INTEGER / this.#students));
    const sorted = new Float64Array(hashes.reduce((sum, { keys }) => sum + keys.length, 0));
    let used = 0;
    for (const { keys, ends, from } of hashes)
      for (let n = 0, at = 0; n < ends.length; n++)
        for (const end = ends[n] as number; at < end; at++)
          if (isWanted(from + n)) sorted[used++] = this.#key(keys[at] as number) * this.#students + from + n;
    this.#sorted = sorted.subarray(0, used).sort();
  }

  #key(hash: number): number {
    return hash % this.#most;
  }

  /** Each key that several students have. */
  *shared(): Generator<{ readonly key: number; readonly students: readonly number[] }> {
    const sorted = this.#sorted;
    const keyAt = (n: number): number => Math.floor((sorted[n] as number) / this.#students);
    for (let from = 0; from < sorted.length; ) {
      const key = keyAt(from);
      let end = from + 1;
      while (end < sorted.length && keyAt(end) === key) end++;
      if (end > from + 1)
        yield { key, students: Array.from(sorted.subarray(from, end), (each) => each % this.#students) };
      from = end;
    }
  }

  /** Whether two students have a key in common that is less than one, and none of some. */
  haveLesser(key: number, some: ReadonlySet<number>, i: number, j: number): boolean {
    const others = this.#keysOf(j);
    for (const one of this.#keysOf(i)) {
      const mine = this.#key(one);
      if (mine < key && !some.has(mine) && others.some((other) => this.#key(other) === mine)) return true;
    }
    return false;
  }

  #keysOf(student: number): Uint32Array {
    let [low, high] = [0, this.#hashes.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#hashes[middle] as HashedKeys).from <= student) low = middle;
      else high = middle - 1;
    }
    const { keys, ends, from } = this.#hashes[low] as HashedKeys;
    const n = student - from;
    return keys.subarray(n === 0 ? 0 : ends[n - 1], ends[n]);
  }
}

/** Sets of numbers that are connected by pairs: each in ascending order, with its pairs (each once). */
export function setsOf(
  pairs: readonly Pair[],
): { readonly ssids: readonly string[]; readonly pairs: readonly Pair[] }[] {
  const places = new Map<string, number>();
  for (const { a, b } of pairs) for (const ssid of [a, b]) if (!places.has(ssid)) places.set(ssid, places.size);
  const at = (ssid: string): number => places.get(ssid) as number;
  const connected = new Sets(places.size);
  for (const { a, b } of pairs) connected.join(at(a), at(b));
  const sets = new Map<number, { ssids: string[]; pairs: Map<string, Pair> }>();
  for (const [ssid, place] of places) {
    const root = connected.root(place);
    const set = sets.get(root) ?? { ssids: [] as string[], pairs: new Map<string, Pair>() };
    sets.set(root, set);
    set.ssids.push(ssid);
  }
  for (const pair of pairs) sets.get(connected.root(at(pair.a)))?.pairs.set(`${pair.a} ${pair.b}`, pair);
  return [...sets.values()]
    .map(({ ssids, pairs: those }) => ({ ssids: ssids.sort(), pairs: [...those.values()].sort(byNumbers) }))
    .sort((x, y) => ((x.ssids[0] as string) < (y.ssids[0] as string) ? -1 : 1));
}

const byNumbers = (x: Pair, y: Pair): number => (x.a + x.b < y.a + y.b ? -1 : 1);
