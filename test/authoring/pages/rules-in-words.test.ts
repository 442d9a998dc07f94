import t from 'tap';
import { notComparedForAYear } from '#authoring/pages/in-effect';
import { rulesInWords } from '#authoring/pages/rules-in-words';
import { loadRulebook, verify } from '#rulebook/load/load';
import { type Patch, patched } from '../../rulebook/texts.ts';
import { problemsOf } from './html.ts';

const shipped = loadRulebook();
const changed = (...patches: Patch[]) => verify(patched(patches));
const md = rulesInWords(shipped, { format: 'md' });
const html = rulesInWords(shipped, { format: 'html' });
/** The text that a reader sees. */
const seen = (page: string): string =>
  page
    .replace(/<head>[\s\S]*<\/head>/, '')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
/** Markdown without its marks, so that both pages can be searched for the same words. */
const plain = md.replaceAll('`', '').replaceAll('**', '').replaceAll('\\|', '|');

t.test(
  'both pages have every field, rule, fact, reading, parameter with its values, source and day of comparison',
  (t) => {
    const { declared, extract } = shipped;
    const words = [
      ...declared.fields.flatMap(({ json, file }) => [
        `Field ${json.field}`,
        json.name,
        file,
        json.reading ?? '',
        `element ${json.source.element}, last compared ${json.source.lastCompared}`,
        ...json.rules.map((rule) => `${rule.name} gives`),
        ...(json.cites ?? []),
      ]),
      ...extract.facts.map((node) => node.name),
      ...[...declared.parameters.values()].flatMap(({ json, file }) => [
        json.name,
        file,
        json.reading ?? '',
        ...json.values.flatMap((v) => [v.key ?? '', String(v.value), v.from ?? '', v.through ?? '', v.source ?? '']),
      ]),
      ...declared.intervals.map(({ json }) => json.name),
    ];
    for (const [page, name] of [
      [plain, 'md'],
      [seen(html), 'html'],
    ] as const)
      t.same(
        words.filter((word) => !page.includes(word)),
        [],
        name,
      );
    t.end();
  },
);

t.test('one field, in few words', (t) => {
  const page = rulesInWords(shipped, { format: 'md', field: '48' });
  t.match(
    page,
    '\n## Field 48\n\n**Earliest EL Status Start Date.** Source: Cumulative Enrollment Extract, updated 2025-04-22, element 48, last compared ',
  );
  t.match(
    page,
    [
      "1. **provisional** gives the English Language Acquisition Status Start Date of the student's earliest English Learner record of any LEA, when",
      '',
      '   * field 45 is present',
      '',
      '2. **otherwise** gives blank.',
      '',
      'Facts it asks for:',
    ].join('\n'),
  );
  t.match(page, '### englishLearnerStatus\n');
  for (const other of ['## Field 47', '## Selection', '### homelessProgram', '## Readings']) t.notMatch(page, other);
  t.throws(() => rulesInWords(shipped, { format: 'md', field: '99' }), {
    message: /^there is no field "99"; the rulebook has 36, 37/,
  });
  t.end();
});

