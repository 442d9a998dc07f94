/** `/rules/versions/HASH/words`: the rules of a version in sentences, of one field or of everything, with their source. */
import type { Block } from '#base/page/blocks';
import { blockHtml, lineHtml } from '#base/page/html';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { rulesIdentified } from '../identified.ts';
import { table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import type { ShownVersion, ShownWords } from './shown.ts';
import { versionAddress, versionWords } from './words.ts';

/** Title, introduction and version: the page has them itself. */
const HEAD = 3;

/** A cell with more is broken into lines. */
const MOST_ON_A_LINE = 60;

/** Sentences of the publication stand on this page, not on one of the documentation. */
const onThisPage = (blocks: readonly Block[]): readonly Block[] =>
  JSON.parse(JSON.stringify(blocks).replaceAll('(ledger.md#', '(#')) as Block[];

function blocksHtml(blocks: readonly Block[]): string {
  let above = 'Rules';
  return onThisPage(blocks)
    .map((block) => {
      if (block.kind === 'heading') above = block.text;
      if (block.kind !== 'table') return blockHtml(block);
      const cells = block.rows.map((row) =>
        row.map((cell) => ({
          html: cell.length > MOST_ON_A_LINE ? html`<span class="sentence">!${lineHtml(cell)}</span>` : lineHtml(cell),
        })),
      );
      return table(
        above,
        block.head.map((name) => ({ name })),
        cells,
      );
    })
    .join('\n');
}

/** The element of the page that a sentence stands in: rules link to it. */
const elementOf = (id: string): string => id.replace(/\..*$/, '');

interface Shown {
  readonly person: Person;
  readonly version: ShownVersion;
  readonly words: ShownWords;
  readonly field: string | undefined;
}

export function view({ person, version, words: { blocks, published }, field }: Shown): string {
  const text = JSON.stringify(blocks);
  const elements = Map.groupBy(published, ({ id }) => elementOf(id));
  const cited = [...elements].filter(([id]) => field === undefined || text.includes(`(ledger.md#${id})`));
  return frame({
    title: field === undefined ? 'What do the rules say?' : `What do the rules say of field ${field}?`,
    person,
    identified: rulesIdentified(version),
    above: [
      ['Rules', '/rules'],
      ['Versions', '/rules/versions'],
      [versionWords(version), versionAddress(version.sha256)],
    ],
    main: html`<div class="words">!${blocksHtml(blocks.slice(HEAD))}</div>
!${
      cited.length > 0
        ? html`<section aria-labelledby="published"><h2 id="published">Sentences of the publication</h2>
<p>What each sentence of “${version.publication.page}” that a rule cites is about.</p>
<dl>!${cited.map(
            ([id, sentences]) =>
              html`<dt id="${id}">${id}</dt>!${sentences.map(({ id: one, about }) => html`<dd><code>${one}</code> ${about}</dd>`)}`,
          )}</dl></section>`
        : ''
    }
<p class="hint">Version <code>${version.sha256}</code>.</p>`,
  });
}

export const versionInWords: Page = {
  path: '/rules/versions/:hash/words',
  async get(visit) {
    const { field } = visit.query;
    const address = `/v1/rulebook/versions/${visit.part('hash')}`;
    const [version, words] = await Promise.all([
      visit.ask<ShownVersion>(address),
      visit.ask<ShownWords>(`${address}/words${field === undefined ? '' : `?field=${encodeURIComponent(field)}`}`),
    ]);
    return view({ person: visit.person, version: version.body, words: words.body, field });
  },
};
