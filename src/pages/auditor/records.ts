/** Records of a student as they were sent: where each stands on a page, what its columns are called. */
import type { ExplanationHead, ShownRecord, StudentRecord } from '#explain/explanation';
import { sentWithWords } from '#explain/explanation-text';
import { codeSetOf, incomingColumns, layoutOf, type Schemas } from '#records/layout';
import { html } from '../html.ts';
import { day } from '../words.ts';

/** What a record's columns are called and its codes mean. */
export type Named = (recordType: string, key: string, value: string) => ColumnValue;

interface ColumnValue {
  readonly name: string;
  readonly value: string;
  /** Of a code. */
  readonly meaning?: string | undefined;
}

export function namedBy(schemas: Schemas): Named {
  return (recordType, key, value) => {
    const layout = layoutOf(schemas, recordType);
    const column = layout && incomingColumns(layout).find((each) => each.key === key);
    if (!column) return { name: key, value };
    const set = column.codeSet === undefined ? undefined : codeSetOf(schemas, column.codeSet);
    const meaning = set?.codes.find(({ code }) => code === value)?.meaning;
    const name = `${column.no} ${column.name}`;
    return { name, value: column.type === 'DT' ? day(value) : value, meaning };
  };
}

type Sent = NonNullable<ShownRecord['sent']>;

/** Where a record as sent stands on the page of its student. */
export const sentAnchor = ({ upload = '', file, line }: Sent): string =>
  `sent-${`${upload}-${file}`.replaceAll(/[^\w.-]/g, '_')}-${String(line)}`;

export const placeWords = ({ sent }: ShownRecord): string =>
  sent ? `${sent.file} line ${String(sent.line)}${sentWithWords(sent.ssid)}` : 'sent by another LEA';

/** `Until 2026-03-02 this was 9900000001. `, with a blank behind each; `''` for a student who has one number only. */
export const formerlyWords = (formerly: ExplanationHead['formerly'] = []): string =>
  html`!${formerly.map(({ ssid, until }) => html`Until ${day(until)} this was <code>${ssid}</code>. `)}`;

/** Columns that have a value, by number and name. */
export function valueList({ recordType, values }: ShownRecord, named: Named): string {
  const shown = Object.entries(values).filter(([, value]) => value !== '');
  return html`<dl class="values">!${shown.map(([key, value]) => {
    const words = named(recordType, key, value);
    return html`<div><dt>${words.name}</dt><dd><code>${words.value}</code>${words.meaning === undefined ? '' : ` ${words.meaning}`}</dd></div>`;
  })}</dl>`;
}

/**
 * A record that an explanation names: its values, and a link to the record as it was sent.
 * @param student the page of the student
 */
export function recordLines(record: ShownRecord, named: Named, student: string): string {
  const { recordType, sent } = record;
  const place = sent
    ? html`<a href="${student}#${sentAnchor(sent)}">${placeWords(record)}</a>`
    : html`${placeWords(record)}`;
  return html`<p><strong>${recordType}</strong>, !${place}</p>!${valueList(record, named)}`;
}

/** A record of the student whose page this is. */
export const recordLink = (record: ShownRecord): string =>
  record.sent
    ? html`<strong>${record.recordType}</strong>, <a href="#${sentAnchor(record.sent)}">${placeWords(record)}</a>`
    : html`<strong>${record.recordType}</strong>, ${placeWords(record)}`;

/** Whether an explanation names this record. */
export function isSame(one: ShownRecord, other: StudentRecord['record']): boolean {
  if (one.recordType !== other.recordType) return false;
  if (one.sent && other.sent) return sentAnchor(one.sent) === sentAnchor(other.sent);
  return !one.sent && !other.sent && Object.entries(one.values).every(([key, value]) => other.values[key] === value);
}
