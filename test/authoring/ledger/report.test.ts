import t from 'tap';
import { reportLines } from '#authoring/ledger/ledger-words';
import { reportOf } from '#authoring/ledger/report';
import { ABOUT, file, ledgerOf } from './page.ts';

const PAGE = 'One row for each lunch.\nPaid or not.\nWhere to click.\nHow long it is.\nWhere to click.\n';
const REASONS = {
  'lunch.3': { needsNone: 'About the portal.' },
  'lunch.4': { needsNoExample: 'A layout holds for every row.' },
  'lunch.5': { sameAs: 'lunch.3' },
};

/** The files of a rulebook in which all is well, but for what is given. */
function files({
  reasons = REASONS as Parameters<typeof ledgerOf>[1],
  cites = ['lunch.1', 'lunch.2', 'lunch.4'],
  shows = ['lunch.1', 'lunch.2'],
  updated = '2030-01-02',
} = {}) {
  return {
    about: ABOUT,
    files: [
      file('rules/ledger/lunch.json', { ...ledgerOf(PAGE, reasons), updated }),
      file('rules/fields/4-paid.json', { field: '4', cites }),
      file('rules/examples/4-paid.json', { of: '4', cases: [{ title: 'Paid' }, { title: 'Not paid', cites: shows }] }),
      file('rules/parameters/codes.json', {
        parameters: [{ name: 'paid', values: [{ value: '7', source: 'lunch' }] }],
      }),
    ],
  };
}
const messages = (given: Parameters<typeof files>[0]): string[] =>
  reportOf(files(given)).findings.map(({ pointer, message }) => `${pointer} ${message}`);

t.test('a page of which every sentence is held, or needs none', (t) => {
  const { pages, findings } = reportOf(files());
  t.same(findings, []);
  const [element] = pages[0]?.elements ?? [];
  t.same(
    element?.cited.map(({ file, pointer }) => `${file} ${pointer}`),
    ['rules/parameters/codes.json /parameters/0/values/0/source'],
    'what cites the element as a whole',
  );
  t.match(element?.sentences[1], {
    rules: [{ file: 'rules/fields/4-paid.json', pointer: '/cites/1' }],
    examples: [{ pointer: '/cases/1/cites/1' }],
  });
  t.same(reportLines(reportOf(files())), [
    'Lunch Extract, updated 2030-01-02: 5 sentences',
    '  2 with a rule and an example',
    '  1 with a rule, where no example is needed',
    '  2 that need neither',
    '',
    'Without a rule or an example',
    '  none',
    '',
    'Sentences that need no rule or no example',
    '  lunch.3 (Sentence 3): About the portal.',
    '  lunch.4 (Sentence 4), no example: A layout holds for every row.',
    '  lunch.5 (Sentence 5): as lunch.3: About the portal.',
  ]);
  t.end();
});

t.test('findings', (t) => {
  t.same(messages({ cites: ['lunch.1', 'lunch.4'] }), [
    '/elements/0/sentences/1 no rule cites lunch.2 (Sentence 2); cite it in a rule, or say in the ledger why it needs none',
  ]);
  t.same(messages({ shows: ['lunch.1'] }), [
    '/elements/0/sentences/1 no example cites lunch.2 (Sentence 2); cite it in an example, or say in the ledger why it needs none',
  ]);
  t.same(
    messages({ cites: ['lunch.1', 'lunch.2', 'lunch'] }),
    [
      '/elements/0/sentences/3 no rule cites lunch.4 (Sentence 4); cite it in a rule, or say in the ledger why it needs none',
    ],
    'an element as a whole holds none of its sentences',
  );
  t.same(messages({ reasons: { ...REASONS, 'lunch.2': { needsNone: 'It speaks of money.' } } }), [
    '/elements/0/sentences/1 lunch.2 (Sentence 2) is said to need neither a rule nor an example, but rules/fields/4-paid.json /cites/1 cites it; keep one of the two',
  ]);
  t.same(messages({ shows: ['lunch.1', 'lunch.2', 'lunch.4'] }), [
    '/elements/0/sentences/3 lunch.4 (Sentence 4) is said to need no example, but rules/examples/4-paid.json /cases/1/cites/2 cites it; keep one of the two',
  ]);
  t.same(messages({ updated: '2031-01-02' }), [
    '/updated the ledger is of the page of 2031-01-02, but rules/rulebook.json follows that of 2030-01-02',
  ]);
  t.end();
});

t.test('a rulebook without a ledger says so', (t) => {
  t.same(reportLines(reportOf({ about: ABOUT, files: [] })), ['The rulebook has no ledger: rules/ledger has no file.']);
  t.end();
});
