/** A person as records describe one, and names made ready to be compared. */

/** What a record says of somebody; `''` for what it does not say. */
export interface Description {
  readonly first: string;
  readonly middle: string;
  readonly last: string;
  readonly aliasFirst: string;
  readonly aliasMiddle: string;
  readonly aliasLast: string;
  /** CCYYMMDD */
  readonly birthDate: string;
  readonly gender: string;
  readonly birthCountry: string;
  readonly birthState: string;
}

/** A name in the two forms in which it is compared. */
export interface Name {
  /** As it was sent, with accents composed. */
  readonly sent: string;
  /** Without case, accents, hyphens, apostrophes and blanks; what was sent where nothing else is left of it. */
  readonly plain: string;
  /** A bit for each letter of the plain form, whatever their number and order; letters of other scripts share bits. */
  readonly letters: number;
}

/** Somebody whose names are ready to be compared. */
export interface Person {
  readonly first: Name;
  readonly middle: Name;
  readonly last: Name;
  /** Plain forms. */
  readonly aliasFirst: string;
  readonly aliasMiddle: string;
  readonly aliasLast: string;
  /** First and middle name in one, plain. */
  readonly joined: string;
  /** Numbers; 0 for none. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly gender: string;
  readonly birthCountry: string;
  readonly birthState: string;
}

const NO_NAME: Name = { sent: '', plain: '', letters: 0 };
const ASCII_LETTERS = /^[A-Za-z]*$/;
const ASCII = /^[\x20-\x7e]*$/;
/** Marks upon letters, and marks that say in which direction letters run. */
const MARKS = /[\p{M}\p{Cf}]/gu;
/** Hyphens, apostrophes, blanks, and what is typed in their place. */
const BETWEEN = /[\s\p{Pd}'`´‘’ʻʼʹ]/gu;

/** The plain form of a name: letters of any script, whatever their case and marks. */
export function plainForm(name: string): string {
  if (ASCII_LETTERS.test(name)) return name.toLowerCase();
  const marked = ASCII.test(name) ? name : name.normalize('NFKD').replace(MARKS, '');
  return marked.replace(BETWEEN, '').toLowerCase() || name;
}

function nameOf(text: string): Name {
  if (text === '') return NO_NAME;
  const plain = plainForm(text);
  return { sent: ASCII.test(text) ? text : text.normalize('NFC'), plain, letters: lettersOf(plain) };
}

function lettersOf(plain: string): number {
  let letters = 0;
  for (let i = 0; i < plain.length; i++) letters |= 1 << (plain.charCodeAt(i) & LAST_BITS);
  return letters;
}

/** A shift takes so many bits; the Latin letters differ in them. */
const LAST_BITS = 31;

const YEAR_END = 4;
const MONTH_END = 6;

export function personOf(described: Description): Person {
  const { birthDate } = described;
  const [first, middle] = [nameOf(described.first), nameOf(described.middle)];
  return {
    first,
    middle,
    last: nameOf(described.last),
    aliasFirst: plainForm(described.aliasFirst),
    aliasMiddle: plainForm(described.aliasMiddle),
    aliasLast: plainForm(described.aliasLast),
    joined: first.plain + middle.plain,
    year: Number(birthDate.slice(0, YEAR_END)),
    month: Number(birthDate.slice(YEAR_END, MONTH_END)),
    day: Number(birthDate.slice(MONTH_END)),
    gender: described.gender,
    birthCountry: described.birthCountry,
    birthState: described.birthState,
  };
}

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
