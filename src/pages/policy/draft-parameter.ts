/** `/drafts/ID/parameters/NAME`: a parameter as a form: its values, their days, the code set as a list. */

import { capital } from '#base/text';
import { withDashes } from '#records/days';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { besideField, refusalOf } from './asked.ts';
import { codesOf, type DeclaredParameter, draftPaths, filePath, parameterFiles } from './draft-files.ts';
import { askDraft, changeDraft, draftForm, draftFrame, mayEdit } from './draft-frame.ts';
import { lineOfTime } from './line-of-time.ts';
import type { ShownDraft } from './shown.ts';
import { DAY_SIZE } from './sizes.ts';

type Codes = Awaited<ReturnType<typeof codesOf>>;

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly file: string;
  readonly parameter: DeclaredParameter;
  readonly codes: Codes;
  readonly keys: Codes;
  /** With dashes. */
  readonly today: string;
  readonly given?: Form;
  readonly refusal?: Refusal;
}

/** So many values can be added at once. */
const NEW = 2;

/** What a value has besides itself. */
const ASIDES = ['from', 'through', 'for', 'source'] as const;

type Value = DeclaredParameter['values'][number] & { readonly for?: readonly string[] };

/** A value as the inputs of a form have it. */
const inputsOf = ({ value, key = '', from = '', through = '', for: whose = [], source = '' }: Value) => ({
  value: String(value),
  key,
  from,
  through,
  for: whose.join(', '),
  source,
});

const isMultiple = ({ type }: DeclaredParameter): boolean => type === 'list' || type === 'table';

function options(of: Codes, chosen: string): string {
  const isKnown = of.some(({ code }) => code === chosen);
  return html`<option value=""!${chosen === '' ? ' selected' : ''}>(none)</option>!${isKnown || chosen === '' ? '' : html`<option selected>${chosen}</option>`}!${of.map(
    ({ code, meaning }) =>
      html`<option value="${code}"!${code === chosen ? ' selected' : ''}>${code === meaning ? code : `${code} ${meaning}`}</option>`,
  )}`;
}

/** A list to choose from, or a text. */
function input(name: string, label: string, value: string, from: Codes): string {
  const field =
    from.length > 0
      ? html`<select id="${name}" name="${name}">!${options(from, value)}</select>`
      : html`<input id="${name}" name="${name}" value="${value}">`;
  return html`<p><label for="${name}">${label}</label> !${field}</p>`;
}

const dayInput = (name: string, label: string, value: string): string =>
  html`<p><label for="${name}">${label}</label> <input id="${name}" name="${name}" value="${value}" size="${String(DAY_SIZE)}" inputmode="numeric" placeholder="none"></p>`;

const FLAGS: Codes = ['true', 'false'].map((code) => ({ code, meaning: code }));

function valueFields(shown: Shown, i: number): string {
  const { parameter, codes, keys, given, refusal } = shown;
  const { type, choices, differsBy, values } = parameter;
  const kept = values[i] as Value | undefined;
  const own = kept ? inputsOf(kept) : inputsOf({ value: '' });
  const text = (name: keyof typeof own): string => String(given?.[`${name}-${i}`] ?? own[name]);
  const from = type === 'flag' ? FLAGS : choices ? choices.map((code) => ({ code, meaning: code })) : codes;
  const number = i + 1;
  return html`<fieldset class="value"><legend>${kept ? `Value ${number}` : 'Another value'}</legend>
!${type === 'table' ? input(`key-${i}`, 'For', text('key'), keys) : ''}
!${input(`value-${i}`, 'Value', text('value'), from)}
!${dayInput(`from-${i}`, 'First day', text('from'))}
!${dayInput(`through-${i}`, 'Last day', text('through'))}
!${differsBy || text('for') !== '' ? input(`for-${i}`, `Only for ${differsBy?.says ?? 'these'}`, text('for'), []) : ''}
!${input(`source-${i}`, 'Published sentence', text('source'), [])}
!${
    kept
      ? html`<p><label for="remove-${String(i)}"><input id="remove-${String(i)}" type="checkbox" name="remove-${String(i)}" value="yes"!${given?.[`remove-${i}`] === undefined ? '' : ' checked'}> Take this value out</label></p>`
      : ''
  }!${besideField(refusal, `/values/${place(shown, i)}`)}</fieldset>`;
}

