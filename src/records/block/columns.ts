/**
 * How the values of one column are written: blank, one value, the student's own SSID, days, numbers, codes into a
 * sorted dictionary, or the values themselves.
 */
import { dayCode } from './days.ts';

export const KIND = {
  blank: 0,
  one: 1,
  ownSSID: 2,
  day: 3,
  codes8: 4,
  codes16: 5,
  plain: 6,
  numbers8: 7,
  numbers16: 8,
  numbers32: 9,
  /** It is in the cold part. */
  elsewhere: 10,
} as const;

/** Words of a column in the directory: kind, where its text begins (or what its numbers count from), bytes of text, where its codes begin. */
export const WORDS_A_COLUMN = 4;

/** No value holds a line feed: lines end with it. */
export const VALUE_END = '\n';

/** Bytes that grow. */
export class Payload {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  begin(): void {
    this.#length = 0;
  }

  /** Room for so many bytes from a multiple of `width`; gives where. They are nought. */
  take(bytes: number, width: number): number {
    const from = Math.ceil(this.#length / width) * width;
    const end = from + bytes;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.fill(0, this.#length, end);
    this.#length = end;
    return from;
  }

  /** Writes a text as UTF-8; gives where, and how many bytes. */
  text(text: string): [from: number, bytes: number] {
    const from = this.#length;
    // No UTF-16 unit needs more than three bytes.
    this.take(text.length * 3, 1);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(from));
    this.#length = from + written;
    return [from, written];
  }

  // Only good until more room is taken.
  bytes(from: number, length: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, from, length);
  }

  shorts(from: number, length: number): Uint16Array {
    return new Uint16Array(this.#bytes.buffer, from, length);
  }

  words(from: number, length: number): Uint32Array {
    return new Uint32Array(this.#bytes.buffer, from, length);
  }

  doubles(from: number, length: number): Float64Array {
    return new Float64Array(this.#bytes.buffer, from, length);
  }

  all(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

const encoder = new TextEncoder();

type Words = [kind: number, textFrom: number, textBytes: number, codesFrom: number];

/** Writes numbers, from 0. */
export function writeNumbers(payload: Payload, numbers: ArrayLike<number>, count: number): Words {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < count; i++) {
    const number = numbers[i] as number;
    if (number < least) least = number;
    if (number > most) most = number;
  }
  const spread = most - least;
  const [kind, width] = spread < 256 ? [KIND.numbers8, 1] : spread < 65_536 ? [KIND.numbers16, 2] : [KIND.numbers32, 4];
  const from = payload.take(count * width, width);
  const room =
    width === 1 ? payload.bytes(from, count) : width === 2 ? payload.shorts(from, count) : payload.words(from, count);
  for (let i = 0; i < count; i++) room[i] = (numbers[i] as number) - least;
  return [kind, least, 0, from];
}

/** Above this share of different values, codes are no shorter than the values. */
const MOSTLY_DIFFERENT = 0.7;
const FEW = 16;

/**
 * Writes the values of a column.
 * @param values those of all records; the array is only borrowed
 * @param own the SSID of each record's student
 */
export function writeValues(payload: Payload, values: readonly string[], count: number, own: readonly string[]): Words {
  const first = values[0] as string;
  let alike = 1;
  while (alike < count && values[alike] === first) alike++;
  if (alike === count) return first === '' ? [KIND.blank, 0, 0, 0] : [KIND.one, ...payload.text(first), 0];
  if (isOwn(values, count, own)) return [KIND.ownSSID, 0, 0, 0];
  return writeDays(payload, values, count) ?? writeTexts(payload, values, count);
}

function isOwn(values: readonly string[], count: number, own: readonly string[]): boolean {
  for (let i = 0; i < count; i++) if (values[i] !== own[i]) return false;
  return true;
}

function writeDays(payload: Payload, values: readonly string[], count: number): Words | undefined {
  for (let i = 0; i < count; i++) {
    const value = values[i] as string;
    if (value !== '' && (value.length !== 8 || dayCode(value) < 0)) return undefined;
  }
  const from = payload.take(count * 2, 2);
  const codes = payload.shorts(from, count);
  for (let i = 0; i < count; i++) codes[i] = dayCode(values[i] as string);
  return [KIND.day, 0, 0, from];
}

let places = new Uint32Array(1 << 12);

function writeTexts(payload: Payload, values: readonly string[], count: number): Words {
  if (places.length < count) places = new Uint32Array(count * 2);
  const found = new Map<string, number>();
  const texts: string[] = [];
  let before: string | undefined;
  let place = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] as string;
    if (value !== before) {
      before = value;
      const known = found.get(value);
      if (known === undefined) {
        place = texts.length;
        found.set(value, place);
        texts.push(value);
      } else place = known;
    }
    places[i] = place;
  }
  if (texts.length > 65_536 || (count > FEW && texts.length > count * MOSTLY_DIFFERENT))
    return [KIND.plain, ...payload.text(values.slice(0, count).join(VALUE_END)), 0];
  const sorted = texts.toSorted((a, b) => (a < b ? -1 : 1));
  for (let code = 0; code < sorted.length; code++) found.set(sorted[code] as string, code);
  const codeOf = Uint16Array.from(texts, (text) => found.get(text) as number);
  const text = payload.text(sorted.join(VALUE_END));
  const isSmall = texts.length <= 256;
  const from = payload.take(isSmall ? count : count * 2, isSmall ? 1 : 2);
  const codes = isSmall ? payload.bytes(from, count) : payload.shorts(from, count);
  for (let i = 0; i < count; i++) codes[i] = codeOf[places[i] as number] as number;
  return [isSmall ? KIND.codes8 : KIND.codes16, ...text, from];
}
