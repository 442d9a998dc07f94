/**
 * Histories as columns in blocks: what goes in comes out, whatever is in the lines; what is read from a block is what is
 * read from the lines; damage is told and never read.
 */
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { type Form, formOf, type OftenRead, widthOf } from '#records/block/form';
import { Block } from '#records/block/read';
import { BlockDamagedError } from '#records/block/sealed';
import { type BlockBytes, type KeptRecord, type StudentToWrite, writeBlock } from '#records/block/write';
import { dayNumberOf } from '#records/day-numbers';
import { CodedLines, LinePacker, PackedLayouts } from '#records/packed-lines';
import { historyOf, keepLine, keptLineOf, PASSED_OVER, type ReadPlan, Slots, TextHistory } from '#records/record';
import { ssidNumber } from '#records/ssid';
import { bodyFrom, history, holds, shipped } from '../../support/histories.ts';

const { layouts } = shipped.schemas;
const FORMS = layouts.map(formOf);
const SENR = FORMS.find(({ recordType }) => recordType === 'SENR') as Form;
const OTHER: Form = { recordType: 'SENR', columns: ['recordTypeCode', 'ssid', 'reportingLEA'] };
const UNKNOWN: Form = { recordType: 'SPRG', columns: 12 };
/** Their names begin as others do. */
const LONGER: Form = { recordType: 'SENRX', columns: 3 };
const SHORTER: Form = { recordType: 'SE', columns: ['recordTypeCode', 'ssid'] };
const ALL = [...FORMS, OTHER, UNKNOWN, LONGER, SHORTER];
const numberOf = (form: Form): number => ALL.indexOf(form) + 1;
const formAt = (number: number): Form | undefined => ALL[number - 1];
const WHERE = 'the students 9900000001 to 9900000002';

const open = ({ hot, cold }: BlockBytes): Block => new Block(hot, () => cold, formAt, WHERE);

/** Anything that can stand between two carets of a line. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('20240229', '18991231', '20230229', '21000101', '99991231', 'Y', 'N', '9900000001'),
  },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: 'binary', maxLength: 12 })
      .map((text) => text.replaceAll(/[\n^]|[\ud800-\udfff]/gu, '')),
  },
  { weight: 1, arbitrary: fc.constantFrom('Łukasz', '\ufeff', '\0', '\r', ' ', '学', '\u2028', 'x'.repeat(400)) },
);
const day = fc.constantFrom('', '20230816', '20240610', '2023ABCD', '18500101');
const record: fc.Arbitrary<KeptRecord> = fc
  .record({
    form: fc.constantFrom(...ALL),
    source: fc.nat(9_999_999),
    line: fc.nat(999_999_999),
    uploaded: day,
    lastUpdated: day,
    values: fc.array(value, { maxLength: 80 }),
    isODS: fc.boolean(),
  })
  .map(({ values, isODS, ...rest }) => ({ ...rest, fields: [rest.form.recordType + (isODS ? '-R' : ''), ...values] }));
const students: fc.Arbitrary<StudentToWrite[]> = fc
  .array(
    fc.record({
      changed: fc.nat(70_000),
      records: fc.array(record, { maxLength: 12 }),
      gap: fc.integer({ min: 1, max: 5_000_000_000 }),
    }),
    { maxLength: 12 },
  )
  .map((list) => {
    let number = -2;
    return list.map(({ gap, ...student }) => {
      number += gap;
      return { ssid: number === -1 ? '' : String(number).padStart(10, '0'), ...student };
    });
  });
const often: fc.Arbitrary<OftenRead | undefined> = fc.option(
  fc
    .array(fc.subarray(FORMS.flatMap(({ columns }) => (typeof columns === 'number' ? [] : columns))), {
      minLength: FORMS.length,
      maxLength: FORMS.length,
    })
    .map((keys) => new Map(FORMS.map(({ recordType }, i) => [recordType, new Set(keys[i])]))),
  { nil: undefined },
);

/** The records of a block are read where they stand. */
const plain = (student: StudentToWrite): StudentToWrite => ({
  ...student,
  records: student.records.map(({ form, source, line, uploaded, lastUpdated, fields }) => ({
    form,
    source,
    line,
    uploaded,
    lastUpdated,
    fields,
  })),
});

const read = (block: Block): StudentToWrite[] =>
  Array.from({ length: block.students }, (_, student) => plain(block.toWrite(student)));

t.test('lines to block to lines is the identity', async (t) => {
  await holds(
    t,
    'any lines',
    400,
    fc.property(students, often, (written, asked) => {
      const block = open(writeBlock(written, numberOf, asked));
      block.verify();
      t.same(read(block), written);
      for (const [i, { ssid, records }] of written.entries()) {
        t.equal(block.find(ssidNumber(ssid)), i);
        t.equal(block.history(i).body(), records.map((r) => keepLine(r, r.fields.join('^'))).join('\n'));
      }
      t.equal(block.find(9_999_999_998), -1);
      return true;
    }),
  );
});

