/**
 * The rows of an extract as a part of its page: search, filters, a hundred at a time. What is chosen stands in the address;
 * only codes can be chosen, so that no address has a student in it.
 */
import { rowAddress } from '../auditor/addresses.ts';
import { html } from '../html.ts';
import { type Choice, select, table, tokenField } from '../parts.ts';
import { purposeField } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import type { Params } from '../visit.ts';
import { number, ruleWords } from '../words.ts';
import type { ShownCounts, ShownField, ShownRow } from './shown.ts';

export interface ShownRows {
  readonly rows: readonly ShownRow[];
  readonly next?: string | undefined;
  /** What was chosen. */
  readonly search: Params;
  /** Derived fields. */
  readonly fields: readonly ShownField[];
  /** Values that can be chosen. */
  readonly counts: readonly ShownCounts[];
  /** Keys of the columns that have the name of a student. */
  readonly names: readonly string[];
}

/** Any value: a blank one can be chosen too. */
const ANY = '*';

/** Parameters of the address that choose rows. */
const CHOSEN = ['school', 'grade', 'field', 'value', 'rule', 'differs'] as const;

/** Those of them that choose by a field. */
const OF_A_FIELD = ['value', 'rule', 'differs'] as const;

/**
 * What the address chooses.
 * @param counts of the fields that can be chosen by
 */
export function searchOf(query: Params, counts: readonly ShownCounts[], fields: readonly ShownField[]): Params {
  const given = Object.fromEntries(
    CHOSEN.flatMap((name) => {
      const value = query[name];
      return value === undefined || value === ANY || (value === '' && name !== 'value') ? [] : [[name, value]];
    }),
  );
  const { field, ...others } = given;
  const isKnown = counts.some((each) => each.field === field) || fields.some((each) => each.number === field);
  if (field !== undefined && isKnown) return given;
  const { value: _, rule: _rule, differs: _differs, ...rest } = others;
  return rest;
}

/** What REST is asked for: a field that nothing is chosen of chooses nothing. */
export function askedFor(search: Params): Params {
  const { field, ...others } = search;
  return field !== undefined && OF_A_FIELD.every((name) => search[name] === undefined) ? others : search;
}

export function rowsPart(person: Person, id: string, shown: ShownRows): string {
  const { rows, next, search } = shown;
  return html`<section aria-labelledby="rows"><h2 id="rows">${titleOf(search, shown)}</h2>
<form method="post" action="/extracts/${id}/students" class="search">!${tokenField(person)}<label for="ssid">SSID</label> <input id="ssid" name="ssid" inputmode="numeric" pattern="[0-9]{10}" required size="12"> !${purposeField(person)}<button>Find the student</button></form>
!${filterForm(id, shown)}
!${rows.length === 0 ? html`<p>No row is like that. <a href="/extracts/${id}#rows">Show all rows</a></p>` : rowTable(id, shown)}
!${next === undefined ? '' : html`<p><a href="${next}#rows">More rows</a></p>`}</section>`;
}

function titleOf(search: Params, { fields, counts }: ShownRows): string {
  const { school, grade, field, value, rule, differs } = search;
  const name = fields.find((each) => each.number === field)?.name ?? counts.find((each) => each.field === field)?.name;
  const chosen = [
    ...(school === undefined ? [] : [`school ${school}`]),
    ...(grade === undefined ? [] : [`grade ${grade}`]),
    ...(value === undefined ? [] : [`${field} ${name} is ${value === '' ? 'blank' : value}`]),
    ...(rule === undefined ? [] : [`rule ${ruleWords(rule)} decided ${field} ${name}`]),
    ...(differs === undefined ? [] : [`a student whose rows differ in ${field} ${name}`]),
  ];
  return chosen.length === 0 ? 'Rows' : `Rows with ${chosen.join(', ')}`;
}

function filterForm(id: string, { search, fields, counts }: ShownRows): string {
  const { school = '', grade = '', field = '', value = ANY, rule = '' } = search;
  // What tells rows apart ends with school and grade.
  const [schools, grades] = counts.filter(({ isDerived }) => !isDerived).slice(-2);
  const valuesOf = (column: ShownCounts | undefined): Choice[] =>
    (column?.values ?? []).map((each) => ({
      value: each.value,
      words: `${each.value}${each.meaning === undefined ? '' : ` ${each.meaning}`} (${number(each.rows)})`,
    }));
  const column = counts.find((each) => each.field === field);
  const rules = fields.find((each) => each.number === field)?.rules ?? [];
  const all = { value: '', words: 'all' };
  const fieldChoices = fields.map(({ number: no, name }) => ({ value: no, words: `${no} ${name}` }));
  return html`<form method="get" action="/extracts/${id}#rows" class="search">
!${select('school', 'School', school, all, valuesOf(schools))}
!${select('grade', 'Grade', grade, all, valuesOf(grades))}
!${select('field', 'Field', field, { value: '', words: 'any' }, fieldChoices)}
!${
    field === ''
      ? ''
      : html`!${
          column
            ? select('value', 'Value', value, { value: ANY, words: 'any' }, [
                ...valuesOf(column),
                ...(column.blank > 0 ? [{ value: '', words: `blank (${number(column.blank)})` }] : []),
              ])
            : ''
        }!${select(
          'rule',
          'Decided by rule',
          rule,
          { value: '', words: 'any' },
          rules.map(({ name, rows }) => ({ value: name, words: `${ruleWords(name)} (${number(rows)})` })),
        )}<label for="differs"><input id="differs" type="checkbox" name="differs" value="true"!${search['differs'] === undefined ? '' : ' checked'}> Only students whose rows differ in it</label> `
  }
<button>Show</button></form>
!${field === '' ? html`<p class="hint">Choose a field to filter by its values, by the rule that decided, and by students whose rows differ in it, as at two schools.</p>` : ''}`;
}

function rowTable(id: string, { rows, fields, names }: ShownRows): string {
  // Days are looked up in the file; what fits beside each other are codes and labels.
  const short = fields.filter(({ values }) => values !== undefined);
  return table(
    'Rows in the order of the file',
    [
      { name: 'SSID' },
      ...(names.length > 0 ? [{ name: 'Name' }] : []),
      { name: 'School' },
      { name: 'Grade' },
      ...short.map(({ number: no, name }) => ({ name: `${no} ${name}` })),
    ],
    rows.map((row) => [
      { html: html`<a href="${rowAddress(id, row)}"><code>${row.ssid}</code></a>` },
      ...(names.length > 0 ? [names.map((key) => row.columns[key] ?? '').join(' ')] : []),
      row.school,
      row.grade,
      ...short.map(({ key }) => row.columns[key] ?? ''),
    ]),
  );
}
