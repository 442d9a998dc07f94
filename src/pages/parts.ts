/** What many pages have in them. */
import { html } from './html.ts';
import type { Person } from './sessions.ts';
import type { Refusal } from './visit.ts';

/** The hidden field of every form that changes something. */
export const tokenField = ({ token }: Person): string => html`<input type="hidden" name="token" value="${token}">`;

/** A cell is a text, or HTML. */
export type Cell = string | { readonly html: string };

export interface TableColumn {
  readonly name: string;
  /** Right-aligned, with tabular figures. */
  readonly isNumber?: true;
}

const cellText = (cell: Cell): string => (typeof cell === 'string' ? html`${cell}` : cell.html);

/** A table; the first cell of a row names it. */
export function table(caption: string, columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): string {
  const kind = ({ isNumber }: TableColumn): string => (isNumber ? ' class="number"' : '');
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>!${columns.map((column) => html`<th scope="col"!${kind(column)}>${column.name}</th>`)}</tr></thead>
<tbody>
!${rows.map(
    (cells) =>
      html`<tr>!${cells.map((cell, i) => {
        const column = columns[i] as TableColumn;
        return i === 0
          ? html`<th scope="row">!${cellText(cell)}</th>`
          : html`<td!${kind(column)}>!${cellText(cell)}</td>`;
      })}</tr>
`,
  )}</tbody>
</table></div>`;
}

export const link = (words: string, address: string): Cell => ({ html: html`<a href="${address}">${words}</a>` });

/** What was refused, why, and what to do. */
export const refusalBox = ({ title, detail, fix, errors = [] }: Refusal): string =>
  html`<div class="refused" role="alert">
<p><strong>${title}.</strong> ${detail ?? ''}</p>
!${errors.length > 0 ? html`<ul>!${errors.map(({ message }) => html`<li>${message}</li>`)}</ul>` : ''}
!${fix === undefined ? '' : html`<p>${fix}</p>`}
</div>`;

const WHOLE = 100;

/** A bar that shows how far work is, in words too. */
export const progress = (label: string, percent: number): string =>
  html`<p><progress max="${String(WHOLE)}" value="${String(percent)}" aria-label="${label}"></progress> <span data-percent>${String(percent)} %</span></p>`;

/** What can be chosen: a value, and what it is called. */
export interface Choice {
  readonly value: string;
  readonly words: string;
}

/** @param all what stands first, for whoever chooses nothing */
export function select(name: string, label: string, chosen: string, all: Choice, choices: readonly Choice[]): string {
  return html`<label for="${name}">${label}</label> <select id="${name}" name="${name}">!${[all, ...choices].map(
    ({ value, words }) => html`<option value="${value}"!${value === chosen ? ' selected' : ''}>${words}</option>`,
  )}</select> `;
}
