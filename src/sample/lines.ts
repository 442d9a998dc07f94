import { Bytes } from './bytes.ts';
import type { Days } from './calendar.ts';
import { open } from './calendar.ts';
import type { Random, Weights } from './random.ts';
import { pickerOf, textPicker } from './random.ts';
import type { ColumnSource, Recipe, RecordRecipe, Spoiling, Spoilings } from './recipe.ts';
import type { SampleRecord, Student } from './student.ts';

/** What a sample needs to know of a record layout; the files in `schemas/records` have it. */
export interface SampleLayout {
  readonly recordType: string;
  readonly columns: readonly { readonly key: string; readonly type: string; readonly max: number }[];
  /** The two dates of an ODS extract; absent for a record type that is downloaded without them. */
  readonly odsColumns?: readonly unknown[];
}

/** `plain`: as an LEA sends its records. `ods`: as it downloads them, most with two dates at the end. */
export type Style = 'plain' | 'ods';

/** Writes the records of one type, one student after the other. */
export interface LineWriter {
  /** Takes the student whose records follow. */
  begin(student: Student): void;
  /**
   * Takes a record of that student and where to write; adds its line or lines, each with its line end, and gives how
   * many they are.
   */
  write(record: SampleRecord, out: Bytes, random: Random): number;
}

/** The columns that are filled by chance once for a student, so that all record types say the same of him. */
export interface Choices {
  /** Gives one value for each of these columns. */
  pick(random: Random): string[];
  /** Takes a column's key; gives its place among the values. */
  indexOf(key: string): number;
}

/** Takes the recipe; gives its choices. Throws when two record types would choose differently for one column. */
export function prepareChoices(recipe: Recipe): Choices {
  const found = new Map<string, Weights>();
  for (const [recordType, { columns }] of Object.entries(recipe.records)) {
    for (const [key, source] of Object.entries(columns)) {
      if (!('choose' in source) || source.per !== 'student') continue;
      const known = found.get(key);
      if (known && JSON.stringify(known) !== JSON.stringify(source.choose)) {
        throw new Error(
          `The recipe chooses the student's ${key} for ${recordType} from other values than before; give the same values and weights.`,
        );
      }
      found.set(key, source.choose);
    }
  }
  const keys = [...found.keys()];
  const pickers = [...found.values()].map(textPicker);
  return { pick: (random) => pickers.map((pick) => pick(random)), indexOf: (key) => keys.indexOf(key) };
}

type ReadStudent = (student: Student) => string;
type ReadRecord = (record: SampleRecord, student: Student, days: Days, random: Random) => string;

const studentValues: Readonly<Record<string, ReadStudent>> = {
  ssid: (student) => student.ssid,
  firstName: (student) => student.firstName,
  middleName: (student) => student.middleName,
  lastName: (student) => student.lastName,
  aliasLastName: (student) => student.aliasLastName,
  birthDate: (student) => student.birthDate,
  gender: (student) => student.gender,
  initialUSDate: (student) => student.initialUSDate,
};

const recordValues: Readonly<Record<string, ReadRecord>> = {
  lea: (record) => record.lea.code,
  school: (record) => record.school,
  selpa: (record) => record.lea.selpa,
  localID: (record, student) => record.lea.localIDPrefix + student.ordinal,
  academicYear: (record, _, days) => days.academicYear(record.start),
  start: (record, _, days) => days.text(record.start),
  end: (record, _, days) => days.text(record.end),
  code: (record) => record.code,
  grade: (record) => record.grade,
  exit: (record) => record.exit,
  completion: (record) => record.completion,
  initialStart: (record, _, days) => days.text(record.initialStart),
  hispanic: (record) => record.background?.hispanic ?? '',
  ethnicityMissing: (record) => record.background?.ethnicityMissing ?? '',
  race1: (record) => record.background?.races[0] ?? '',
  race2: (record) => record.background?.races[1] ?? '',
  race3: (record) => record.background?.races[2] ?? '',
  race4: (record) => record.background?.races[3] ?? '',
  race5: (record) => record.background?.races[4] ?? '',
  raceMissing: (record) => record.background?.raceMissing ?? '',
  parent1: (record) => record.background?.parents[0] ?? '',
  parent2: (record) => record.background?.parents[1] ?? '',
};

/**
 * Takes the recipe, the layout of one record type, the columns that shapes of its history may fill themselves, the
 * student's choices, the style and the days; gives a writer. Throws when the recipe names a column that the layout
 * lacks.
 */
