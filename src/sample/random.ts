/**
 * A small generator of pseudo-random numbers (mulberry32): the same seed gives the same numbers on every machine and
 * Node version.
 */
export class Random {
  #state = 0;

  /** Takes two integers; starts the sequence that belongs to that pair. */
  constructor(seed: number, stream = 0) {
    this.restart(seed, stream);
  }

  /** Takes two integers, usually the seed of a sample and the number of a student; starts their sequence. */
  restart(seed: number, stream: number): void {
    // The finalizer of MurmurHash3 is a bijection, so two streams of one seed never start alike.
    let h = Math.imul(seed | 0, 0x9e3779b1) ^ (stream | 0);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    this.#state = h ^ (h >>> 16);
  }

  /** Gives a whole number from 0 to 2^31 - 1: 31 bits stay a small integer in V8, 32 would be boxed. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const a = this.#state;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 1;
  }

  /** Takes a number of possibilities; gives a whole number from 0 to one less. */
  below(count: number): number {
    return Math.floor((this.bits() / 2147483648) * count);
  }

  /** Takes two whole numbers; gives one of them or one between them. */
  between(range: readonly [number, number]): number {
    return range[0] === range[1] ? range[0] : range[0] + this.below(range[1] - range[0] + 1);
  }

  /** Takes a share from 0 to 1; gives true in that share of the calls. */
  chance(share: number): boolean {
    return this.bits() < share * 2147483648;
  }
}

/** How often each value is meant to come: any positive numbers, only their proportions count. */
export type Weights = Readonly<Record<string, number>>;

/** Gives one of several values, the frequent ones more often. */
export type Picker<T> = (random: Random) => T;

/** Takes values and their weights, at least one; gives a picker. */
export function pickerOf<T>(values: readonly T[], weights: readonly number[]): Picker<T> {
  const [only] = values;
  if (only === undefined) throw new RangeError('There is nothing to pick from: give at least one value.');
  const count = values.length;
  if (count === 1) return () => only;
  // Walker's alias method: each column of height 1 is shared by at most two values, so a pick costs one number however
  // many values there are, and the tables stay small enough for the processor's cache, which a table of a few thousand
  // slots did not.
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const heights = Float64Array.from(weights, (weight) => (weight / total) * count);
  const others = Uint16Array.from(values, (_, at) => at);
  const low = [...values.keys()].filter((at) => (heights[at] as number) < 1);
  const high = [...values.keys()].filter((at) => (heights[at] as number) >= 1);
  while (low.length > 0 && high.length > 0) {
    const small = low.pop() as number;
    const large = high.at(-1) as number;
    others[small] = large;
    heights[large] = (heights[large] as number) - (1 - (heights[small] as number));
    if ((heights[large] as number) < 1) low.push(high.pop() as number);
  }
  return (random) => {
    const point = (random.bits() / 2147483648) * count;
    const column = Math.floor(point);
    return values[point - column < (heights[column] as number) ? column : (others[column] as number)] as T;
  };
}

/** Takes texts with their weights; gives a picker of texts. Each `#` in a text becomes a random digit. */
export function textPicker(weights: Weights): Picker<string> {
  const texts = Object.keys(weights);
  if (!texts.some((text) => text.includes('#'))) return pickerOf(texts, Object.values(weights));
  const pick = pickerOf(texts.map(withDigits), Object.values(weights));
  return (random) => pick(random)(random);
}

function withDigits(pattern: string): Picker<string> {
  const [first = '', ...rest] = pattern.split(/(#+)/);
  if (rest.length === 0) return () => first;
  return (random) => {
    let text = first;
    for (let at = 0; at < rest.length; at += 2)
      text += digits((rest[at] as string).length, random) + (rest[at + 1] ?? '');
    return text;
  };
}

function digits(count: number, random: Random): string {
  if (count > 9) return digits(9, random) + digits(count - 9, random);
  const power = 10 ** count;
  return String(power + random.below(power)).slice(1);
}

/** Takes whole numbers, written as texts, with their weights; gives a picker of numbers. */
export function numberPicker(weights: Weights): Picker<number> {
  return pickerOf(Object.keys(weights).map(Number), Object.values(weights));
}
