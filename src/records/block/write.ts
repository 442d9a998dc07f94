/** Some students as a block: their kept lines by record type, and those by column. */
import { dayToKeep, type Lines, type SourceRecord } from '../record.ts';
import { ssidNumber } from '../ssid.ts';
import { KIND, Payload, WORDS_A_COLUMN, writeNumbers, writeValues } from './columns.ts';
import { type Form, type OftenRead, widthOf } from './form.ts';
import { type LineValues, NO_VALUES, textValues, valuesOf } from './line-values.ts';
import type { NumberedLines } from './numbered-lines.ts';
import { sealed } from './sealed.ts';

/** A kept line, taken apart. Days are CCYYMMDD or blank. */
export interface KeptRecord {
  readonly form: Form;
  readonly source: number;
  readonly line: number;
  readonly uploaded: string;
  readonly lastUpdated: string;
  readonly fields: readonly string[];
  /** Where the line stands, when its values have numbers there. */
  readonly lines?: NumberedLines | undefined;
  readonly at?: number;
}

export interface StudentToWrite {
  readonly ssid: string;
  /** The upload that changed the student last. */
  readonly changed: number;
  /** In the order of loading. */
  readonly records: readonly KeptRecord[];
}

/** A block as it is stored. */
export interface BlockBytes {
  /** What is read often, or all of it. */
  readonly hot: Uint8Array<ArrayBuffer>;
  /** The other columns; absent when there are none. */
  readonly cold?: Uint8Array<ArrayBuffer>;
}

/** What stands before the columns of the layout. */
export const OWN_COLUMNS = { source: 0, line: 1, uploaded: 2, lastUpdated: 3, loaded: 4, fields: 5 } as const;
export const FIRST_COLUMN = 6;
/** What the same lines may have otherwise when they are written again. */
const MAY_DIFFER: ReadonlySet<number> = new Set([OWN_COLUMNS.uploaded, OWN_COLUMNS.lastUpdated, OWN_COLUMNS.loaded]);
/** Words at the beginning: students, parts, where their SSIDs are; then those of the column `changed`. */
export const HEAD_WORDS = 3;
/** Words of a part: number of its form, records, where the ends of its students are, where its directory is. */
export const WORDS_A_PART = 4;

/** Columns of a part: its own, those of the form, and what a line has beyond them. */
export const columnsOfPart = (form: Form): number => FIRST_COLUMN + widthOf(form) + 1;

/**
 * A record as it is to be kept: its line, with the days that it has now.
 * @param form of lines whose form is not known from where they are kept
 */
export const recordToKeep = (record: SourceRecord, form: Form, uploaded: string, lastUpdated: string): KeptRecord =>
  new LineToKeep(record, form, uploaded, lastUpdated);

/** What is kept of a line is read where it is, when it is written. */
class LineToKeep implements KeptRecord {
  readonly form: Form;
  readonly uploaded: string;
  readonly lastUpdated: string;
  readonly lines: NumberedLines | undefined;
  readonly at: number;
  readonly #kept: Lines;

  constructor({ kept, at }: SourceRecord, form: Form, uploaded: string, lastUpdated: string) {
    this.form = kept.form ?? form;
    this.uploaded = dayToKeep(uploaded);
    this.lastUpdated = dayToKeep(lastUpdated);
    this.lines = kept.numbered;
    this.#kept = kept;
    this.at = at;
  }

  get source(): number {
    return this.#kept.source(this.at);
  }

  get line(): number {
    return this.#kept.lineNumber(this.at);
  }

  get fields(): readonly string[] {
    return this.#kept.fields(this.at);
  }
}

/** The records of one form. */
interface Part {
  /** The number under which the form is kept. */
  readonly number: number;
  readonly form: Form;
  readonly records: KeptRecord[];
  readonly loaded: number[];
  /** The SSID of each record's student. */
  readonly own: string[];
  /** Of the fields of its lines. */
  values: LineValues;
  /** By student: how many records there are up to and including its own. */
  readonly ends: Uint32Array;
}

/**
 * Writes students.
 * @param students in ascending order of SSID
 * @param numberOf the number under which a form is kept
 * @param often which columns are read often; all of them when absent, and then nothing is put apart
 */
export function writeBlock(
  students: readonly StudentToWrite[],
  numberOf: (form: Form) => number,
  often?: OftenRead,
): BlockBytes {
  const parts = partsOf(students, numberOf);
  const directories = writeHot(students, parts, often);
  const isParted = directories.some((words) =>
    words.some((word, i) => i % WORDS_A_COLUMN === 0 && word === KIND.elsewhere),
  );
  const hot = sealed(isParted ? 'hot' : 'whole', HOT.all());
  return isParted ? { hot, cold: writeCold(parts, directories, hot) } : { hot };
}

