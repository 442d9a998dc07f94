/**
 * Lines whose columns depend on their academic year (story 16): what is read over its bytes is what is read the ordinary
 * way, and a line comes out of a block as it went in.
 */
import fc from 'fast-check';
import t from 'tap';
import { compileRulebook } from '#extract/extractor';
import { lineChecker } from '#intake/check-lines';
import { columnsIn, type Layout, layoutOf, ofItsYear, placeOfYear } from '#records/layout';
import { verify } from '#rulebook/load/load';
import { textsAfter } from '../policy/stories.ts';
import { patched } from '../rulebook/texts.ts';
import { holds } from '../support/histories.ts';
import { fields } from './uploads.ts';

const texts = textsAfter('16-an-academic-year-with-36-fields');
const rulebook = verify(texts);
/** The same where the new field must be there. */
const requiring = verify(
  patched(
    [
      {
        file: 'schemas/records/SENR.json',
        replace: ['"from": "2026-2027", "required": false', '"from": "2026-2027", "required": true'],
      },
    ],
    texts,
  ),
);
const [free, strict] = [rulebook, requiring].map((rules) =>
  lineChecker(rules, compileRulebook(rules).checks, undefined, '20250901'),
);
const SENR = layoutOf(rulebook.schemas, 'SENR') as Layout;
const LAST = SENR.columns.length - 1;
const YEAR = placeOfYear(SENR) as number;

const line = fc
  .record({
    year: fc.constantFrom('2025-2026', '2026-2027', '2027-2028', '', '2026', '2026-2028'),
    start: fc.constantFrom('', '20250815', '08/15/2026'),
    last: fc.constantFrom('', 'Y', 'N', 'X'),
    more: fc.constantFrom('', '', '', '^', '^Z'),
    count: fc.constantFrom(24, LAST, LAST + 1),
    ods: fc.boolean(),
  })
  .map(({ year, start, last, more, count, ods }) => {
    const values = [
      ...fields('SENR', { academicYearID: year, enrollmentStartDate: start || `${year.slice(0, 4)}0815` }).slice(
        0,
        LAST,
      ),
      last,
    ];
    const [type = '', ...rest] = values.slice(0, count);
    return `${[type + (ods ? '-R' : ''), ...rest].join('^')}${more}${ods ? '^20260820^' : ''}`;
  });

t.test('over bytes and the ordinary way', (t) =>
  holds(
    t,
    'a line that passes over its bytes is kept the ordinary way, without a word and as the same text',
    1_000,
    fc.property(line, fc.constantFrom(free, strict), (text, checker) => {
      if (!checker) throw new Error('two checkers');
      const bytes = Buffer.from(`${text}\n`);
      checker.quick.take(new Uint8Array(bytes));
      const passes = checker.quick.passes(0);
      const kept = passes ? checker.quick.kept() : undefined;
      const checked = checker.check(text, 'sent.txt', 2);
      // Where the new field must be there, lines of earlier years are looked at once more.
      if (!passes) return checker === strict || checked.problems.length + checked.onceAFile.length > 0;
      return (
        checked.problems.length === 0 &&
        checked.text === kept?.text &&
        checked.uploaded === kept?.uploaded &&
        checked.lastUpdated === kept?.lastUpdated
      );
    }),
  ),
);

t.test('what a line of a year has', (t) => {
  const text = (year: string, last: string): string =>
    [...fields('SENR', { academicYearID: year }).slice(0, LAST), last].join('^');
  const codes = (checker: typeof free, year: string, last: string): string[] =>
    (checker?.check(text(year, last), 'sent.txt', 2).problems ?? [])
      .map(({ code }) => code)
      .filter((code) => !code.startsWith('SENR'));
  t.same(codes(free, '2025-2026', 'Y'), ['FRMT0005'], 'not before its year');
  t.same(codes(free, '2026-2027', 'Y'), []);
  t.same(codes(free, '2026-2027', 'X'), ['GERR0002'], 'its codes are checked');
  t.same(codes(free, '2027-2028', ''), []);
  t.same(codes(strict, '2026-2027', ''), ['GERR0001'], 'required from its year on');
  t.same(codes(strict, '2025-2026', '').includes('GERR0001'), false, 'and not before');
  t.equal(columnsIn(SENR.columns, '2025-2026'), LAST);
  t.equal(columnsIn(SENR.columns, 'soon'), LAST + 1, 'of no year: all columns');
  const values = text('2025-2026', '').split('^');
  t.equal(ofItsYear(SENR, values).length, LAST);
  t.equal(ofItsYear(SENR, values.with(YEAR, '2026-2027')).length, LAST + 1);
  t.equal(ofItsYear(SENR, values.with(LAST, 'Y')).length, LAST + 1, 'a value is never left out');
  t.end();
});
