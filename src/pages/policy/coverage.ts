/** `/rules/coverage`, `/drafts/ID/coverage`: which rules and conditions the worked examples reach. */
import { lineHtml } from '#base/page/html';
import { counted } from '#base/text';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import { number } from '../words.ts';
import type { ShownExamples } from './shown.ts';
import { fileLink, subjectWords, type Whose, whoseFrame, whosePages, whosePath, whoseRoute } from './whose-rules.ts';

type Subject = ShownExamples['subjects'][number];
type Gap = Subject['gaps'][number];

export function view(whose: Whose, { subjects }: ShownExamples): string {
  const sum = (of: (subject: Subject) => number): number => subjects.reduce((all, one) => all + of(one), 0);
  const [total, reached] = [sum((one) => one.total), sum((one) => one.reached)];
  const open = subjects.filter(({ gaps }) => gaps.length > 0);
  const unreachable = subjects.filter((one) => one.unreachable.length > 0);
  return whoseFrame(whose, 'coverage', {
    title: 'Which rules and conditions do worked examples reach?',
    main: html`<p class="answer">${
      reached === total
        ? `The examples reach all ${number(total)} rules and outcomes of conditions.`
        : `The examples reach ${number(reached)} of ${number(total)} rules and outcomes of conditions.`
    }</p>
<p>A condition has up to three outcomes: true, false and, where its value can be missing, absent. An example that reaches a rule shows what the rule does.</p>
!${open.length > 0 ? html`<section aria-labelledby="gaps"><h2 id="gaps">What no example reaches</h2>!${open.map((one) => gapList(whose, one, one.gaps, true))}</section>` : ''}
<section aria-labelledby="all"><h2 id="all">Field by field</h2>
!${table(
      'What examples reach',
      [
        { name: 'Of' },
        { name: 'Examples', isNumber: true },
        { name: 'Reached', isNumber: true },
        { name: 'Of', isNumber: true },
        { name: 'Not reached', isNumber: true },
      ],
      subjects.map((one) => [
        subjectCell(whose, one),
        number(one.examples),
        number(one.reached),
        number(one.total),
        one.gaps.length > 0 ? { html: html`<strong class="wrong">${number(one.gaps.length)}</strong>` } : '0',
      ]),
    )}</section>
!${unreachable.length > 0 ? html`<section aria-labelledby="never"><h2 id="never">What nothing can reach, and why</h2>!${unreachable.map((one) => gapList(whose, one, one.unreachable, false))}</section>` : ''}`,
  });
}

export const subjectCell = (whose: Whose, { of, name }: Pick<Subject, 'of' | 'name'>): Cell => ({
  html: html`<a href="${whosePath(whose, 'examples', { of })}">${subjectWords(of, name)}</a>`,
});

const gapList = (whose: Whose, { of, name }: Subject, gaps: readonly Gap[], isOpen: boolean): string =>
  html`<details!${isOpen ? ' open' : ''}><summary>${subjectWords(of, name)}: ${counted(gaps.length, 'place')}</summary><ul>!${gaps.map(
    ({ says, because, file }) =>
      html`<li>!${lineHtml(says)} !${because === undefined ? '' : html`Because: ${because} `}(!${fileLink(whose, file)})</li>`,
  )}</ul></details>`;

export const coverage = whosePages('coverage', async (visit, whose) =>
  view(whose, (await visit.ask<ShownExamples>(whoseRoute(whose, 'examples'))).body),
);