export function view(shown: Shown): string {
  const { person, draft, file, parameter, today, given, refusal } = shown;
  const { name, says, reading, values } = parameter;
  const address = `/drafts/${draft.id}`;
  const follows = given === undefined || given['follow'] !== undefined;
  return draftFrame({
    person,
    draft,
    title: 'Which value is it to have, and when?',
    step: 'edit',
    refusal,
    here: `${address}/parameters/${encodeURIComponent(name)}`,
    main: html`<p class="answer">${capital(says)}.</p>
<p class="hint">Rules call it <code>${name}</code>.</p>
!${reading === undefined ? '' : html`<p>Reading: ${reading}</p>`}
!${lineOfTime(says, values, today)}
!${
      mayEdit(draft, person)
        ? draftForm(
            person,
            draft,
            `${address}/parameters/${encodeURIComponent(name)}`,
            html`<p>Days are written 2026-07-01; both count. A value without a first day always held, one without a last day goes on. To end a value on a day, give it a last day rather than another value: earlier enrollments stay as they were.</p>
<input type="hidden" name="rows" value="${String(values.length + NEW)}">
!${Array.from({ length: values.length + NEW }, (_, i) => valueFields(shown, i))}
<p><label for="follow"><input id="follow" type="checkbox" name="follow" value="yes"!${follows ? ' checked' : ''}> Where worked examples expect the old text, let them expect the new one</label></p>
<p><button>Keep these values</button></p>`,
          )
        : ''
    }
<p class="hint">!${isMultiple(parameter) ? 'All values that hold on a day count. ' : ''}It stands in <a href="${address}/files/${filePath(file)}">${file}</a>.</p>`,
  });
}

/** Where the value of a fieldset stands in what was sent: blank ones and those taken out are not sent. */
const place = ({ given, parameter }: Shown, i: number): number =>
  given ? rowsOf(given, parameter).findIndex(({ row }) => row === i) : i;

const valuesOf = (form: Form, parameter: DeclaredParameter): object[] =>
  rowsOf(form, parameter).map(({ value }) => value);

/** The values that a form says, each with its fieldset. */
function rowsOf(form: Form, { type }: DeclaredParameter): { readonly row: number; readonly value: object }[] {
  const count = Number(form['rows']);
  const text = (name: string): string => String(form[name] ?? '').trim();
  return Array.from({ length: Number.isInteger(count) && count <= MOST ? count : 0 }, (_, i) => i).flatMap((i) => {
    const names = ['value', 'key', ...ASIDES].filter((name) => text(`${name}-${i}`) !== '');
    if (names.length === 0 || form[`remove-${i}`] !== undefined) return [];
    const asides = names
      .filter((name) => name !== 'value')
      .map((name) => [name, name === 'for' ? text(`for-${i}`).split(/[\s,]+/) : text(`${name}-${i}`)]);
    return [{ row: i, value: { value: typed(text(`value-${i}`), type), ...Object.fromEntries(asides) } }];
  });
}

const MOST = 1_000;

/** A number that is none stays a text: the check says what is wrong with it. */
function typed(text: string, type: string): string | number | boolean {
  if (type === 'flag' && (text === 'true' || text === 'false')) return text === 'true';
  return type === 'number' && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

async function shownTo(visit: Visit): Promise<Shown> {
  const [draft, paths] = await Promise.all([askDraft(visit), draftPaths(visit)]);
  const wanted = visit.params['name'];
  for (const { path: file, parameters } of await parameterFiles(visit, paths)) {
    const parameter = parameters.find(({ name }) => name === wanted);
    if (!parameter) continue;
    const [codes, keys] = await Promise.all([
      codesOf(visit, paths, parameter.codeSet),
      codesOf(visit, paths, parameter.keys),
    ]);
    const today = withDashes(visit.app.today());
    return { person: visit.person, draft, file, parameter, codes, keys, today };
  }
  throw new RefusedError({
    status: 404,
    code: 'CENR_NOT_FOUND',
    title: 'The draft has no such parameter',
    fix: 'Go back to the page of the draft, and choose one of the list under Edit.',
  });
}

export const draftParameter: Page = {
  path: '/drafts/:id/parameters/:name',
  get: async (visit) => view(await shownTo(visit)),
  async post(visit) {
    const shown = await shownTo(visit);
    const values = valuesOf(visit.form, shown.parameter);
    const payload = { values, ...(visit.form['follow'] !== undefined && { examples: 'follow' }) };
    const refusal = await refusalOf(changeDraft(visit, 'PUT', `/parameters/${visit.part('name')}`, payload));
    if (!refusal) return visit.go(`/drafts/${visit.part('id')}`);
    visit.reply.code(refusal.status);
    return view({ ...shown, given: visit.form, refusal });
  },
};
