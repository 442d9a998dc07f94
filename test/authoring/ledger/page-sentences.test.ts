import t from 'tap';
import { sentenceHash, sentencesOf } from '#authoring/ledger/page-sentences';
import { PAGE, TABLE } from './page.ts';

t.test('a page is cut at lines, full stops and the cells of its table', (t) => {
  t.same(sentencesOf(PAGE, TABLE), [
    'Lunch Extract',
    '(Updated 1/2/2030)',
    'The file has one row for each lunch.',
    'It is made at noon, e.g., at 12:00.',
    '# Field Type Length Rule Source',
    '1-3. Lunch Fields Any Any',
    'As in the file of lunches',
    'LUNCH',
    '4. Paid CS 1',
    'Y/N Code = 7',
    'See Glossary: Paid',
    'Taken from the lunch of the day.',
    'Blank only if there is none',
    'LUNCH and BUS',
    '5. Paid On DT 8',
    'The day of field 4.',
    'Computed',
    '6. Note CS 40',
    'Number 1 Open the file.',
    'Close it again.',
    '2. Open it.',
  ]);
  t.end();
});

t.test('white space and the ends of lines make no difference, words do', (t) => {
  const windows = PAGE.replaceAll('\n', '\r\n').replaceAll(' ', '  ').replace('lunch.', 'lunch.\t');
  t.same(sentencesOf(windows, TABLE), sentencesOf(PAGE, TABLE));
  t.not(sentenceHash('Paid.'), sentenceHash('Paid'));
  t.same(sentencesOf(' \n\n', TABLE), []);
  t.end();
});
