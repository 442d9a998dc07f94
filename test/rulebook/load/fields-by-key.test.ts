/**
 * A rulebook that names its fields by key: it says what the one with numbers says, and a column put in between is a
 * matter of the layout alone.
 */
import t from 'tap';
import { runExamples } from '#authoring/examples/run';
import { compileRulebook, Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import { keepLine, TextHistory } from '#records/record';
import { assembleChanged } from '#rulebook/load/assemble';
import { type RulebookTexts, verify } from '#rulebook/load/load';
import { shipped } from '../../support/histories.ts';
import { patched, shippedTexts } from '../texts.ts';

const OUTPUT = 'schemas/records/CENR.json';
const keyOf = new Map(shipped.schemas.output.columns.map(({ no, key }) => [no, key]));
const key = (no: string): string => keyOf.get(no) ?? no;

/** The shipped texts with keys wherever a field is named. */
const byKey: RulebookTexts = shippedTexts.map(({ path, text }) => {
  const of = (_: string, before: string, no: string): string => `${before}"${key(no)}"`;
  if (path.startsWith('rules/examples/')) return { path, text: text.replaceAll(/("of": )"([0-9]+)"/g, of) };
  if (path === 'rules/equivalent-mutants.json') return { path, text: text.replaceAll(/("of": \[)"([0-9]+)"/g, of) };
  if (!/^rules\/(fields|facts|selection)/.test(path)) return { path, text };
  return {
    path,
    text: text
      .replace(/("field": )"([0-9]+)"/, of)
      .replaceAll(/"number": "([0-9]+)"/g, (_, no) => `"column": "${key(no)}"`),
  };
});

/** The layout with a column in front of field 36, and the numbers of all behind it one greater. */
function shifted(): string {
  const output = JSON.parse(shippedTexts.find(({ path }) => path === OUTPUT)?.text as string);
  const place = output.columns.findIndex(({ no }: { no: string }) => no === '36');
  const moved = output.columns.slice(place).map((c: { no: string }) => ({ ...c, no: String(Number(c.no) + 1) }));
  const again = { no: '36', key: 'localStudentIDAgain', name: 'Local Student ID Again', type: 'CS', max: 16 };
  const columns = [
    ...output.columns.slice(0, place),
    { ...again, lengthKnown: true, copyOf: 'localStudentID' },
    ...moved,
  ];
  const all = [{ from: 'recordTypeCode', through: 'lastDateUpdated' }];
  return JSON.stringify({ ...output, columns, columnSets: { 51: all }, defaultColumnSet: '51' });
}

const named = verify(byKey);
const moved = verify(patched([{ file: OUTPUT, text: shifted() }], byKey));

t.test('the same rules, the same examples', (t) => {
  t.same(
    named.extract.fields.map(({ number, rules }) => [number, rules.length]),
    shipped.extract.fields.map(({ number, rules }) => [number, rules.length]),
  );
  for (const rulebook of [named, moved]) {
    const results = runExamples(rulebook);
    t.equal(results.length, runExamples(shipped).length);
    t.same(
      results.filter(({ message }) => message !== undefined),
      [],
    );
  }
  t.end();
});

t.test('a column in between renames nothing', (t) => {
  t.same(
    moved.extract.fields.map(({ number }) => Number(number) - 1),
    shipped.extract.fields.map(({ number }) => Number(number)),
  );
  const rows = (rulebook: typeof named): string =>
    new Extractor(
      compileRulebook(rulebook),
      requestFacts({ reportingLEAs: 'all', academicYear: '2023-2024' }, rulebook),
      '20240715',
    ).linesOf(
      new TextHistory(
        '9900000001',
        [
          'SENR^^^1234567^7654321^^2023-2024^9900000001^S1^Sample^^Student^^^^^20130401^F^^^US^20230815^10^05',
          'SELA^^^1234567^7654321^2023-2024^9900000001^Sample^Student^20130401^F^S1^EL^20150815^spa',
        ]
          .map((line, i) => keepLine({ source: 0, line: i, uploaded: '20240715', lastUpdated: '20240715' }, line))
          .join('\n'),
      ),
    );
  const [before, now] = [rows(shipped), rows(moved)].map((line) => line.trimEnd().split('^'));
  t.equal(before?.length, 50);
  t.same([...(now ?? []).slice(0, 35), ...(now ?? []).slice(36)], before, 'but for the new column');
  t.end();
});

t.test('a changed layout gives keys their new numbers, and a key of no column is said', (t) => {
  const json = JSON.parse(shifted());
  t.same(
    assembleChanged(named, { path: OUTPUT, json }).extract.fields.map(({ number }) => number),
    moved.extract.fields.map(({ number }) => number),
  );
  const wrong = byKey.map(({ path, text }) => ({
    path,
    text:
      path.includes('/40-') && path.startsWith('rules/fields')
        ? text.replace('"homelessProgramEligible"', '"homeless"')
        : text,
  }));
  t.throws(() => verify(wrong), {
    message: /the file declares "homeless", but its name is.*there is no column homeless/s,
  });
  t.end();
});
