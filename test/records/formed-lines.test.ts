/** Lines packed as one text are read as those of a block are, whatever forms they have. */
import fc from 'fast-check';
import t from 'tap';
import { compileRulebook } from '#extract/extractor';
import { type Form, formOf } from '#records/block/form';
import { Block } from '#records/block/read';
import { type KeptRecord, writeBlock } from '#records/block/write';
import { FormedHistory, formNumbers, LineForms, packLines } from '#records/formed-lines';
import { type KeptHistory, keepLine } from '#records/record';
import { fieldsOf, history, holds, SSID, shipped, type TestRecord } from '../support/histories.ts';

t.setTimeout(900_000);

const { plan } = compileRulebook(shipped);
const LAYOUTS = new Map(shipped.schemas.layouts.map((layout) => [layout.recordType, formOf(layout)]));
/** As of a year in which the columns stood the other way round. */
const OTHERS = new Map(
  [...LAYOUTS].map(([type, { columns }]) => {
    const [first, ...rest] = columns as readonly string[];
    return [type, { recordType: type, columns: [first as string, ...rest.reverse()] } satisfies Form];
  }),
);

/** @param isOther whether the line has the other form */
function recordOf(record: TestRecord, i: number, isOther: boolean): KeptRecord {
  const form = (isOther ? OTHERS : LAYOUTS).get(record.recordType) as Form;
  const fields = fieldsOf({ ...record, short: record.short && !isOther });
  const [type = '', ...rest] = fields;
  const { uploaded, lastUpdated } = record;
  return { form, source: 1, line: i + 1, uploaded, lastUpdated, fields: [type, ...(isOther ? rest.reverse() : rest)] };
}

const seen = (kept: KeptHistory) => {
  const { byType } = kept.partly(plan, 0).complete();
  return {
    records: kept.records(plan).map(({ type, values, loaded, at, kept }) => [type, values, loaded, kept.fields(at)]),
    partly: byType.map((records) => records.map(({ values }) => values)),
    has: shipped.schemas.layouts.map(({ recordType, columns }) =>
      columns.map(({ key }, place) =>
        ['A', '', '9900001', '10'].map((value) => kept.anyHas({ recordType, key, place, values: new Set([value]) })),
      ),
    ),
    body: kept.body(),
  };
};

t.test('of any student', async (t) => {
  await holds(
    t,
    'formed lines',
    120,
    fc.property(
      history,
      fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
      fc.boolean(),
      (found, others, any) => {
        const records = found.map((record, i) => recordOf(record, i, any && others[i] === true));
        const forms: Form[] = [];
        const numberOf = (form: Form): number => (forms.includes(form) ? forms.indexOf(form) : forms.push(form) - 1);
        const { hot } = writeBlock([{ ssid: SSID, changed: 1, records }], numberOf);
        const block = new Block(
          hot,
          () => null,
          (number) => forms[number],
          'here',
        ).history(0);
        const packed = packLines(records, numberOf);
        const lines = new LineForms(packed.forms, (number) => forms[number] as Form);
        const formed = new FormedHistory(SSID, packed.body, lines);
        t.strictSame(seen(formed), seen(block));
        t.equal(packed.body, records.map((record) => keepLine(record, record.fields.join('^'))).join('\n'));
        t.same(packLines(formed.toWrite(), numberOf), packed, 'written again they are the same');
        formed.verify();
      },
    ),
  );
});

t.test('forms are named once for each record type, or for each line where one type has several', (t) => {
  const [one, two] = [LAYOUTS.get('SENR') as Form, OTHERS.get('SENR') as Form];
  const line = (form: Form): KeptRecord => ({
    form,
    source: 1,
    line: 1,
    uploaded: '',
    lastUpdated: '',
    fields: ['SENR'],
  });
  const numberOf = (form: Form): number => (form === one ? 4 : 7);
  t.equal(packLines([line(one), line(one)], numberOf).forms, '4');
  t.equal(packLines([line(one), line(two), line(one)], numberOf).forms, '=4,7,4');
  t.same(
    [formNumbers('4,7'), formNumbers('=4,7,4')],
    [
      [4, 7],
      [4, 7, 4],
    ],
  );
  t.end();
});
