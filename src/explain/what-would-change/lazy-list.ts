/** A list that is worked out only as far as it is read. */
export class LazyList<T> {
  readonly #items: () => Iterable<T>;
  #rest: Iterator<T> | undefined;
  readonly #read: T[] = [];

  constructor(items: () => Iterable<T>) {
    this.#items = items;
  }

  at(place: number): T | undefined {
    while (this.#read.length <= place) {
      this.#rest ??= this.#items()[Symbol.iterator]();
      const next = this.#rest.next();
      if (next.done) return undefined;
      this.#read.push(next.value);
    }
    return this.#read[place];
  }

  /** How many there are, but not more than `most`. */
  count(most: number): number {
    if (most > 0) this.at(most - 1);
    return Math.min(this.#read.length, most);
  }
}