export function prepareLines(
  recipe: Recipe,
  layout: SampleLayout,
  alsoKeys: ReadonlySet<string>,
  choices: Choices,
  style: Style,
  days: Days,
): LineWriter {
  const { recordType } = layout;
  const ods = style === 'ods';
  const leftOff = new Set(ods ? recipe.ods.leaveOff[recordType] : []);
  const blank = new Set(ods ? recipe.ods.blank : []);
  const columns = layout.columns.filter(({ key }) => !leftOff.has(key));
  const sources = (recipe.records[recordType] as RecordRecipe).columns;
  for (const key of [...Object.keys(sources), ...alsoKeys]) {
    if (!layout.columns.some((column) => column.key === key))
      throw new Error(`The recipe fills ${recordType} ${key}, but that layout has no such column.`);
  }

  // A line is a value of the record, then what stands between two of those, and so on. What stands between (blank
  // columns, and columns that stay the same for a student) is encoded once a student, not once a record.
  const values: ReadRecord[] = [];
  const between: { readonly carets: string; readonly read: ReadStudent }[][] = [[]];
  const nothing: ReadStudent = () => '';
  let carets = '';
  for (const [at, { key }] of columns.entries()) {
    const source: ColumnSource | undefined = blank.has(key) ? undefined : sources[key];
    const fromShape = alsoKeys.has(key);
    const ofStudent = source && !fromShape ? studentValue(key, source, choices) : undefined;
    if (at > 0) carets += '^';
    if (ofStudent) {
      between.at(-1)?.push({ carets, read: ofStudent });
      carets = '';
    } else if (source || fromShape) {
      between.at(-1)?.push({ carets, read: nothing });
      carets = '';
      values.push(recordValue(key, source, choices, ods ? recordType + recipe.ods.suffix : recordType, fromShape));
      between.push([]);
    }
  }
  between.at(-1)?.push({ carets, read: nothing });
  const encoded = new Bytes(1024);
  const ends = new Int32Array(between.length);

  const finish = prepareFinish(recipe, columns, recordType, style);
  const { lineEnd } = recipe.writing;
  const { uploadedAfter, updatedAfter } = recipe.ods;
  let student: Student;
  let isEncoded = false;
  function encodeStudent(): void {
    encoded.clear();
    for (let at = 0; at < between.length; at++) {
      for (const { carets, read } of between[at] as (typeof between)[number]) {
        encoded.add(carets);
        encoded.add(read(student));
      }
      ends[at] = encoded.length;
    }
    isEncoded = true;
  }
  return {
    begin(next) {
      student = next;
      isEncoded = false;
    },
    write(record, out, random) {
      if (!isEncoded) encodeStudent();
      const start = out.length;
      let from = 0;
      for (let at = 0; at < values.length; at++) {
        const end = ends[at] as number;
        out.copy(encoded, from, end);
        from = end;
        out.add((values[at] as ReadRecord)(record, student, days, random));
      }
      out.copy(encoded, from, encoded.length);
      const again = finish(out, start, random);
      if (ods && layout.odsColumns) {
        const uploaded = record.start + random.between(uploadedAfter);
        out.add('^');
        out.add(days.text(uploaded));
        out.add('^');
        out.add(days.text(uploaded + random.between(updatedAfter)));
      }
      out.add(lineEnd);
      if (again === undefined) return 1;
      out.add(again);
      out.add(lineEnd);
      return 2;
    },
  };
}

function studentValue(key: string, source: ColumnSource, choices: Choices): ReadStudent | undefined {
  if ('choose' in source) {
    return source.per === 'student' && source.with === undefined ? chosenValue(key, choices) : undefined;
  }
  return 'student' in source ? studentValues[source.student] : undefined;
}

function chosenValue(key: string, choices: Choices): ReadStudent {
  const at = choices.indexOf(key);
  return (student) => student.chosen[at] as string;
}

function recordValue(
  key: string,
  source: ColumnSource | undefined,
  choices: Choices,
  recordType: string,
  fromShape: boolean,
): ReadRecord {
  const read = plainRecordValue(key, source, choices, recordType);
  if (!fromShape) return read;
  return (record, student, days, random) => {
    const pick = record.also?.get(key);
    return pick ? pick(random) : read(record, student, days, random);
  };
}

function plainRecordValue(
  key: string,
  source: ColumnSource | undefined,
  choices: Choices,
  recordType: string,
): ReadRecord {
  if (source === undefined) return () => '';
  const ofStudent = studentValue(key, source, choices);
  if (ofStudent) return (_record, student) => ofStudent(student);
  if ('choose' in source) {
    if (source.per === 'student') {
      const [chosen, beside] = [chosenValue(key, choices), recordValues[source.with ?? '']];
      return (...of) => (beside?.(...of) === '' ? '' : chosen(of[1]));
    }
    const pick = textPicker(source.choose);
    return (_record, _student, _days, random) => pick(random);
  }
  if ('record' in source && source.record === 'recordType') return () => recordType;
  const read = 'record' in source ? recordValues[source.record] : undefined;
  if (!read)
    throw new Error(
      `The recipe fills ${recordType} ${key} with ${JSON.stringify(source)}, which no student and no record has.`,
    );
  return read;
}

