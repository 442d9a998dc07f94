/** A line as it was sent, with the field at fault marked. */
import { html } from '../html.ts';
import type { ShownProblem } from './shown.ts';

/** A longer line is shown by its beginning and what stands around the field. */
const MOST_WHOLE = 160;
const BEGINNING = 40;
const AROUND = 50;

/** `''` for a problem whose line is not kept. */
export function sentLine({ sent }: Pick<ShownProblem, 'sent'>): string {
  if (!sent) return '';
  const { text, marked } = sent;
  if (!marked) return shown(html`${text.length > MOST_WHOLE ? `${text.slice(0, MOST_WHOLE)} …` : text}`);
  const { from, to } = marked;
  const isWhole = text.length <= MOST_WHOLE;
  const before =
    isWhole || from <= BEGINNING + AROUND
      ? text.slice(0, from)
      : `${text.slice(0, BEGINNING)} … ${text.slice(from - AROUND, from)}`;
  const behind = isWhole || text.length - to <= AROUND ? text.slice(to) : `${text.slice(to, to + AROUND)} …`;
  return shown(html`${before}<mark>${text.slice(from, to)}</mark>${behind}`);
}

const shown = (line: string): string => html`<code class="as-sent">!${line}</code>`;

/** Said where problems should have their lines, and none has. */
export const noLines = (problems: readonly ShownProblem[]): string => {
  const meant = problems.filter(({ severity }) => severity !== 'advice');
  return meant.length > 0 && meant.every(({ sent }) => !sent)
    ? html`<p class="hint">The lines as they were sent are not kept: an earlier version received this upload, or its lines were deleted with old histories.</p>`
    : '';
};
