import fc from 'fast-check';
import t from 'tap';
import { compareWithPage } from '#authoring/ledger/compare';
import { differenceLines } from '#authoring/ledger/ledger-words';
import { sentencesOf } from '#authoring/ledger/page-sentences';
import { ledgerOf, PAGE, TABLE } from './page.ts';

const ledger = ledgerOf(PAGE);
const SENTENCES = sentencesOf(PAGE, TABLE).length;

t.test('the page as it was', (t) => {
  t.same(compareWithPage(ledger, PAGE), { same: SENTENCES, changed: [], gone: [], new: [] });
  t.same(differenceLines(compareWithPage(ledger, PAGE)), [
    `The page: ${SENTENCES} sentences unchanged, 0 changed, 0 missing, 0 new`,
  ]);
  t.end();
});

t.test('one sentence otherwise, one gone, one new', (t) => {
  const newer = PAGE.replace('at 12:00', 'at 13:00')
    .replace('Close it again.', '')
    .replace('Lunch Extract\n', 'Lunch Extract\nRead this first.\n');
  const { same, changed, gone, new: fresh } = compareWithPage(ledger, newer);
  t.equal(same, SENTENCES - 2);
  t.same(
    changed.map(({ before, now }) => [before.id, now.text]),
    [['lunch.4', 'It is made at noon, e.g., at 13:00.']],
  );
  t.same(
    gone.map(({ id }) => id),
    ['lunch.20'],
  );
  t.same(
    fresh.map(({ after, now }) => [after, now.text]),
    [['lunch.1', 'Read this first.']],
  );
  const lines = differenceLines({ same, changed, gone, new: fresh });
  t.match(
    lines[1],
    /^ {2}changed {2}lunch\.4 \(Sentence 4\) now reads: It is made at noon, e\.g\., at 13:00\.\n {11}[0-9a-f]{64}$/,
  );
  t.match(lines.at(-1), 'change the rules and examples that cite them');
  t.end();
});

t.test('the length of a field is a change of its row alone', (t) => {
  const { changed, gone, new: fresh } = compareWithPage(ledger, PAGE.replace('Note CS 40', 'Note CS 50'));
  t.same([changed.map(({ before }) => before.id), gone, fresh], [['lunch.18'], [], []]);
  t.end();
});

t.test(
  'whatever is left out, put in or moved: every sentence of the ledger and of the page is accounted for once',
  (t) => {
    const lines = PAGE.split('\n');
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines, 'Another sentence.'), { maxLength: 30 }), (chosen) => {
        const page = chosen.join('\n');
        const { same, changed, gone, new: fresh } = compareWithPage(ledger, page);
        return (
          same + changed.length + gone.length === SENTENCES &&
          same + changed.length + fresh.length === sentencesOf(page, TABLE).length
        );
      }),
    );
    t.end();
  },
);

t.test('the first of two like sentences reads otherwise', (t) => {
  const twice = PAGE.replace('Close it again.', 'Close it again.\nClose it again.');
  const {
    changed,
    gone,
    new: fresh,
  } = compareWithPage(ledgerOf(twice), twice.replace('Close it again.', 'Shut it again.'));
  t.same([changed.map(({ now }) => now.text), gone, fresh], [['Shut it again.'], [], []]);
  t.end();
});