/**
 * Takes where a line was written and where it starts; may write it anew, and gives the line that sends the record
 * again, if there is one.
 */
type Finish = (out: Bytes, start: number, random: Random) => string | undefined;

/** Spoils a few lines, writes a few in another form, and sends a few again. */
function prepareFinish(recipe: Recipe, columns: SampleLayout['columns'], recordType: string, style: Style): Finish {
  const { slashDates, withoutTrailingBlanks, resend } = recipe.writing;
  const plain = style === 'plain';
  const mistake = prepareSpoiling(recipe.mistakes, columns, recordType);
  const blemish = prepareSpoiling(recipe.blemishes, columns, recordType);
  const sentAgain = setterOf(resend.set, columns);
  const dates = columns.flatMap(({ type }, at) => (type === 'DT' ? [at] : []));
  const slashed: Edit = (fields) => {
    for (const at of dates) fields[at] = (fields[at] ?? '').replace(/^(\d{4})(\d\d)(\d\d)$/, '$2/$3/$1');
  };

  return (out, start, random) => {
    if (random.chance(recipe.mistakes.share)) out.add(edited(out.cut(start), mistake, random));
    else if (random.chance(recipe.blemishes.share)) out.add(edited(out.cut(start), blemish, random));
    if (!plain) return undefined;
    if (random.chance(slashDates)) out.add(edited(out.cut(start), slashed, random));
    if (random.chance(withoutTrailingBlanks)) out.add(out.cut(start).replace(/\^+$/, ''));
    if (!random.chance(resend.share)) return undefined;
    const line = out.cut(start);
    out.add(line);
    return edited(line, sentAgain, random);
  };
}

type Edit = (fields: string[], random: Random) => void;

function edited(line: string, edit: Edit, random: Random): string {
  const fields = line.split('^');
  edit(fields, random);
  return fields.join('^');
}

function prepareSpoiling(spoilings: Spoilings, columns: SampleLayout['columns'], recordType: string): Edit {
  const kinds = spoilings.kinds.filter(({ record }) => record === recordType);
  if (kinds.length === 0) return () => undefined;
  const pick = pickerOf(
    kinds.map((kind) => spoilingOf(kind, columns)),
    kinds.map(({ weight }) => weight),
  );
  return (fields, random) => pick(random)(fields, random);
}

function spoilingOf(kind: Spoiling, columns: SampleLayout['columns']): Edit {
  const filled = (kind.filled ?? []).map((key) => indexOf(key, columns));
  const set = setterOf(kind.set ?? {}, columns);
  const [left, right] = (kind.swap ?? []).map((key) => indexOf(key, columns));
  const tooLong = kind.tooLong === undefined ? open : indexOf(kind.tooLong, columns);
  return (fields, random) => {
    if (filled.some((at) => !fields[at])) return;
    set(fields, random);
    if (left !== undefined && right !== undefined) {
      const kept = fields[left] ?? '';
      fields[left] = fields[right] ?? '';
      fields[right] = kept;
    }
    if (tooLong !== open) fields[tooLong] = (fields[tooLong] ?? '').padEnd((columns[tooLong]?.max ?? 0) + 1, 'x');
    for (let more = kind.moreFields ?? 0; more > 0; more--) fields.push('more');
  };
}

function setterOf(
  set: Readonly<Record<string, Readonly<Record<string, number>>>>,
  columns: SampleLayout['columns'],
): Edit {
  // A column may be missing here because an ODS extract leaves it off.
  const values = Object.entries(set).map(([key, weights]) => [indexOf(key, columns), textPicker(weights)] as const);
  return (fields, random) => {
    for (const [at, pick] of values) if (at < fields.length && at >= 0) fields[at] = pick(random);
  };
}

function indexOf(key: string, columns: SampleLayout['columns']): number {
  return columns.findIndex((column) => column.key === key);
}

/** Takes the shapes of a history; gives the keys of all columns that one of them fills itself. */
export function alsoKeysOf(
  shapes: readonly { readonly also?: Readonly<Record<string, unknown>> }[],
): ReadonlySet<string> {
  return new Set(shapes.flatMap(({ also }) => Object.keys(also ?? {})));
}