type Gives = (record: KeptRecord) => KeptRecord;

/** The same records, read from a block of them. */
function inBlock(all: readonly StudentToWrite[]): Gives {
  const block = open(writeBlock(all, numberOf, new Map([['SENR', new Set<string>()]])));
  const read = new Map(all.flatMap(({ records }, i) => records.map((r, n) => [r, block.toWrite(i).records[n]])));
  return (record) => read.get(record) as KeptRecord;
}

/** The same records, packed and unpacked; some of their values have numbers. Others stay as they are. */
function unpacked(all: readonly StudentToWrite[]): Gives {
  const records = all.flatMap((student) => student.records);
  const packed = records.filter(({ form, fields }) => FORMS.includes(form) && fields.length <= widthOf(form));
  const known = new PackedLayouts(layouts);
  const packer = new LinePacker();
  const texts = [...new Set(packed.flatMap(({ fields }) => fields))].filter((text) => text !== '');
  for (const { fields, form, ...origin } of packed) {
    const type = FORMS.indexOf(form);
    packer.line(origin, type, known.ssid[type] as number, fields, (column, text) =>
      known.isDay[type]?.[column] ? dayNumberOf(text) : texts.indexOf(text) % 3 === 0 ? 0 : texts.indexOf(text) + 1,
    );
  }
  const numbers = Int32Array.from(['', ...texts], (text) => (text === '' ? 0 : known.texts.add(text)));
  const part = { from: 0, to: packer.length, numbers };
  const lines = new CodedLines(known, packer.bytes, [part], -1, Number.POSITIVE_INFINITY);
  return (record) => {
    const at = lines.places[packed.indexOf(record)];
    return at === undefined ? record : { ...record, fields: lines.fields(at), lines, at };
  };
}

t.test('lines that stand in blocks or are packed are written as their texts are', async (t) => {
  const places = [inBlock, inBlock, unpacked];
  await holds(
    t,
    'any lines, from one place or several',
    300,
    fc.property(students, often, fc.subarray(places, { minLength: 1 }), (written, asked, from) => {
      const all = written.flatMap(({ records }) => records);
      const placeOf = new Map(all.map((record, n) => [record, n % from.length]));
      const withRecords = (of: (records: readonly KeptRecord[]) => readonly KeptRecord[]) =>
        written.map((student) => ({ ...student, records: of(student.records) }));
      const gives = from.map((place, i) =>
        place(withRecords((records) => records.filter((r) => placeOf.get(r) === i))),
      );
      const again = withRecords((records) => records.map((r) => (gives[placeOf.get(r) as number] as Gives)(r)));
      t.same(writeBlock(again, numberOf, asked), writeBlock(written, numberOf, asked));
      return true;
    }),
  );
});

t.test('many lines, many values', (t) => {
  const lines = (count: number, of: (i: number) => string): KeptRecord[] =>
    Array.from({ length: count }, (_, i) => ({
      form: SENR,
      source: 1 + (i >> 12),
      line: i * 77,
      uploaded: '20240101',
      lastUpdated: i % 2 ? '20240102' : '',
      fields: ['SENR', 'A', of(i), String(i % 300), String(i % 3)],
    }));
  for (const [what, student] of [
    ['a student with thousands of lines', lines(9_000, (i) => `value ${i % 70}`)],
    ['more values than a dictionary has room for', lines(140_000, (i) => `value ${i % 70_000}`)],
  ] as const) {
    const written = [
      { ssid: '9900000001', changed: 3, records: student },
      { ssid: '9900000002', changed: 4, records: [] },
      { ssid: '9900000003', changed: 3, records: student.slice(0, 2) },
    ];
    t.strictSame(JSON.stringify(read(open(writeBlock(written, numberOf)))), JSON.stringify(written), what);
  }
  t.same(read(open(writeBlock([], numberOf))), []);
  t.end();
});

const claims = fc.array(
  fc.constantFrom(
    ...layouts.flatMap(({ recordType, columns }) =>
      [...columns.map((c) => c.key), 'uploaded', 'lastUpdated', 'source', 'line'].map(
        (key) => [recordType, key] as const,
      ),
    ),
  ),
  { maxLength: 25 },
);

/** A student of `support/histories.ts` as it is written. */
function toWrite(ssid: string, body: string): StudentToWrite {
  const records = body
    .split('\n')
    .filter(Boolean)
    .map((line): KeptRecord => {
      const fields = line.slice(32).split('^');
      return {
        form: FORMS.find(({ recordType }) => fields[0]?.startsWith(recordType)) as Form,
        source: Number(line.slice(0, 7)),
        line: Number(line.slice(7, 16)),
        uploaded: line.slice(16, 24).trim(),
        lastUpdated: line.slice(24, 32).trim(),
        fields,
      };
    });
  return { ssid, changed: 1, records };
}

