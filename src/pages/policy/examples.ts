/** `/rules/examples`, `/drafts/ID/examples`: worked examples as tables; each opens with its made-up student. */
import { capital } from '#base/text';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import { number } from '../words.ts';
import { subjectCell } from './coverage.ts';
import { askedWords, expectWords, studentsPart } from './example-shown.ts';
import type { ShownExample, ShownExamples } from './shown.ts';
import {
  fileLink,
  isTheirs,
  subjectWords,
  type Whose,
  whoseFrame,
  whosePages,
  whosePath,
  whoseRoute,
} from './whose-rules.ts';

export function view(whose: Whose, shown: ShownExamples, of: string | undefined): string {
  return of === undefined ? allOf(whose, shown) : oneOf(whose, shown, of);
}

function allOf(whose: Whose, { subjects }: ShownExamples): string {
  const all = subjects.reduce((sum, { examples }) => sum + examples, 0);
  const failed = subjects.reduce((sum, one) => sum + one.failed, 0);
  return whoseFrame(whose, 'examples', {
    title: 'What do worked examples show?',
    main: html`<p class="answer">${failed === 0 ? `All ${number(all)} examples hold.` : `${number(failed)} of ${number(all)} examples fail.`}</p>
<p>An example is a made-up student, and what should come of them. ${whose.draft ? 'A student whose row an impact report changes can become one: the report has a link beside each.' : ''}</p>
!${table(
      'Examples by what they are of',
      [{ name: 'Of' }, { name: 'Examples', isNumber: true }, { name: 'Fail', isNumber: true }],
      subjects.map((one) => [
        subjectCell(whose, one),
        number(one.examples),
        one.failed > 0 ? { html: html`<strong class="wrong">${number(one.failed)}</strong>` } : '0',
      ]),
    )}`,
  });
}

const failingFirst = (examples: ShownExamples['examples']): ShownExamples['examples'] =>
  examples.toSorted((a, b) => Number(a.passed) - Number(b.passed));

function oneOf(whose: Whose, { subjects, examples }: ShownExamples, of: string): string {
  const subject = subjects.find((one) => one.of === of);
  const failed = examples.filter(({ passed }) => !passed).length;
  const requests = new Set(examples.map((example) => askedWords(example)));
  const [common = ''] = requests.size === 1 ? requests : [];
  return whoseFrame(whose, 'examples', {
    title: `What do the examples of ${of === 'selection' ? 'the selection' : subjectWords(of, subject?.name ?? '')} show?`,
    main: html`<p class="answer">${subjectWords(of, subject?.name ?? '')}: ${
      examples.length === 0
        ? 'there is no example.'
        : failed === 0
          ? `all ${number(examples.length)} examples hold.`
          : `${number(failed)} of ${number(examples.length)} examples fail.`
    }</p>
!${common === '' ? '' : html`<p>Each asks for: ${common}.</p>`}
!${
      examples.length === 0
        ? ''
        : table(
            'Examples',
            [
              { name: 'Example' },
              ...(requests.size > 1 ? [{ name: 'Request' }] : []),
              { name: 'Expected' },
              { name: 'Result' },
            ],
            failingFirst(examples).map((example) => [
              {
                html: html`<a class="sentence" href="${whosePath(whose, 'examples/case', { file: example.file, pointer: example.pointer })}">${example.title}</a>`,
              },
              ...(requests.size > 1 ? [{ html: html`<span class="sentence">${askedWords(example)}</span>` }] : []),
              expectWords(example.expect),
              example.passed
                ? 'holds'
                : {
                    html: html`<strong class="wrong">fails</strong> <span class="sentence">${capital(example.message ?? '')}</span>`,
                  },
            ]),
          )
    }
<p><a href="${whosePath(whose, 'examples')}">Examples of everything</a></p>`,
  });
}

export const examples = whosePages('examples', async (visit, whose) => {
  const { of } = visit.query;
  const route = whoseRoute(whose, 'examples', of === undefined ? {} : { of });
  return view(whose, (await visit.ask<ShownExamples>(route)).body, of);
});

export function caseView(whose: Whose, example: ShownExample): string {
  const { of, name, title, file, pointer, expect, passed, message, records, students } = example;
  return whoseFrame(whose, 'examples', {
    title: 'What does this example show?',
    main: html`<p class="answer">${title}</p>
<p>!${passed ? 'It holds.' : html`<strong class="wrong">It fails:</strong> ${message ?? ''}.`}</p>
!${table(
      'The example',
      [{ name: 'Of' }, { name: 'Request' }, { name: 'Expected' }],
      [
        [
          link(subjectWords(of, name), whosePath(whose, 'examples', { of })),
          { html: html`<span class="sentence">${askedWords(example)}</span>` },
          expectWords(expect),
        ],
      ],
    )}
<section aria-labelledby="records"><h2 id="records">The made-up student</h2>!${studentsPart(records, students)}</section>
<p>!${fileLink(whose, file)} <code>${pointer}</code>${isTheirs(whose) ? ': change it there as text.' : ''}</p>`,
  });
}

export const example = whosePages('examples/case', async (visit, whose) => {
  const { file = '', pointer = '' } = visit.query;
  const route = whoseRoute(whose, 'examples/case', { file, pointer });
  return caseView(whose, (await visit.ask<ShownExample>(route)).body);
});
