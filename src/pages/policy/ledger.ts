/** `/rules/ledger`, `/drafts/ID/ledger`: each sentence of the published page, and what answers for it. */
import { counted } from '#base/text';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import { number } from '../words.ts';
import type { ShownCited, ShownLedger } from './shown.ts';
import { citedLink, fileLink, type Whose, whoseFrame, whosePages, whoseRoute } from './whose-rules.ts';

type Sentence = ShownLedger['pages'][number]['elements'][number]['sentences'][number];

/** Whose rules, and their hash. */
interface Of {
  readonly whose: Whose;
  readonly hash: string;
}

const TITLE = 'What answers for each published sentence?';
/** More of them are folded. */
const MOST_EXAMPLES = 3;

export function view(whose: Whose, { rulebook, pages, findings }: ShownLedger): string {
  const sentences = pages.flatMap(({ elements }) => elements.flatMap((element) => element.sentences));
  const isHeld = ({ rules, needsNone }: Sentence): boolean => rules.length > 0 || needsNone !== undefined;
  return whoseFrame(whose, 'ledger', {
    title: TITLE,
    main: html`<p class="answer">!${answerOf(sentences.length, sentences.filter(isHeld).length, findings.length)}</p>
<p>The published page is not repeated here: each of its sentences is described in a few words, and named by an id.</p>
!${findings.length > 0 ? html`<section aria-labelledby="missing"><h2 id="missing">Without a rule or an example</h2><ul>!${findings.map(({ file, message }) => html`<li>${message} (!${fileLink(whose, file)})</li>`)}</ul></section>` : ''}
!${pages.map(
      ({ page, updated, file, elements }) =>
        html`<section aria-label="${page}"><h2>${page}</h2><p class="hint">Updated ${updated}. Ledger: !${fileLink(whose, file)}.</p>
!${elements.map(({ id, title, sentences: own }) => elementPart({ whose, hash: rulebook }, id, title, own))}</section>`,
    )}`,
  });
}

function answerOf(all: number, held: number, findings: number): string {
  if (all === 0) return 'These rules have no ledger: the folder rules/ledger has no file.';
  return findings === 0
    ? `Each of the ${number(all)} sentences has a rule and an example, or says why it needs none.`
    : `${number(held)} of ${number(all)} sentences are answered for. ${counted(findings, 'question')} ${findings === 1 ? 'is' : 'are'} open.`;
}

const elementPart = (of: Of, id: string, title: string, sentences: readonly Sentence[]): string =>
  html`<section aria-labelledby="${id}"><h3 id="${id}">${title}</h3>
!${table(
    `${title}: sentences`,
    [{ name: 'Sentence' }, { name: 'What it says' }, { name: 'Rules and readings' }, { name: 'Examples' }],
    sentences.map((sentence) => [
      { html: html`<code>${sentence.id}</code>` },
      { html: html`<span class="sentence">${sentence.about}</span>` },
      rulesCell(of, sentence),
      examplesCell(of, sentence),
    ]),
  )}</section>`;

function rulesCell({ whose, hash }: Of, { rules, needsNone, sameAs }: Sentence): Cell {
  if (needsNone !== undefined) return { html: html`<span class="sentence">None is needed: ${needsNone}</span>` };
  if (rules.length === 0) return { html: html`<strong class="wrong">No rule</strong>` };
  const same = sameAs === undefined ? '' : html`<li>The same words as <code>${sameAs}</code>.</li>`;
  return {
    html: html`<ul class="cited">!${each(rules).map((cited) => html`<li>!${citedLink(whose, hash, cited)}!${reading(cited)}</li>`)}!${same}</ul>`,
  };
}

const reading = ({ reading: chosen }: ShownCited): string =>
  chosen === undefined ? '' : html`<details class="reading"><summary>Reading</summary><p>${chosen}</p></details>`;

/** A rule that cites a sentence several times is named once. */
const each = (cited: readonly ShownCited[]): readonly ShownCited[] => [
  ...new Map(
    cited.map((one) => [`${one.kind} ${one.name} ${one.says} ${one.kind === 'example' ? one.pointer : ''}`, one]),
  ).values(),
];

function examplesCell({ whose, hash }: Of, { examples, needsNone, needsNoExample }: Sentence): Cell {
  if (needsNone !== undefined) return '';
  if (needsNoExample !== undefined)
    return { html: html`<span class="sentence">None is needed: ${needsNoExample}</span>` };
  if (examples.length === 0) return { html: html`<strong class="wrong">No example</strong>` };
  const items = each(examples).map((cited) => html`<li>!${citedLink(whose, hash, cited)}</li>`);
  const more = items.slice(MOST_EXAMPLES);
  return {
    html: html`<ul class="cited">!${items.slice(0, MOST_EXAMPLES)}</ul>!${
      more.length > 0
        ? html`<details class="reading"><summary>${String(more.length)} more</summary><ul class="cited">!${more}</ul></details>`
        : ''
    }`,
  };
}

export const ledger = whosePages('ledger', async (visit, whose) =>
  view(whose, (await visit.ask<ShownLedger>(whoseRoute(whose, 'ledger'))).body),
);
