/**
 * `/extracts/ID/students/SSID`: a student as the extract saw them: rows, and why there are no more; the history as lines of
 * time; the records as they were sent.
 */
import { amount } from '#base/text';
import type { MissingExplanation, RowExplanation, StudentHistory, StudentRecord } from '#explain/explanation';
import type { ShownRow } from '../coordinator/shown.ts';
import { frame, mayOpen } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, link, table, tokenField } from '../parts.ts';
import { keepPurpose } from '../purpose.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, RefusedError, type Visit } from '../visit.ts';
import { day } from '../words.ts';
import { whoSawAddress } from './access-log.ts';
import { LOG_PATH, type RowOf, rowAddress, rowPath, studentAddress } from './addresses.ts';
import { conditionTree, identification } from './evidence.ts';
import {
  formerlyWords,
  isSame,
  type Named,
  namedBy,
  placeWords,
  recordLink,
  sentAnchor,
  valueList,
} from './records.ts';
import { type DerivedField, type RowsDiffer, rowsDifferOf, rowsDifferPart } from './rows-differ.ts';

import { recordAnchor, timeline, type Use } from './timeline.ts';

const UNKNOWN = 'No record of this student was in the store when the extract was made, as far as you may see.';

/** The field whose records are marked, in one of the rows. */
interface Chosen {
  readonly row: ShownRow;
  readonly field: RowExplanation['fields'][number];
}

interface Shown {
  readonly person: Person;
  readonly extract: string;
  readonly ssid: string;
  readonly rows: readonly ShownRow[];
  /** Absent when the store knew no record of the student. */
  readonly known?: { readonly missing: MissingExplanation; readonly history: StudentHistory } | undefined;
  /** Derived fields. */
  readonly fields: readonly DerivedField[];
  readonly differ: RowsDiffer;
  readonly chosen?: Chosen | undefined;
  readonly named: Named;
  /** The record whose columns are shown by name. */
  readonly columnsOf: number;
}

/** A form that leads to the page of a student. */
export const findStudent = (person: Person, extract: string, label = 'SSID'): string =>
  html`<form method="post" action="/extracts/${extract}/students" class="search">!${tokenField(person)}<label for="ssid">${label}</label> <input id="ssid" name="ssid" inputmode="numeric" pattern="[0-9]{10}" required size="12" autocomplete="off"> <button>Find the student</button></form>`;

export function view(shown: Shown): string {
  const { person, extract, ssid, rows, known, differ } = shown;
  const none = known?.missing.sentence ?? UNKNOWN;
  return frame({
    title: rows.length > 0 ? 'Which rows does this student have?' : 'Why does this extract not have the student?',
    identified: known && identification(extract, known.history),
    person,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
      ...(rows.length > 0 ? [] : [['Who is not in it', `/extracts/${extract}/missing`] as const]),
    ],
    main: html`<p class="answer">SSID <code>${ssid}</code>. !${formerlyWords(known?.missing.formerly)}${rows.length > 0 ? `${amount(rows.length, 'row')} in the extract.` : none}</p>
!${mayOpen(person, LOG_PATH) && known ? html`<p><a href="${whoSawAddress(ssid)}">Who has seen this student?</a></p>` : ''}
!${purposeAsked(person)}
!${
      rows.length > 0
        ? table(
            'Rows of the student',
            [{ name: 'Row' }, { name: 'LEA' }, { name: 'School' }, { name: 'Grade' }],
            rows.map((row) => [
              link('Why does it have its values?', rowAddress(extract, row)),
              row.reportingLEA,
              row.school,
              row.grade,
            ]),
          )
        : ''
    }
!${rowsDifferPart(extract, rows, differ)}
!${findStudent(person, extract, 'SSID of another student')}
!${known ? knownParts(shown, known) : ''}`,
  });
}

function knownParts(shown: Shown, { missing, history }: NonNullable<Shown['known']>): string {
  const { extract, rows, chosen } = shown;
  const uses = usesOf(history, chosen);
  return html`<section aria-labelledby="time"><h2 id="time">The student's records in time</h2>
!${fieldForm(shown)}!${chosen ? usedWords(shown, chosen) : ''}
!${timeline(history, uses)}
!${recordTable(history, uses, chosen)}</section>
<section aria-labelledby="enrollments"><h2 id="enrollments">Enrollments of the student</h2>
!${missing.enrollments.map(
    ({ record, sentence, conditions, inExtract }) =>
      html`<details!${inExtract || rows.length > 0 ? '' : ' open'}><summary>${saysOf(history, record)}${sentence}</summary><p>!${recordLink(record)}</p><ul class="tree">!${conditionTree(conditions)}</ul></details>`,
  )}
!${missing.enrollments.length > 0 ? '' : html`<p>There is no enrollment.</p>`}</section>
!${rejectedPart(missing)}
<section aria-labelledby="sent"><h2 id="sent">The records as they were sent</h2>
!${history.records.map((record, number) => asSent(shown, record, number))}</section>
<p class="hint screen">!${identification(extract, history)}</p>`;
}

