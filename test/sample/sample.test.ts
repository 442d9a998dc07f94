import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { UserError } from '#base/user-error';
import type { SampleOptions } from '#sample/generate';
import { generateSample } from '#sample/generate';
import type { Recipe } from '#sample/recipe';
import { readRecipe } from '#sample/recipe';
import { readSampleLayouts, readSampleRecipe, writeSample } from '#sample/write';

interface Column {
  readonly key: string;
  readonly type: string;
  readonly max: number;
  readonly required?: boolean;
  readonly codeSet?: string;
}

const schemas = join(import.meta.dirname, '..', '..', 'schemas');
const recipe = readSampleRecipe();
const layouts = readSampleLayouts(recipe);
const columnsOf = new Map(layouts.map(({ recordType, columns }) => [recordType, columns as readonly Column[]]));
const options: SampleOptions = { students: 1500, seed: 7, leas: 12, style: 'plain' };

const faultless: Recipe = {
  ...recipe,
  mistakes: { ...recipe.mistakes, share: 0 },
  blemishes: { ...recipe.blemishes, share: 0 },
  writing: {
    ...recipe.writing,
    slashDates: 0,
    withoutTrailingBlanks: 0,
    resend: { ...recipe.writing.resend, share: 0 },
  },
};

/** Gives the lines of each record type, and the whole text of it. */
function sample(changes: Partial<SampleOptions> = {}, made: Recipe = faultless) {
  const texts = new Map<string, string>();
  let counted = 0;
  for (const { recordType, bytes, lines } of generateSample(made, layouts, { ...options, ...changes })) {
    texts.set(recordType, (texts.get(recordType) ?? '') + new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    counted += lines;
  }
  const lines = new Map(
    [...texts].map(([type, text]) => [
      type,
      text
        .split('\r\n')
        .slice(0, -1)
        .map((line) => line.split('^')),
    ]),
  );
  return { texts, lines, counted };
}

function hashOf({ texts }: ReturnType<typeof sample>): string {
  return createHash('sha256')
    .update(JSON.stringify([...texts]))
    .digest('hex');
}

/** Gives the records of a type as objects of their columns. */
function records({ lines }: ReturnType<typeof sample>, type: string): Record<string, string>[] {
  const columns = columnsOf.get(type) ?? [];
  return (lines.get(type) ?? []).map((fields) =>
    Object.fromEntries(columns.map(({ key }, at) => [key, fields[at] ?? ''])),
  );
}

const clean = sample();

test('the same seed gives the same bytes, another seed others', async (t) => {
  t.equal(hashOf(sample({}, recipe)), hashOf(sample({}, recipe)));
  t.not(hashOf(sample({}, recipe)), hashOf(sample({ seed: 8 }, recipe)));
});

test('the bytes of a seed stay what they were: documents and stories speak of students of samples', async (t) => {
  // Other hashes are right when schemas/sample.json was changed; never when only code was.
  const hashes = (['plain', 'ods'] as const).map((style) => hashOf(sample({ students: 300, leas: 3, style }, recipe)));
  t.same(hashes, [
    '185dab4881c7c2b05df0ffdab860001a4998f57acdb78e57423cbfb4dcddf43e',
    '97162028fabdc63b6187101bb0f0151a51f4ff0d729f83b7746cc07617ea8e01',
  ]);
});

test('more students leave the earlier ones as they are', async (t) => {
  const few = sample({ students: 100 }, recipe);
  const many = sample({ students: 200 }, recipe);
  for (const [type, text] of few.texts) t.ok(many.texts.get(type)?.startsWith(text), type);
});

test('every SSID is synthetic, unique to its student, and the same in every file', async (t) => {
  const ssids = new Set<string>();
  for (const type of columnsOf.keys()) for (const { ssid = '' } of records(clean, type)) ssids.add(ssid);
  t.equal(ssids.size, options.students);
  t.same(
    [...ssids].filter((ssid) => !/^99\d{8}$/.test(ssid)),
    [],
  );
});

test('required columns are filled, lengths and the number of fields kept', async (t) => {
  for (const [type, columns] of columnsOf) {
    const faults = new Set<string>();
    for (const fields of clean.lines.get(type) ?? []) {
      if (fields.length !== columns.length) faults.add(`${fields.length} fields`);
      for (const [at, { key, required, max }] of columns.entries()) {
        if (required && !fields[at]) faults.add(`${key} is empty`);
        if ((fields[at] ?? '').length > max) faults.add(`${key} is too long: ${fields[at]}`);
      }
    }
    t.same([...faults], [], type);
  }
  for (const [type, columns] of columnsOf) {
    const made = sample({}, { ...recipe, mistakes: { ...recipe.mistakes, share: 0 } });
    t.notOk(
      made.lines.get(type)?.some((fields) => fields.length > columns.length),
      `${type}, other forms of writing included`,
    );
  }
});

test('values of closed code sets are known, and days are real', async (t) => {
  for (const [type, columns] of columnsOf) {
    const faults = columns.flatMap(({ key, codeSet, type: valueType }) => {
      const values = new Set(records(clean, type).map((record) => record[key] ?? ''));
      values.delete('');
      const codes = codeSet && key !== 'recordTypeCode' ? closedCodes(codeSet) : undefined;
      return [...values]
        .filter((value) => (valueType === 'DT' && !isDay(value)) || (codes && !codes.has(value)))
        .map((value) => `${key}: ${value}`);
    });
    t.same(faults, [], type);
  }
});

test('enrollments without mistakes would be stored', async (t) => {
  const enrollments = records(clean, 'SENR');
  const faults = enrollments.filter((record) => {
    const {
      enrollmentStartDate = '',
      enrollmentExitDate = '',
      studentExitReasonCode = '',
      studentSchoolCompletionStatus = '',
    } = record;
    if ((enrollmentExitDate === '') !== (studentExitReasonCode === '')) return true;
    if ((studentExitReasonCode === 'E230') !== (studentSchoolCompletionStatus !== '')) return true;
    return enrollmentExitDate !== '' && enrollmentExitDate < enrollmentStartDate && studentExitReasonCode !== 'N470';
  });
  t.same(faults, []);
});

test('names and birth are the same on all records of a student', async (t) => {
  const keys = [
    'studentLegalFirstName',
    'studentLegalLastName',
    'studentBirthDate',
    'studentGenderCode',
    'studentBirthCity',
    'studentLegalMiddleName',
  ];
  const known = new Map<string, string>();
  const faults: string[] = [];
  for (const [type, columns] of columnsOf) {
    const present = keys.filter((key) => columns.some((column) => column.key === key));
    for (const record of records(clean, type)) {
      for (const key of present) {
        const place = `${record['ssid']} ${key}`;
        const value = record[key] ?? '';
        if ((known.get(place) ?? value) !== value) faults.push(place);
        known.set(place, value);
      }
    }
  }
  t.same(faults, []);
  t.match([...known.values()].join(' '), /[éñ]/, 'some are not ASCII');
});

test('a student has 12 to 16 records on average', async (t) => {
  const average = sample({ students: 5000 }, recipe).counted / 5000;
  t.ok(average >= 12 && average <= 16, String(average));
});

test('the histories that rules are about do occur', async (t) => {
  const enrollments = records(clean, 'SENR');
  const programs = records(clean, 'SPRG');
  const has = (list: Record<string, string>[], type: string, test: (record: Record<string, string>) => boolean) =>
    t.ok(list.some(test), type);
  for (const status of ['10', '20', '30', '40', '50'])
    has(enrollments, `status ${status}`, (record) => record['enrollmentStatusCode'] === status);
  has(enrollments, 'no-show', (record) => record['studentExitReasonCode'] === 'N470');
  has(enrollments, 'open', (record) => record['enrollmentExitDate'] === '');
  has(enrollments, 'one day', (record) => record['enrollmentStartDate'] === record['enrollmentExitDate']);
  for (const program of ['191', '135', '127', '181', '182', '175', '190', '193'])
    has(programs, `program ${program}`, (record) => record['educationProgramCode'] === program);
  has(
    programs,
    '185, open',
    (record) => record['educationProgramCode'] === '185' && record['educationProgramMembershipEndDate'] === '',
  );
  has(
    programs,
    '185, ended',
    (record) => record['educationProgramCode'] === '185' && record['educationProgramMembershipEndDate'] !== '',
  );
  for (const status of ['EO', 'EL', 'RFEP', 'IFEP', 'TBD', 'ADEL'])
    has(records(clean, 'SELA'), status, (record) => record['englishLanguageAcquisitionStatusCode'] === status);
  has(
    records(clean, 'SELA'),
    '29 February',
    (record) => record['englishLanguageAcquisitionStatusStartDate']?.endsWith('0229') ?? false,
  );
  has(records(clean, 'SINF'), 'several races', (record) => record['studentRace2Code'] !== '');
  has(records(clean, 'SINF'), 'no race', (record) => record['studentRaceMissingIndicator'] === 'Y');
  has(
    records(clean, 'SINF'),
    'parents 14, 14',
    (record) =>
      record['parentGuardian1HighestEducationLevelCode'] === '14' &&
      record['parentGuardian2HighestEducationLevelCode'] === '14',
  );
});

test('mistakes are about as frequent as the recipe says', async (t) => {
  const writing = faultless.writing;
  const spoiled = sample({ students: 5000 }, { ...faultless, mistakes: { ...recipe.mistakes, share: 0.5 }, writing });
  let wrong = 0;
  for (const [type, columns] of columnsOf) {
    for (const fields of spoiled.lines.get(type) ?? []) {
      const bad = columns.some(({ key, required, max, type: valueType }, at) => {
        const value = fields[at] ?? '';
        return (
          (required && value === '') ||
          value.length > max ||
          (valueType === 'DT' && value !== '' && !isDay(value)) ||
          (key === 'ssid' && value.length !== 10)
        );
      });
      if (bad || fields.length > columns.length) wrong++;
    }
  }
  t.ok(wrong / spoiled.counted > 0.15 && wrong / spoiled.counted < 0.5, String(wrong / spoiled.counted));
});

test('an ODS extract has its own record types, no transaction, and the two dates at the end', async (t) => {
  const ods = sample({ style: 'ods' });
  t.same(new Set(ods.lines.get('MEPS')?.map((line) => `${line[0]} ${line.length}`)), new Set(['MEPS-R 8']), 'no dates');
  for (const [type, columns] of columnsOf) {
    if (type === 'MEPS') continue;
    const fields = ods.lines.get(type) ?? [];
    const length = columns.length + 2 - (type === 'SELA' ? 1 : 0);
    t.ok(fields.length > 0, type);
    t.same([...new Set(fields.map((line) => line.length))], [length], `${type} has ${length} fields`);
    t.same([...new Set(fields.map((line) => `${line[0]}^${line[1]}`))], [`${type}-R^`]);
    t.ok(
      fields.every(
        (line) => isDay(line.at(-1) ?? '') && isDay(line.at(-2) ?? '') && (line.at(-2) ?? '') <= (line.at(-1) ?? ''),
      ),
      `${type} dates`,
    );
  }
});

test('years and LEAs can be asked for', async (t) => {
  const made = sample({ students: 300, leas: 2, firstYear: 2019, lastYear: 2020 });
  const enrollments = records(made, 'SENR');
  t.same([...new Set(enrollments.map((record) => record['reportingLEA']))].sort(), ['9900001', '9900002']);
  t.same(
    [...new Set(enrollments.map((record) => record['academicYearID']))].sort(),
    ['2018-2019', '2019-2020', '2020-2021'].filter((year) =>
      enrollments.some((record) => record['academicYearID'] === year),
    ),
  );
  t.ok(sample({ students: 30, leas: 1 }).counted > 0, 'one LEA is enough');
  t.equal(sample({ students: 0 }).counted, 0, 'and no student at all');
});

test('options that make no sample are refused', async (t) => {
  t.throws(() => sample({ students: -1 }), UserError);
  t.throws(() => sample({ leas: 0 }), UserError);
  t.throws(() => sample({ leas: 10000 }), UserError);
  t.throws(() => sample({ seed: 0.5 }), UserError);
  t.throws(() => sample({ firstYear: 2024, lastYear: 2020 }), UserError);
});

test('a recipe that fills a column which is not there, or an unknown value, is refused', async (t) => {
  const filling = (columns: Recipe['records'][string]['columns']): Recipe => {
    const enrollment = recipe.records['SENR'] as Recipe['records'][string];
    return {
      ...recipe,
      records: {
        ...recipe.records,
        SENR: { ...enrollment, columns: { ...enrollment.columns, ...columns } } as typeof enrollment,
      },
    };
  };
  t.throws(() => sample({}, filling({ shoeSize: { student: 'ssid' } })), /SENR shoeSize/);
  t.throws(() => sample({}, filling({ ssid: { student: 'shoeSize' } })), /no student and no record/);
  t.throws(
    () => sample({}, filling({ studentBirthCity: { choose: { Elsewhere: 1 }, per: 'student' } })),
    /studentBirthCity/,
  );
  const broken = join(
    t.testdir({ 'recipe.json': JSON.stringify({ ...recipe, writing: { ...recipe.writing, shoeSize: 1 } }) }),
    'recipe.json',
  );
  t.throws(() => readRecipe(broken, join(schemas, 'grammar', 'sample.schema.json')), /\/writing .*shoeSize/);
});

test('files are written, one for each record type', async (t) => {
  const folder = join(t.testdir(), 'made', 'here');
  const counts = await writeSample({ ...options, students: 200 }, folder);
  const expected = sample({ students: 200 }, recipe);
  for (const [type, text] of expected.texts) {
    t.equal(readFileSync(join(folder, `${type}.txt`), 'utf8'), text, type);
    t.equal(counts[type], text.split('\r\n').length - 1);
  }
});

test('a folder that cannot be written to is reported', async (t) => {
  const folder = t.testdir({ 'SENR.txt': {} });
  await t.rejects(writeSample({ ...options, students: 200 }, folder), { code: 'EISDIR' });
});

function closedCodes(codeSet: string): Set<string> | undefined {
  try {
    const { closed, codes } = JSON.parse(readFileSync(join(schemas, 'codesets', `${codeSet}.json`), 'utf8'));
    return closed ? new Set(codes.map(({ code }: { code: string }) => code)) : undefined;
  } catch {
    // Some layouts name forms of values (CDS codes, academic years) that are not code sets.
    return undefined;
  }
}

function isDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  if (!year) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
