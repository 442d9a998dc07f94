/**
 * How the values of one column are written: blank, one value, the student's own SSID, days, numbers, codes into a
 * sorted dictionary, or the values themselves.
 */
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

  /** Writes bytes from a multiple of `width`; gives where. */
  copy(bytes: Uint8Array, width: number): number {
    const from = this.take(bytes.length, width);
    this.#bytes.set(bytes, from);
    return from;
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

/** What the directory says of a column. */
export type Words = readonly [kind: number, textFrom: number, textBytes: number, codesFrom: number];

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

/** Bytes of a record's code. */
const WIDTHS: Readonly<Record<number, number>> = {
  [KIND.day]: 2,
  [KIND.codes8]: 1,
  [KIND.codes16]: 2,
  [KIND.numbers8]: 1,
  [KIND.numbers16]: 2,
  [KIND.numbers32]: 4,
};
const WITH_TEXT: ReadonlySet<number> = new Set([KIND.one, KIND.codes8, KIND.codes16, KIND.plain]);

/**
 * Writes a column as it stands in another block.
 * @param bytesAt gives bytes of that block
 */
export function copyValues(
  payload: Payload,
  [kind, textFrom, textBytes, codesFrom]: Words,
  count: number,
  bytesAt: (from: number, length: number) => Uint8Array,
): Words {
  // Of numbers, what they count from stands there.
  const text = WITH_TEXT.has(kind) ? payload.copy(bytesAt(textFrom, textBytes), 1) : textFrom;
  const width = WIDTHS[kind] ?? 0;
  const codes = width > 0 ? payload.copy(bytesAt(codesFrom, count * width), width) : 0;
  return [kind, text, textBytes, codes];
}

/** Above this share of different values, codes are no shorter than the values. */
const MOSTLY_DIFFERENT = 0.7;
const FEW = 16;

/** The numbers of the values of a column: the same for the same text, and only for that. */
export interface Numbering {
  /** More than any number. */
  readonly below: number;
  textOf(number: number): string;
  /** As `dayCode` of its text. */
  dayOf(number: number): number;
  /** Ascends as the texts do; absent where that is not known. */
  rankOf?(number: number): number;
}

/** The values of a column, borrowed: the number of each record's. */
export interface Values extends Numbering {
  readonly numbers: Int32Array;
  readonly count: number;
}

/** By number, its place among those of the column at hand and one more; by record, the place of its value. */
let placeOf = new Int32Array(1 << 17);
let places = new Uint32Array(1 << 12);

/** Writes the values of a column. */
export function writeValues(payload: Payload, values: Values): Words {
  const { numbers, count, below } = values;
  const first = numbers[0] as number;
  let alike = 1;
  while (alike < count && numbers[alike] === first) alike++;
  if (alike === count) {
    const text = values.textOf(first);
    return text === '' ? [KIND.blank, 0, 0, 0] : [KIND.one, ...payload.text(text), 0];
  }
  if (places.length < count) places = new Uint32Array(count * 2);
  if (placeOf.length < below) placeOf = new Int32Array(below * 2);
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const number = numbers[i] as number;
    let place = placeOf[number] as number;
    if (place === 0) {
      place = found.push(number);
      placeOf[number] = place;
    }
    places[i] = place - 1;
  }
  for (const number of found) placeOf[number] = 0;
  return writeDays(payload, found, values) ?? writeTexts(payload, found, values);
}

/** @param found the numbers at `places` */
function writeDays(payload: Payload, found: readonly number[], values: Values): Words | undefined {
  const { count } = values;
  const codeOf = new Int32Array(found.length);
  for (let i = 0; i < found.length; i++) {
    const code = values.dayOf(found[i] as number);
    if (code < 0) return undefined;
    codeOf[i] = code;
  }
  const from = payload.take(count * 2, 2);
  const codes = payload.shorts(from, count);
  for (let i = 0; i < count; i++) codes[i] = codeOf[places[i] as number] as number;
  return [KIND.day, 0, 0, from];
}

/** @param found the numbers at `places` */
function writeTexts(payload: Payload, found: readonly number[], values: Values): Words {
  const { count } = values;
  const texts = found.map((number) => values.textOf(number));
  if (texts.length > 65_536 || (count > FEW && texts.length > count * MOSTLY_DIFFERENT)) {
    const all = Array.from({ length: count }, (_, i) => texts[places[i] as number]);
    return [KIND.plain, ...payload.text(all.join(VALUE_END)), 0];
  }
  const sorted = inOrder(found, texts, values);
  const codeOf = new Uint16Array(texts.length);
  let all = '';
  for (let code = 0; code < sorted.length; code++) {
    const place = sorted[code] as number;
    codeOf[place] = code;
    all += code === 0 ? texts[place] : VALUE_END + texts[place];
  }
  const text = payload.text(all);
  const isSmall = texts.length <= 256;
  const from = payload.take(isSmall ? count : count * 2, isSmall ? 1 : 2);
  const codes = isSmall ? payload.bytes(from, count) : payload.shorts(from, count);
  for (let i = 0; i < count; i++) codes[i] = codeOf[places[i] as number] as number;
  return [isSmall ? KIND.codes8 : KIND.codes16, ...text, from];
}

/** The places of texts in ascending order. */
function inOrder(found: readonly number[], texts: readonly string[], values: Values): ArrayLike<number> {
  if (!values.rankOf)
    return Uint16Array.from(texts.keys()).sort((a, b) => ((texts[a] as string) < (texts[b] as string) ? -1 : 1));
  // Of numbers alone they are sorted without comparing texts.
  const ranks = new Float64Array(found.length);
  for (let i = 0; i < found.length; i++) ranks[i] = values.rankOf(found[i] as number) * 65_536 + i;
  return ranks.sort().map((rank) => rank % 65_536);
}
