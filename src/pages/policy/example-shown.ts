/** A worked example on a page: its made-up students as lines of time, and its records. */
import { type ExampleRequest, type Expectation, requestOf } from '#authoring/examples/cases';
import type { StudentHistory } from '#explain/explanation';
import { recordAnchor, timeline } from '../auditor/timeline.ts';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import { day, requestWords, ruleWords, scopeWords } from '../words.ts';
import type { ShownExample } from './shown.ts';

type Written = ShownExample['records'][number];

/** `Academic Year 2023-2024, LEA 1234567, all schools, all grades, as if made on 2024-07-15`; blank for a check. */
export function askedWords({
  request,
  runDate,
}: {
  readonly request?: ExampleRequest;
  readonly runDate?: string;
}): string {
  if (!request) return '';
  const asked = requestOf(request);
  return `${requestWords(asked)}, ${scopeWords(asked)}${runDate === undefined ? '' : `, as if made on ${runDate}`}`;
}

const valueWords = (value: string): string => (value === '' ? 'blank' : value);

/** What an example expects, in few words. */
export function expectWords(expect: Expectation): string {
  if ('value' in expect)
    return valueWords(expect.value) + (expect.rule === undefined ? '' : `, by rule ${ruleWords(expect.rule)}`);
  if ('rows' in expect)
    return expect.rows.length === 0
      ? 'no row'
      : expect.rows.map((row) => Object.values(row).map(valueWords).join(', ')).join('; ');
  return expect.findings.length === 0
    ? 'no finding'
    : expect.findings.map(({ record, code }) => `${code} on record ${String(record)}`).join(', ');
}

const valuesCell = (record: Written | undefined): Cell => {
  if (!record) return '';
  if (record.line !== undefined) return { html: html`<code>${record.line}</code>` };
  return {
    html: html`<dl class="values">!${record.values.map(
      ({ name, value, meaning }) =>
        html`<div><dt>${name}</dt><dd><code>${valueWords(value)}</code> ${meaning ?? ''}</dd></div>`,
    )}</dl>`,
  };
};

const dayCell = (words = ''): Cell => ({ html: html`<span class="day">${words}</span>` });

/** Lines of time, and the same in words; of an example of a check, whose records are on their way in, only the records. */
export function studentsPart(records: readonly Written[], students: readonly StudentHistory[]): string {
  if (students.length === 0)
    return table(
      'Records of the example',
      [{ name: 'Record' }, { name: 'What the example says of it' }],
      records.map((record, i) => [`${String(i + 1)} ${record.recordType}`, valuesCell(record)]),
    );
  let before = 0;
  const parts = students.map((history) => {
    const at = before;
    before += history.records.length;
    return studentPart(history, records, at);
  });
  return html`!${parts}<p class="hint">Columns that the example does not name are as in rules/examples/defaults.json.</p>`;
}

function studentPart(history: StudentHistory, records: readonly Written[], before: number): string {
  const { ssid } = history.records[0]?.record.values ?? {};
  return html`!${timeline(history, new Map(), before)}
!${table(
    `Records of the made-up student ${ssid ?? ''}`,
    [{ name: 'Record' }, { name: 'From' }, { name: 'Through' }, { name: 'What the example says of it' }],
    history.records.map(({ says, days, record }, i) => [
      { html: html`<span class="sentence" id="${recordAnchor(before + i)}">${says}</span>` },
      dayCell(days && day(days.first)),
      dayCell(days && (days.last === '' ? 'goes on' : day(days.last))),
      valuesCell(records[(record.sent?.line ?? 0) - 1]),
    ]),
  )}`;
}