/** Which enrollment it is, before what is said of it. */
function saysOf({ records }: StudentHistory, enrollment: MissingExplanation['enrollments'][number]['record']): string {
  const found = records.find(({ record }) => isSame(enrollment, record));
  return found ? `${found.says}. ` : '';
}

const rejectedPart = ({ rejections }: MissingExplanation): string =>
  rejections.length === 0
    ? ''
    : html`<section aria-labelledby="rejected"><h2 id="rejected">Rejected records of the student</h2><ul>!${rejections.map(
        ({ recordType, sent, code, message }) =>
          html`<li>${recordType}, ${placeWords({ recordType, sent, values: {} })}, ${code}: ${message}</li>`,
      )}</ul></section>`;

/** A row as the form names it: codes only. */
const rowName = ({ reportingLEA, school, grade }: RowOf): string => [reportingLEA, school, grade].join('-');

function fieldForm({ extract, ssid, rows, fields, chosen }: Shown): string {
  if (rows.length === 0) return '';
  const option = (value: string, words: string, isChosen: boolean): string =>
    html`<option value="${value}"!${isChosen ? ' selected' : ''}>${words}</option>`;
  return html`<form method="get" action="${studentAddress(extract, ssid)}#time" class="search"><label for="field">Mark what a field used</label> <select id="field" name="field">!${option('', 'none', !chosen)}!${fields.map(
    ({ no, name }) => option(no, `${no} ${name}`, chosen?.field.field === no),
  )}</select> !${
    rows.length > 1
      ? html`<label for="row">Row</label> <select id="row" name="row">!${rows.map((row) =>
          option(rowName(row), `school ${row.school}, grade ${row.grade}`, chosen?.row === row),
        )}</select> `
      : ''
  }<button>Show</button></form>`;
}

const usedWords = ({ extract }: Shown, { field, row }: Chosen): string =>
  html`<p><strong>${field.field} ${field.name}</strong>, school ${row.school}, grade ${row.grade}: ${field.sentence} <a href="${rowAddress(extract, row)}&amp;field=${field.field}#field-${field.field}">All of why</a></p>
<p class="hint">Thick: used. Thin: passed over. Between: not looked at.</p>`;

/** What the chosen field made of each record. */
function usesOf({ records }: StudentHistory, chosen: Chosen | undefined): ReadonlyMap<StudentRecord, Use> {
  const uses = new Map<StudentRecord, Use>();
  if (!chosen) return uses;
  const { field } = chosen;
  const candidates = (field.facts ?? []).flatMap((fact) => fact.candidates ?? []);
  for (const record of records) {
    const of = candidates.filter((candidate) => isSame(candidate.record, record.record));
    const passedOver = of.find((candidate) => candidate.passedOver)?.passedOver;
    if (of.some(({ taken }) => taken)) uses.set(record, { is: 'used', says: `used by field ${field.field}` });
    else if (of.length > 0)
      uses.set(record, {
        is: 'passed',
        says: `passed over by field ${field.field}${passedOver ? `: ${passedOver.sentence}` : ''}`,
      });
  }
  return uses;
}

/** The picture in words. */
function recordTable(
  { records }: StudentHistory,
  uses: ReadonlyMap<StudentRecord, Use>,
  chosen: Chosen | undefined,
): string {
  const line = (record: StudentRecord, number: number): Cell[] => {
    const { record: shown, says, days, name } = record;
    const { sent } = shown;
    const words = days ? says : name;
    return [
      { html: html`<span id="${recordAnchor(number)}">${words}</span>` },
      days ? day(days.first) : '',
      days ? (days.last === '' ? 'goes on' : day(days.last)) : '',
      ...(chosen ? [uses.get(record)?.says ?? 'not looked at'] : []),
      sent ? link(placeWords(shown), `#${sentAnchor(sent)}`) : placeWords(shown),
    ];
  };
  return table(
    'The same in words',
    [
      { name: 'Record' },
      { name: 'From' },
      { name: 'Through' },
      ...(chosen ? [{ name: `Field ${chosen.field.field}` }] : []),
      { name: 'As sent' },
    ],
    records.map(line),
  );
}