const plainRecords = (records: readonly { type: number; values: readonly string[]; loaded: number }[] | undefined) =>
  records?.map(({ type, values, loaded }) => ({ type, values, loaded }));

t.test('what is read from a block is what is read from the lines', async (t) => {
  await holds(
    t,
    'records, whole and in parts, and stretches of columns',
    400,
    fc.property(history, history, claims, fc.nat(layouts.length - 1), often, (one, other, claimed, first, asked) => {
      const slots = new Slots(layouts);
      for (const [recordType, key] of claimed) slots.column(recordType, key);
      slots.derivedEnd('SINF', 'effective end', 'effectiveStartDate', 'effectiveEndDate', ['reportingLEA']);
      const plan: ReadPlan = slots.plan();
      const bodies = [one, other].map(bodyFrom);
      const block = open(
        writeBlock(
          bodies.map((body, i) => toWrite(`990000000${i}`, body)),
          numberOf,
          asked,
        ),
      );
      for (const [i, body] of bodies.entries()) {
        const text = new TextHistory(`990000000${i}`, body);
        const kept = block.history(i);
        const [mine, expected] = [kept.records(plan), text.records(plan)];
        t.strictSame(plainRecords(mine), plainRecords(expected));
        for (const [r, record] of mine.entries()) {
          const same = expected[r] as typeof record;
          t.equal(record.kept.columns(record.at, 0, 34), same.kept.columns(same.at, 0, 34));
          t.equal(record.kept.columns(record.at, 7, 7), same.kept.columns(same.at, 7, 7));
          t.equal(record.kept.line(record.at), same.kept.line(same.at));
          t.same(record.kept.days(record.at), same.kept.days(same.at));
          t.same(
            [record.kept.source(record.at), record.kept.lineNumber(record.at)],
            [same.kept.source(same.at), same.kept.lineNumber(same.at)],
          );
        }
        const partly = kept.partly(plan, first);
        const whole = historyOf(text.ssid, expected, plan);
        t.ok(
          partly.byType.every((records, type) => type === first || records.length === 0),
          'nothing else yet',
        );
        t.strictSame(
          partly.byType[first]?.map((r) => r.loaded),
          whole.byType[first]?.map((r) => r.loaded),
        );
        t.strictSame(partly.complete().byType.map(plainRecords), whole.byType.map(plainRecords));
        for (const [recordType, key] of claimed) {
          const place = layouts.find((l) => l.recordType === recordType)?.columns.findIndex((c) => c.key === key) ?? -1;
          if (place < 0) continue;
          const values = new Set(['Y', '14', '20240229']);
          const wanted = { recordType, key, place, values };
          t.equal(kept.anyHas(wanted), text.anyHas(wanted), key);
        }
      }
      return true;
    }),
  );
});

t.test('a line is read by the layout it was written with', (t) => {
  const slots = new Slots(layouts);
  const lea = slots.column('SENR', 'reportingLEA');
  const plan = slots.plan();
  const type = slots.type('SENR');
  const line = { source: 1, line: 1, uploaded: '', lastUpdated: '' };
  const block = open(
    writeBlock(
      [
        {
          ssid: '9900000001',
          changed: 1,
          records: [
            { ...line, form: OTHER, fields: ['SENR', '9900000001', '7654321'] },
            { ...line, form: SENR, fields: ['SENR', 'A', '', '1234567'] },
            { ...line, form: OTHER, fields: ['SENR', '9900000001', '2345678'] },
          ],
        },
      ],
      numberOf,
    ),
  );
  const kept = block.history(0);
  t.same(
    kept.records(plan).map((r) => r.values[lea]),
    ['7654321', '1234567', '2345678'],
  );
  t.same(
    kept.partly(plan, type).byType[type]?.map((r) => r.values[lea]),
    ['7654321', '1234567', '2345678'],
    'in the order of loading',
  );
  t.same(
    kept.records(plan).map((r) => r.kept.columns(r.at, 3, 3)),
    ['7654321', '1234567', '2345678'],
  );
  const few = new Slots(layouts.filter((l) => l.recordType !== 'SENR')).plan();
  const [passedOver] = kept.records(few);
  t.match(passedOver, { type: PASSED_OVER, values: [] }, 'a type without a layout is passed over');
  t.equal(passedOver && keptLineOf(passedOver), kept.body().split('\n')[0], 'its line is as it was');
  t.end();
});

/** A sealed part with other bytes inside and the right checksum. */
function resealed(part: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(zstdDecompressSync(part.subarray(20)));
  change(bytes);
  const packed = zstdCompressSync(bytes);
  const all = new Uint8Array(20 + packed.length);
  all.set(part.subarray(0, 20));
  all.set(packed, 20);
  new DataView(all.buffer).setUint32(8, crc32(all.subarray(12)), true);
  return all;
}

