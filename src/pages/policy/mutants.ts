/** `/rules/mutants`, `/drafts/ID/mutants`: whether worked examples notice small mistakes in the rules. */
import { counted } from '#base/text';
import { html } from '../html.ts';
import { progress, table } from '../parts.ts';
import { moment, number } from '../words.ts';
import type { ShownMutants } from './shown.ts';
import { fileLink, type Whose, whoseForm, whoseFrame, whosePages, whosePath, whoseRoute } from './whose-rules.ts';
import { mayChangeRules } from './words.ts';

type Tried = NonNullable<ShownMutants['tried']>;
type Place = Tried['survived'][number] & { readonly because?: string };

const TITLE = 'Would an example notice a mistake in the rules?';
const CHECKS = 'rules/checks/';
const AGAIN_SECONDS = 3;

export function view(whose: Whose, mutants: ShownMutants): string {
  const { status, progress: percent, tried, triedAt = '', failure } = mutants;
  const explained = html`<p>A mutant is the rules with one small mistake in them: an operator turned round, a condition left out, a code or a day exchanged. Examples that are worth their name notice it: at least one fails.</p>`;
  if (status === 'Processing')
    return whoseFrame(whose, 'mutants', {
      title: TITLE,
      modules: ['progress.js'],
      again: AGAIN_SECONDS,
      main: html`<section data-job="${whosePath(whose, 'mutants/progress')}" role="status"><p class="answer">The mistakes are being made, one after the other. Then what came of them is shown here.</p>!${progress('How many subjects were tried', percent)}</section>!${explained}`,
    });
  if (!tried)
    return whoseFrame(whose, 'mutants', {
      title: TITLE,
      main: html`<p class="answer">${failure === undefined ? 'Nobody has tried it lately with these files.' : `It could not be tried. ${failure}`}</p>!${explained}!${begin(whose, 'Make the mistakes')}`,
    });
  const made = tried.files.reduce((all, file) => all + file.made - file.refused, 0);
  return whoseFrame(whose, 'mutants', {
    title: TITLE,
    main: html`<p class="answer">${answerOf(tried, made)}</p>!${explained}
!${unknown(tried)}
!${tried.survived.length > 0 ? html`<section aria-labelledby="survived"><h2 id="survived">Not noticed: each asks for one more example</h2>!${places(whose, tried.survived)}</section>` : ''}
<section aria-labelledby="files"><h2 id="files">File by file</h2>
!${table(
      'Mistakes made in each file',
      [
        { name: 'File' },
        ...['Made', 'Noticed', 'Equivalent', 'Not noticed', 'Refused'].map((name) => ({
          name,
          isNumber: true as const,
        })),
      ],
      checksLast(tried.files).map(({ file, made: all, noticed, equivalent, survived, refused }) => [
        { html: fileLink(whose, file) },
        ...[all, noticed, equivalent].map(number),
        survived > 0 ? { html: html`<strong class="wrong">${number(survived)}</strong>` } : '0',
        number(refused),
      ]),
    )}
<p class="hint">What several fields share is changed for each of them. Refused: the rules cannot be loaded with the mistake, so that nobody could work with it.</p></section>
!${tried.equivalent.length > 0 ? html`<section aria-labelledby="equivalent"><h2 id="equivalent">Equivalent: mistakes that change no value, and why</h2>!${places(whose, tried.equivalent)}</section>` : ''}
<p class="hint">Tried at ${moment(triedAt)}, of the files <code>${mutants.rulebook}</code>. It is remembered for a while.</p>`,
  });
}

/** Who asks about values looks for fields, facts and parameters first. */
const checksLast = (files: Tried['files']): Tried['files'] =>
  files.toSorted((a, b) => Number(a.file.startsWith(CHECKS)) - Number(b.file.startsWith(CHECKS)));

function answerOf({ survived, files }: Tried, made: number): string {
  const equivalent = files.reduce((all, file) => all + file.equivalent, 0);
  const noticed = files.reduce((all, file) => all + file.noticed, 0);
  return `Of ${number(made)} small mistakes an example noticed ${number(noticed)}; ${number(equivalent)} make no difference, ${survived.length === 0 ? 'and none went unnoticed' : `${number(survived.length)} went unnoticed`}.`;
}

/** Of what has a failing example nothing was tried. */
function unknown({ subjects }: Tried): string {
  const failing = subjects.filter((one) => one.failing > 0);
  return failing.length === 0
    ? ''
    : html`<p class="warned">Nothing was tried of ${failing.map(({ of }) => of).join(', ')}: examples of it fail as it is.</p>`;
}

const places = (whose: Whose, some: readonly Place[]): string =>
  html`!${[...Map.groupBy(some, ({ of }) => of)].map(
    ([of, own]) =>
      html`<details><summary>${/^\d/.test(of) ? `Field ${of}` : of}: ${counted(own.length, 'mistake')}</summary><ul>!${own.map(
        ({ says, file, because }) =>
          html`<li>${says} !${because === undefined ? '' : html`<strong>Why nobody can notice:</strong> ${because} `}(!${fileLink(whose, file)})</li>`,
      )}</ul><p><a href="${whosePath(whose, 'examples', { of })}">Its examples</a></p></details>`,
  )}`;

const begin = (whose: Whose, words: string): string =>
  mayChangeRules(whose.person)
    ? whoseForm(
        whose,
        'mutants',
        html`<p><button>${words}</button></p><p class="hint">It takes half a minute or more, beside all other work.</p>`,
      )
    : '';

export const mutants = [
  ...whosePages(
    'mutants',
    async (visit, whose) => view(whose, (await visit.ask<ShownMutants>(whoseRoute(whose, 'mutants'))).body),
    async (visit, whose) => {
      await visit.ask({ method: 'POST', url: whoseRoute(whose, 'mutants') });
      return visit.go(whosePath(whose, 'mutants'));
    },
  ),
  ...whosePages('mutants/progress', (visit, whose) =>
    visit.follow(async () => {
      const { status, progress: percent } = (await visit.ask<ShownMutants>(whoseRoute(whose, 'mutants'))).body;
      return { percent, hasEnded: status !== 'Processing' };
    }),
  ),
];
