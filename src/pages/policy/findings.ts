/** What the check of rules found, with the places marked in the text of their files. */
import { html } from '../html.ts';
import type { ShownCheck } from './shown.ts';

type Finding = ShownCheck['findings'][number];

/** So many lines stand before and behind the one that a finding is about. */
const AROUND = 1;
const MOST_OF_LINE = 200;

/** The lines around a place, its own line marked. */
function excerpt(text: string, line: number): string {
  const lines = text.split(/\r?\n/);
  const from = Math.max(0, line - 1 - AROUND);
  return html`<pre class="place" tabindex="0">!${lines.slice(from, line + AROUND).map((content, i) => {
    const number = String(from + i + 1);
    const shown = content.slice(0, MOST_OF_LINE);
    return from + i + 1 === line ? html`<mark>${number}  ${shown}</mark>${'\n'}` : html`${number}  ${shown}${'\n'}`;
  })}</pre>`;
}

/**
 * Findings of one file, the worst first.
 * @param text of the file
 */
export function findingList(findings: readonly Finding[], text: string): string {
  const order = ['error', 'warning', 'advice'];
  return html`<ul class="findings">!${findings
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
    .map(
      ({ severity, line, message }) =>
        html`<li class="${severity}"><p><strong>${severity}</strong>, line ${String(line)}: ${message}</p>!${excerpt(text, line)}</li>`,
    )}</ul>`;
}