t.test('of a year, only what holds for enrollments that start in it', (t) => {
  const of = (academicYear: string, field: string, rulebook = shipped): string =>
    rulesInWords(rulebook, { format: 'md', field, academicYear });
  t.match(of('2022-2023', '42'), '| `185` |  | 2023-06-30 | [cenr-42](ledger.md#cenr-42) | the whole year |');
  t.match(of('2022-2023', '42'), 'academic year 2022-2023, from 2022-07-01 through 2023-06-30');
  t.match(
    of('2023-2024', '42'),
    '`transitionalKindergartenProgram`](#transitionalkindergartenprogram): none in 2023-2024',
  );
  t.match(of('2023-2024', '42'), '\nNo value holds in 2023-2024.\n');
  t.match(of('2023-2024', '42'), '**eligible** gives "Y"', 'a rule that cannot hold is still given');

  const retired = changed({
    file: 'rules/parameters/program-codes.json',
    replace: [
      '"value": "185", "through": "2023-06-30"',
      '"value": "185", "from": "2022-09-01", "through": "2023-03-31"',
    ],
  });
  t.match(
    of('2022-2023', '42', retired),
    '| `185` | 2022-09-01 | 2023-03-31 | [cenr-42](ledger.md#cenr-42) | a part of it, from 2022-09-01 through 2023-03-31 |',
  );
  t.match(of('2021-2022', '42', retired), 'No value holds in 2021-2022.');

  const july = changed({ file: 'rules/parameters/calendar.json', replace: ['"07-01"', '"08-01"'] });
  t.match(of('2022-2023', '42', july), 'from 2022-08-01 through 2023-07-31');
  t.match(
    of('2022-2023', '42', july),
    'a part of it, from 2022-08-01 through 2023-06-30',
    'the year begins where the rulebook says',
  );

  t.match(of('2022-2023', '40'), '| `191` |  |  | [cenr-40](ledger.md#cenr-40) | always |');
  t.match(
    of('2022-2023', '38'),
    "| `175` |  | 2012-06-30 | [cenr-38](ledger.md#cenr-38) | asked for the day of the record's Education Program Membership Start Date |",
    'a program that ended long before may still count, by the day of the membership',
  );
  for (const wrong of ['2022', '2022-2024', '2022/2023', ''])
    t.throws(() => of(wrong, '42'), {
      message: `"${wrong}" is not an academic year; expected two consecutive years, such as 2023-2024`,
    });
  t.end();
});

t.test('rules that were not compared for a year are listed, by the day that is given', (t) => {
  const old = changed(
    {
      file: 'rules/fields/40-homeless-program-eligible.json',
      replace: ['"lastCompared": "2026-11-21"', '"lastCompared": "2025-11-20"'],
    },
    { file: 'rules/checks/SENR0018.json', replace: [', "lastCompared": "2026-11-21"', ''] },
  );
  const listed = (day: string) => notComparedForAYear(old, day).map(({ what, lastCompared }) => [what, lastCompared]);
  t.same(listed('20261120'), [['SENR0018', undefined]], 'a year to the day is not older than a year');
  t.same(listed('20261121'), [
    ['Field 40', '2025-11-20'],
    ['SENR0018', undefined],
  ]);
  t.equal(listed('20280101').length, 3 + old.declared.fields.length + old.declared.checks.length, 'in the end, all');
  const page = rulesInWords(old, { format: 'md', today: '20261121' });
  t.match(
    page,
    '\n## Not compared for a year\n\n| rule | last compared | file |\n|---|---|---|\n| Field 40 | 2025-11-20 | `rules/fields/40-homeless-program-eligible.json` |\n| SENR0018 | no day is given |',
  );
  t.match(
    rulesInWords(shipped, { format: 'md', today: '20261122' }),
    'Every rule was compared with its publication within the last year.',
  );
  t.notMatch(md, 'Not compared with the publication for a year', 'without a day there is no such list');
  t.end();
});

t.test('the page of HTML stands alone, is well formed, and leads nowhere but into itself', (t) => {
  t.same(problemsOf(html), []);
  for (const word of ['<script', 'src=', 'url(', 'http', '<link', 'onclick', '<!--']) t.notMatch(html, word);
  t.match(html, '<html lang="en">');
  t.end();
});

t.test('what rule files say is text, not HTML', (t) => {
  const evil = changed(
    {
      file: 'rules/parameters/labels.json',
      replace: [
        '"says": "the value for a Hispanic student"',
        String.raw`"says": "</li><script>alert('1')</script> & [here](javascript:alert\"1\") <b"`,
      ],
    },
    { file: 'rules/rulebook.json', replace: ['"name": "Cumulative Enrollment Extract"', '"name": "</title><b>"'] },
  );
  const page = rulesInWords(evil, { format: 'html' });
  t.same(problemsOf(page), []);
  t.notMatch(page, '<script');
  t.notMatch(page, '<b>');
  t.notMatch(page, 'href="javascript');
  t.match(page, '&lt;/li&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; ');
  t.end();
});