function partsOf(students: readonly StudentToWrite[], numberOf: (form: Form) => number): Part[] {
  const parts = new Map<number, Part>();
  for (const [student, { ssid, records }] of students.entries()) {
    for (const [loaded, record] of records.entries()) {
      const number = numberOf(record.form);
      let part = parts.get(number);
      if (!part) {
        part = {
          number,
          form: record.form,
          records: [],
          loaded: [],
          own: [],
          ends: new Uint32Array(students.length),
          values: NO_VALUES,
        };
        parts.set(number, part);
      }
      part.records.push(record);
      part.loaded.push(loaded);
      part.own.push(ssid);
    }
    for (const part of parts.values()) part.ends[student] = part.records.length;
  }
  for (const part of parts.values()) part.values = valuesOf(part.records, part.own);
  return [...parts.values()];
}

// Nothing is written to while something else is: used again and again, they need not grow again.
const HOT = new Payload();
const COLD = new Payload();

function writeHot(
  students: readonly StudentToWrite[],
  parts: readonly Part[],
  often: OftenRead | undefined,
): Uint32Array[] {
  HOT.begin();
  const head = HOT.take((HEAD_WORDS + WORDS_A_COLUMN) * 4, 8);
  const table = HOT.take(parts.length * WORDS_A_PART * 4, 4);
  const ssids = HOT.take(students.length * 8, 8);
  HOT.doubles(ssids, students.length).set(students.map(({ ssid }) => ssidNumber(ssid)));
  const changed = writeNumbers(
    HOT,
    students.map((s) => s.changed),
    students.length,
  );
  HOT.words(head, HEAD_WORDS + WORDS_A_COLUMN).set([students.length, parts.length, ssids, ...changed]);
  return parts.map((part, i) => {
    const ends = HOT.take(students.length * 4, 4);
    HOT.words(ends, students.length).set(part.ends);
    const isOften = often?.get(part.form.recordType);
    const words = directoryOf(HOT, part, (column) => !isOften || isRead(part.form, column, isOften));
    const directory = HOT.take(words.byteLength, 4);
    HOT.words(directory, words.length).set(words);
    HOT.words(table + i * WORDS_A_PART * 4, WORDS_A_PART).set([part.number, part.records.length, ends, directory]);
    return words;
  });
}

function isRead({ columns }: Form, column: number, often: ReadonlySet<string>): boolean {
  if (typeof columns === 'number' || column < FIRST_COLUMN) return true;
  const key = columns[column - FIRST_COLUMN];
  // What stands beyond the columns is needed only to say what was sent.
  return key !== undefined && often.has(key);
}

function writeCold(
  parts: readonly Part[],
  hot: readonly Uint32Array[],
  sealedHot: Uint8Array,
): Uint8Array<ArrayBuffer> {
  COLD.begin();
  const table = COLD.take(parts.length * 4, 4);
  for (const [i, part] of parts.entries()) {
    const isHere = (column: number): boolean => hot[i]?.[column * WORDS_A_COLUMN] === KIND.elsewhere;
    const words = directoryOf(COLD, part, isHere);
    const directory = COLD.take(words.byteLength, 4);
    COLD.words(directory, words.length).set(words);
    COLD.words(table + i * 4, 1)[0] = directory;
  }
  return sealed('cold', COLD.all(), sealedHot);
}

/** Writes the columns that belong into a payload; gives the words of all of them. A blank one takes no room anywhere. */
function directoryOf(payload: Payload, part: Part, belongs: (column: number) => boolean): Uint32Array {
  const columns = columnsOfPart(part.form);
  const words = new Uint32Array(columns * WORDS_A_COLUMN);
  for (let column = 0; column < columns; column++)
    words.set(
      belongs(column) ? writeColumn(payload, part, column) : [KIND.elsewhere, 0, 0, 0],
      column * WORDS_A_COLUMN,
    );
  return words;
}

function writeColumn(payload: Payload, part: Part, column: number): readonly number[] {
  const { records, loaded, values, form } = part;
  const count = records.length;
  const numbers = (of: (record: KeptRecord, i: number) => number): readonly number[] =>
    writeNumbers(payload, records.map(of), count);
  const texts = (of: (record: KeptRecord) => string): readonly number[] =>
    writeValues(
      payload,
      textValues(count, (i) => of(records[i] as KeptRecord)),
    );
  if (values.copy && !MAY_DIFFER.has(column)) return values.copy(payload, column);
  switch (column) {
    case OWN_COLUMNS.source:
      return numbers((r) => r.source);
    case OWN_COLUMNS.line:
      return numbers((r) => r.line);
    case OWN_COLUMNS.loaded:
      return writeNumbers(payload, loaded, count);
    case OWN_COLUMNS.fields:
      return numbers((_, i) => values.fields(i));
    case OWN_COLUMNS.uploaded:
      return texts((r) => r.uploaded);
    case OWN_COLUMNS.lastUpdated:
      return texts((r) => r.lastUpdated);
    default: {
      const place = column - FIRST_COLUMN;
      if (place === widthOf(form))
        return writeValues(
          payload,
          textValues(count, (i) => values.beyond(i, place)),
        );
      return values.areOwn(place) ? [KIND.ownSSID, 0, 0, 0] : writeValues(payload, values.of(place));
    }
  }
}
