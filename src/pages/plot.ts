/** A plot of counts that is its own table: a bar stands beside each number, so nothing is in one that is not in the other. */
import { html } from './html.ts';
import { number } from './words.ts';

export interface Bar {
  readonly value: string;
  /** What the value means. */
  readonly meaning?: string | undefined;
  readonly count: number;
  /** Where what was counted is listed. */
  readonly address?: string | undefined;
}

/** So many bars can be taken in at a glance; the others are folded. */
const MOST_BARS = 12;
/** Of more values, those with the greatest counts are shown. */
const MOST_SHOWN = 60;
const WIDTH = 100;
const HEIGHT = 10;

/**
 * @param caption what is counted, by what
 * @param counted what the numbers are of, such as `Rows`
 * @param heading of what has the bars, such as `Academic year`
 */
export function plot(caption: string, counted: string, bars: readonly Bar[], heading = 'Value'): string {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const lines = (some: readonly Bar[]): string =>
    html`<table><caption>${caption}</caption>
<thead><tr><th scope="col">${heading}</th><th scope="col" class="number">${counted}</th><td></td></tr></thead>
<tbody>!${some.map((bar) => line(bar, most))}</tbody></table>`;
  const shown = bars.length > MOST_SHOWN ? [...bars].sort((a, b) => b.count - a.count).slice(0, MOST_SHOWN) : bars;
  const [first, rest] = [shown.slice(0, MOST_BARS), shown.slice(MOST_BARS)];
  const left = bars.length - shown.length;
  return html`<div class="plot">!${lines(first)}!${
    rest.length > 0 ? html`<details><summary>${number(rest.length)} more</summary>!${lines(rest)}</details>` : ''
  }!${left > 0 ? html`<p class="hint">${number(left)} smaller ones are not shown.</p>` : ''}</div>`;
}

function line({ value, meaning, count, address }: Bar, most: number): string {
  const code = value === '' ? 'blank' : html`<code>${value}</code>`;
  const length = Math.round((WIDTH * count * 10) / most) / 10;
  return html`<tr><th scope="row">!${address === undefined ? code : html`<a href="${address}">!${code}</a>`}!${
    meaning === undefined ? '' : html` <small>${meaning}</small>`
  }</th><td class="number">${number(count)}</td><td class="bar"><svg viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" preserveAspectRatio="none" aria-hidden="true"><rect width="${String(length)}" height="${String(HEIGHT)}"/></svg></td></tr>
`;
}