t.test('damage is told, with its place, and never read', async (t) => {
  const line = { source: 1, line: 1, uploaded: '20240101', lastUpdated: '' };
  const records = Array.from(
    { length: 20 },
    (_, i): KeptRecord => ({
      ...line,
      form: SENR,
      fields: ['SENR', i % 2 ? 'A' : 'R', `id ${i % 5}`, '1234567', String(i % 7)],
    }),
  );
  const written = [
    { ssid: '9900000001', changed: 1, records: records.slice(0, 12) },
    { ssid: '9900000002', changed: 1, records: records.slice(12) },
  ];
  const bytes = writeBlock(written, numberOf, new Map([['SENR', new Set(['recordTypeCode'])]]));
  const { hot, cold = new Uint8Array() } = bytes;
  const damaged = (what: string, change: () => unknown, reason: RegExp) =>
    t.throws(
      change,
      {
        name: 'BlockDamagedError',
        message: new RegExp(`^the histories of ${WHERE} cannot be read: .*${reason.source}`),
      },
      what,
    );
  const all = (main: Uint8Array, rest?: Uint8Array | null) => () => read(new Block(main, () => rest, formAt, WHERE));
  const flipped = (part: Uint8Array, at: number): Uint8Array => part.with(at, (part[at] as number) ^ 4);

  damaged('a wrong checksum', all(flipped(hot, 40), cold), /found checksum [0-9a-f]{8}, expected [0-9a-f]{8}/);
  damaged('of the other part', all(hot, flipped(cold, cold.length - 1)), /found checksum/);
  damaged('cut short', all(hot.subarray(0, hot.length - 3), cold), /found checksum/);
  damaged('nothing', all(hot.subarray(0, 7), cold), /found 7 bytes, expected at least 20/);
  damaged('a later version', all(hot.with(4, 9), cold), /found format version 9, this version of cenr reads 1/);
  damaged('no block', all(hot.with(0, 9), cold), /other bytes than those/);
  damaged('a part missing', all(hot, null), /a part of it is missing/);
  damaged('the wrong part', all(cold, cold), /found part cold, expected hot or whole/);
  const another = writeBlock(
    [{ ...(written[0] as StudentToWrite), changed: 2 }],
    numberOf,
    new Map([['SENR', new Set<string>()]]),
  );
  damaged('the other part of another block', all(hot, another.cold), /belongs to another block/);
  damaged(
    'an unknown layout',
    () =>
      new Block(
        hot,
        () => cold,
        () => undefined,
        WHERE,
      ),
    /the store has no layout \d/,
  );
  t.doesNotThrow(() => new Block(hot, () => null, formAt, WHERE), 'what is not asked for is not missed');

  // Whatever byte changes behind a right checksum: other values, or an error, and nothing else.
  t.same(read(open(bytes)), written);
  let told = 0;
  const whole = writeBlock(written, numberOf).hot;
  for (const [part, rest] of [
    [whole, (changed: Uint8Array) => ({ hot: changed, cold: undefined })],
    [hot, (changed: Uint8Array) => ({ hot: changed, cold })],
    [cold, (changed: Uint8Array) => ({ hot, cold: changed })],
  ] as const) {
    const length = zstdDecompressSync(part.subarray(20)).length;
    for (let at = 0; at < length; at++)
      for (const mask of [1, 128]) {
        const changed = rest(
          resealed(part, (inside) => {
            inside[at] = (inside[at] as number) ^ mask;
          }),
        );
        try {
          const block = new Block(changed.hot, () => changed.cold, formAt, WHERE);
          block.verify();
        } catch (error) {
          told++;
          if (!(error instanceof BlockDamagedError)) t.fail(`byte ${at}: ${(error as Error).stack}`);
        }
      }
  }
  t.ok(told > 100, `${told} were told`);
});

t.test('a code beyond its dictionary is told', (t) => {
  const line = { source: 1, line: 1, uploaded: '', lastUpdated: '', form: SENR };
  const written = [
    { ssid: '9900000001', changed: 1, records: ['a', 'b', 'a'].map((id) => ({ ...line, fields: ['SENR', '', id] })) },
  ];
  const { hot } = writeBlock(written, numberOf);
  const inside = zstdDecompressSync(hot.subarray(20));
  const codes = inside.indexOf(Buffer.from([0, 1, 0]), inside.indexOf('a\nb'));
  const bad = resealed(hot, (bytes) => {
    bytes[codes + 1] = 2;
  });
  t.throws(() => read(new Block(bad, () => undefined, formAt, WHERE)), {
    name: 'BlockDamagedError',
    message: /found place 2 in a list of 2 values/,
  });
  t.end();
});