/** A record as it was sent; its columns by name when they are asked for, each record at its own address. */
function asSent(
  { named, columnsOf, known }: Shown,
  { record, name, says, line }: StudentRecord,
  number: number,
): string {
  const { sent } = record;
  const anchor = sent ? sentAnchor(sent) : `columns-${String(number)}`;
  return html`<article class="sent" id="${anchor}"><h3>${says}</h3><p>${name}, ${placeWords(record)}${retiredWords(sent?.ssid, known)}${sent?.upload === undefined ? '' : `, upload ${sent.upload}`}</p>!${
    line === undefined ? '' : html`<p class="line"><code>${line}</code></p>`
  }!${
    columnsOf === number
      ? valueList(record, named)
      : html`<p><a href="?${new URLSearchParams({ columns: String(number) }).toString()}#${anchor}">Columns by name</a></p>`
  }</article>`;
}

/** Since when the number is retired that a line was sent with. */
function retiredWords(ssid: string | undefined, known: Shown['known']): string {
  const former = known?.history.formerly?.find((each) => each.ssid === ssid);
  return former ? `, retired on ${day(former.until)}` : '';
}

async function knownOf(visit: Visit, address: string): Promise<Shown['known']> {
  try {
    const { body: missing } = await visit.ask<MissingExplanation>(`${address}/missing/${visit.part('ssid')}`);
    const { body: history } = await visit.ask<StudentHistory>(`${address}/students/${visit.part('ssid')}/records`);
    return { missing, history };
  } catch (error) {
    // Nothing is known of the student; an extract that is out of reach is refused below.
    if (error instanceof RefusedError && error.refusal.status === 404) return undefined;
    throw error;
  }
}

/** What a field of a row looked at; a field or row that is not there marks nothing. */
async function chosenOf(visit: Visit, extract: string, rows: readonly ShownRow[]): Promise<Chosen | undefined> {
  const { field = '', row: name } = visit.query;
  const row = rows.find((each) => rowName(each) === name) ?? rows[0];
  if (field === '' || !row) return undefined;
  const asked = { field, reportingLEA: row.reportingLEA, secondOpinion: 'false', whyNot: 'false', changes: 'false' };
  const { body } = await visit.ask<RowExplanation>(
    `/v1${rowPath(extract, row)}/explanation?${new URLSearchParams(asked).toString()}`,
  );
  const [explained] = body.fields;
  return explained && { row, field: explained };
}

async function shownTo(visit: Visit): Promise<Shown> {
  const { person, params } = visit;
  const [id, ssid] = [params['id'] as string, params['ssid'] as string];
  const address = `/v1/extracts/${visit.part('id')}`;
  const known = await knownOf(visit, address);
  const { body } = await visit.ask<{ rows: ShownRow[] }>(`${address}/rows?ssid=${visit.part('ssid')}`);
  const hash = known?.history.rulebook.sha256;
  const schemas = hash === undefined ? undefined : (await visit.app.explanations.by(hash)).rulebook.schemas;
  const fields = schemas?.output.columns.filter(({ rule }) => rule) ?? [];
  return {
    person,
    extract: id,
    ssid,
    rows: body.rows,
    known,
    fields,
    differ: await rowsDifferOf(visit, id, body.rows, fields),
    chosen: await chosenOf(visit, id, body.rows),
    columnsOf: Number(visit.query['columns'] ?? Number.NaN),
    named: schemas ? namedBy(schemas) : (_type, key, value) => ({ name: key, value }),
  };
}

export const student: Page = {
  path: '/extracts/:id/students/:ssid',
  async get(visit) {
    const shown = await shownTo(visit);
    const { extract, ssid, known } = shown;
    // A retired number leads to the page of the active one.
    if (known && known.missing.ssid !== ssid) return visit.go(studentAddress(extract, known.missing.ssid));
    return view(shown);
  },
};

/** A number that is typed goes into the path: an address bar shows it, a log of queries does not. */
export const studentLookup: Page = {
  path: '/extracts/:id/students',
  async post(visit) {
    // A field that was left blank says nothing.
    if (visit.form['purpose'] !== '') await keepPurpose(visit);
    const ssid = String(visit.form['ssid'] ?? '').replaceAll(/\s/g, '');
    return visit.go(studentAddress(visit.part('id'), ssid));
  },
};
