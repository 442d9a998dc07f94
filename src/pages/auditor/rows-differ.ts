/** Where the rows of one student differ: each derived field that has not the same value in all, and why in each. */
import type { RowExplanation } from '#explain/explanation';
import type { ShownRow } from '../coordinator/shown.ts';
import { html } from '../html.ts';
import { table } from '../parts.ts';
import type { Visit } from '../visit.ts';
import { rowAddress, rowPath } from './addresses.ts';

/** More rows than these stand beside each other on no page. */
const MOST_ROWS = 4;

/** A derived field, and its column. */
export interface DerivedField {
  readonly no: string;
  readonly name: string;
  readonly key: string;
}

/** The fields that differ, and what each row says of them. */
export interface RowsDiffer {
  readonly fields: readonly DerivedField[];
  /** In the order of the rows; absent when there are too many rows to stand beside each other. */
  readonly explained?: readonly RowExplanation[] | undefined;
}

/** Asks for the reasons of the rows that differ; a student with one row, or with rows that are alike, is asked nothing. */
export async function rowsDifferOf(
  visit: Visit,
  extract: string,
  rows: readonly ShownRow[],
  derived: readonly DerivedField[],
): Promise<RowsDiffer> {
  const fields = derived.filter(({ key }) => new Set(rows.map(({ columns }) => columns[key] ?? '')).size > 1);
  if (fields.length === 0 || rows.length > MOST_ROWS) return { fields };
  const [only, another] = fields;
  const asked = rows.map(async (row) => {
    const query = new URLSearchParams({
      reportingLEA: row.reportingLEA,
      ...(only && !another && { field: only.no }),
      secondOpinion: 'false',
      whyNot: 'false',
      changes: 'false',
    });
    return (await visit.ask<RowExplanation>(`/v1${rowPath(extract, row)}/explanation?${query.toString()}`)).body;
  });
  return { fields, explained: await Promise.all(asked) };
}

/** The rows side by side, one line for each field that differs. */
export function rowsDifferPart(extract: string, rows: readonly ShownRow[], { fields, explained }: RowsDiffer): string {
  if (rows.length < 2) return '';
  const says = (index: number, no: string): string =>
    explained?.[index]?.fields.find(({ field }) => field === no)?.sentence ?? '';
  return html`<section aria-labelledby="differ"><h2 id="differ">Where the rows differ</h2>
!${
    fields.length === 0
      ? html`<p>All derived fields are the same in these rows.</p>`
      : table(
          'Derived fields that are not the same in all rows, and why',
          [{ name: 'Field' }, ...rows.map(({ school, grade }) => ({ name: `School ${school}, grade ${grade}` }))],
          fields.map(({ no, name, key }) => [
            `${no} ${name}`,
            ...rows.map((row, index) => ({
              html: html`<a href="${rowAddress(extract, row)}&amp;field=${no}#field-${no}"><code>${(row.columns[key] ?? '') || 'blank'}</code></a>!${
                says(index, no) === '' ? '' : html`<br><span class="sentence">${says(index, no)}</span>`
              }`,
            })),
          ]),
        )
  }</section>`;
}
