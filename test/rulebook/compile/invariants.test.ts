/**
 * What must always hold (cenr.md section 5), for generated histories. Numbers of fields are those of the extract: field
 * 36 is `fields[35]`.
 */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { compileRulebook } from '#extract/extractor';
import type { ExtractRequest } from '#extract/request';
import { extract, extractOfLines, rowsOf } from '../../support/extracts.ts';
import {
  academicYearRequest,
  DAYS,
  history,
  historyOf,
  holds,
  LEAS,
  request,
  runDate,
  SSID,
  shipped,
  students,
  type TestRecord,
} from '../../support/histories.ts';

/** Field `no` of a row. */
const field = (row: readonly string[], no: number): string => row[no - 1] as string;

function expect(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

const same = (actual: unknown, expected: unknown, what: string): void =>
  expect(
    JSON.stringify(actual) === JSON.stringify(expected),
    `${what}\n${JSON.stringify(actual)}\n${JSON.stringify(expected)}`,
  );

const windowOf = ({ academicYear, asOf, from, through }: ExtractRequest): [string, string] => {
  if (academicYear !== undefined) return [`${academicYear.slice(0, 4)}0701`, `${academicYear.slice(5)}0630`];
  return asOf === undefined ? [from as string, through as string] : [asOf, asOf];
};

/** A property of every single row. */
const ofRows = (t: Test, name: string, check: (row: string[], asked: ExtractRequest) => void) =>
  holds(
    t,
    name,
    2000,
    fc.property(students, request, runDate, (records, asked, day) => {
      for (const row of rowsOf(extract(records, asked, day))) check(row, asked);
    }),
  );

t.test('1: rows', async (t) => {
  await ofRows(t, 'no row has exit reason N470', (row) => expect(field(row, 26) !== 'N470', row.join('^')));
  await ofRows(t, "every row's enrollment overlaps the window", (row, asked) => {
    const [from, through] = windowOf(asked);
    const [start, exit] = [field(row, 22), field(row, 25)];
    expect(
      start <= through && (exit === '' || (exit >= from && exit >= start)),
      `${start}-${exit} and ${from}-${through}`,
    );
  });
  await holds(
    t,
    '(SSID, LEA, school, grade) never repeats, and rows ascend by them',
    2000,
    fc.property(students, request, runDate, (records, asked, day) => {
      const keys = rowsOf(extract(records, asked, day)).map((row) =>
        [8, 4, 5, 24].map((no) => field(row, no)).join('^'),
      );
      for (const [i, key] of keys.entries())
        if (i > 0) expect((keys[i - 1] as string) < key, `${keys[i - 1]} before ${key}`);
    }),
  );
  await ofRows(t, 'a row has 50 fields, no line breaks in them, and starts with CENR-R and a blank', (row) => {
    expect(
      row.length === 50 && row[0] === 'CENR-R' && row[1] === '' && row.every((value) => !/[\r\n]/.test(value)),
      row.join('^'),
    );
  });
});

t.test('2: requests', async (t) => {
  await holds(
    t,
    'adjusted rows are a subset of the unadjusted rows, without a status filter',
    2000,
    fc.property(students, academicYearRequest, runDate, (records, { statuses: _, ...asked }, day) => {
      const all = new Set(extract(records, { ...asked, adjusted: false }, day).split('\r\n'));
      for (const line of extract(records, { ...asked, adjusted: true }, day).split('\r\n')) expect(all.has(line), line);
    }),
  );
  await holds(
    t,
    'as-of d equals the range from d through d',
    2000,
    fc.property(
      students,
      request,
      fc.constantFrom(...DAYS),
      runDate,
      (records, { reportingLEAs, schools, grades, statuses }, day, run) => {
        const who = {
          reportingLEAs,
          ...(schools && { schools }),
          ...(grades && { grades }),
          ...(statuses && { statuses }),
        };
        same(
          extract(records, { ...who, asOf: day }, run),
          extract(records, { ...who, from: day, through: day }, run),
          day,
        );
      },
    ),
  );
});

t.test('3: fields among each other', async (t) => {
  await ofRows(t, '40 or 41 Y: 38 Y', (row) =>
    expect((field(row, 40) !== 'Y' && field(row, 41) !== 'Y') || field(row, 38) === 'Y', row.join('^')),
  );
  await ofRows(t, '37 blank if and only if 44 blank', (row) =>
    expect((field(row, 37) === '') === (field(row, 44) === ''), row.join('^')),
  );
  await ofRows(t, '45 blank: 46, 47, 48 blank; 45 there: 48 there', (row) => {
    const provisional = field(row, 45) !== '';
    expect(provisional ? field(row, 48) !== '' : [46, 47, 48].every((no) => field(row, no) === ''), row.join('^'));
  });
});

t.test('3: from 2025-2026 on too, with the weekly match', async (t) => {
  let matched = 0;
  await holds(
    t,
    '41 Y: 38 Y; program records do not count',
    2000,
    fc.property(students, runDate, (records, day) => {
      for (const row of rowsOf(extract(records, { reportingLEAs: 'all', academicYear: '2025-2026' }, day))) {
        expect(field(row, 41) !== 'Y' || field(row, 38) === 'Y', row.join('^'));
        if (field(row, 22) < '20250701' || field(row, 41) !== 'Y') continue;
        matched++;
        const own = records.filter((r) => r.ssid === field(row, 8));
        expect(
          own.some((r) => r.recordType === 'MEPS'),
          'a record of the match',
        );
      }
    }),
  );
  t.ok(matched > 20, `${matched} rows`);
});

t.test('4: days', async (t) => {
  await ofRows(t, '45 is 48 and seven years', (row) => {
    const [longTerm, first] = [field(row, 45), field(row, 48)];
    if (longTerm === '') return;
    const year = Number(first.slice(0, 4)) + 7;
    // No year of the generated histories is a century: every fourth is a leap year.
    const rest = first.slice(4) === '0229' && year % 4 !== 0 ? '0228' : first.slice(4);
    expect(longTerm === `${year}${rest}`, `${first} and seven years is ${longTerm}`);
  });
  await ofRows(t, '42 is blank from 2023-07-01 on, and only then', (row) =>
    expect((field(row, 42) === '') === field(row, 22) >= '20230701', row.join('^')),
  );
});

/** The same records, each changed. */
const changed = (
  records: readonly TestRecord[],
  types: readonly string[],
  change: (record: TestRecord, i: number) => Readonly<Record<string, string>>,
): TestRecord[] =>
  records.map((record, i) =>
    types.includes(record.recordType) ? { ...record, values: { ...record.values, ...change(record, i) } } : record,
  );

const fieldsOfRows = (text: string, numbers: readonly number[]): string[][] =>
  rowsOf(text).map((row) => numbers.map((no) => field(row, no)));

t.test('5: what does not matter', async (t) => {
  await holds(
    t,
    'a membership code never changes 40 to 43',
    2000,
    fc.property(
      students,
      request,
      runDate,
      fc.array(fc.constantFrom('', '1', '2', '3'), { minLength: 1 }),
      (records, asked, day, codes) => {
        const other = changed(records, ['SPRG'], (_, i) => ({
          educationProgramMembershipCode: codes[i % codes.length] as string,
        }));
        same(
          fieldsOfRows(extract(other, asked, day), [40, 41, 42, 43]),
          fieldsOfRows(extract(records, asked, day), [40, 41, 42, 43]),
          'fields 40 to 43',
        );
      },
    ),
  );
  await holds(
    t,
    'the LEA of SELA and SWDS records never changes 37, 39, 44 to 48',
    2000,
    fc.property(
      students,
      request,
      runDate,
      fc.array(fc.constantFrom(...LEAS), { minLength: 1 }),
      (records, asked, day, leas) => {
        const numbers = [37, 39, 44, 45, 46, 47, 48];
        const other = changed(records, ['SELA', 'SWDS'], (_, i) => ({ reportingLEA: leas[i % leas.length] as string }));
        same(
          fieldsOfRows(extract(other, asked, day), numbers),
          fieldsOfRows(extract(records, asked, day), numbers),
          `fields ${numbers.join(', ')}`,
        );
      },
    ),
  );
});

/** Without the records that only the order of loading tells apart (the tie rules of cenr.md sections 2 and 4). */
function withoutTies(records: readonly TestRecord[]): TestRecord[] {
  const seen = new Set<string>();
  return records.filter(({ recordType, values, lastUpdated }) => {
    const deciding: Readonly<Record<TestRecord['recordType'], readonly (string | undefined)[]>> = {
      SENR: [
        values['reportingLEA'],
        values['schoolOfAttendance'],
        values['gradeLevelCode'],
        values['enrollmentStartDate'],
        values['enrollmentExitDate'],
        lastUpdated,
      ],
      SINF: [values['effectiveStartDate']],
      SPRG: [String(seen.size)],
      SELA: [values['englishLanguageAcquisitionStatusStartDate']],
      SWDS: [values['specialEducationStatusEffectiveStartDate']],
      MEPS: [String(seen.size)],
    };
    const key = [recordType, ...deciding[recordType]].join('^');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

t.test('6: other students and the order of loading', async (t) => {
  await holds(
    t,
    'the order of loading changes nothing where the tie rules have nothing to decide',
    2000,
    fc.property(
      history
        .map(withoutTies)
        .chain((records) =>
          fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
        ),
      request,
      runDate,
      ([records, shuffled], asked, day) =>
        same(extract(shuffled, asked, day), extract(records, asked, day), 'loaded in another order'),
    ),
  );
  await holds(
    t,
    'types of records may be loaded in any order, ties or not',
    2000,
    fc.property(
      history,
      request,
      runDate,
      fc.shuffledSubarray(['SENR', 'SINF', 'SPRG', 'SELA', 'SWDS', 'MEPS'], { minLength: 6 }),
      (records, asked, day, types) => {
        const byType = types.flatMap((type) => records.filter((r) => r.recordType === type));
        same(extract(byType, asked, day), extract(records, asked, day), types.join(', '));
      },
    ),
  );
  await holds(
    t,
    "lines of other students anywhere among a student's own change none of the student's rows",
    800,
    fc.property(
      history,
      historyOf('9900000002'),
      historyOf('9899999999'),
      request,
      runDate,
      fc.array(fc.nat(2), { minLength: 1 }),
      (own, second, third, asked, day, turns) => {
        const mixed = interleaved([own, second, third], turns);
        const rows = (text: string) => rowsOf(text).filter((row) => field(row, 8) === SSID);
        same(rows(extractOfLines(mixed, asked, day)), rows(extractOfLines(own, asked, day)), 'among other students');
      },
    ),
  );
});

/** Takes from the lists in turn as `turns` says, over and over, each list in its own order. */
function interleaved<T>(lists: readonly (readonly T[])[], turns: readonly number[]): T[] {
  const left = lists.map((list) => [...list]);
  const taken: T[] = [];
  for (let i = 0; left.some((list) => list.length); i++) {
    const turn = left[turns[i % turns.length] as number];
    // The turn of a list that has run out passes to one that has not.
    const list = turn?.length ? turn : (left.find((l) => l.length) as T[]);
    taken.push(list.shift() as T);
  }
  return taken;
}

t.test('without a trace the same lines come out', async (t) => {
  const untraced = compileRulebook(shipped, { recording: false });
  await holds(
    t,
    'recording outcomes changes nothing',
    2000,
    fc.property(students, request, runDate, (records, asked, day) =>
      same(extract(records, asked, day, untraced), extract(records, asked, day), 'without recording'),
    ),
  );
});
