/** `/drafts/ID/new-field`: a field that there is not yet: its column, its rules, its first example. */
import {
  type AskedFact,
  factsDeclared,
  type NewField,
  type NewFieldProblem,
  newFieldFiles,
  nextNumber,
  outputLayoutIn,
} from '#authoring/forms/new-field';
import { parseJson } from '#base/json';
import { withDashes } from '#records/days';
import type { OutputLayout } from '#records/layout';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { refusalOf } from './asked.ts';
import { draftPaths, draftText, filePath, keepFiles } from './draft-files.ts';
import { askDraft, draftForm, draftFrame, mayEdit } from './draft-frame.ts';
import type { ShownDraft } from './shown.ts';
import { DAY_SIZE, TEXT_LINES } from './sizes.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly layout: { readonly path: string; readonly text: string };
  readonly facts: readonly AskedFact[];
  /** Files of examples that are of a field. */
  readonly examples: readonly string[];
  /** With dashes. */
  readonly today: string;
  readonly given?: Form;
  readonly problems?: readonly NewFieldProblem[];
  readonly refusal?: Refusal;
}

/** So many values can be given at once; the form of the file takes more. */
const RULES = 3;
const NAME_SIZE = 40;
const FACT_SIZE = 32;
const SHORT = 6;

const TYPES = [
  ['CS', 'text'],
  ['DT', 'a day'],
] as const;

/** Where the column stands. */
const SIDES = [
  ['end', 'behind the last column'],
  ['before', 'before'],
  ['after', 'behind'],
] as const;

const isSide = (side: string): boolean => side === 'before' || side === 'after';

const of = (form: Form | undefined, name: string, otherwise = ''): string => String(form?.[name] ?? otherwise).trim();

/** What the form says. A rule of which nothing was typed is none. */
function read(form: Form): NewField {
  const text = (name: string): string => of(form, name);
  const rules = Array.from({ length: RULES }, (_, i) => ({
    name: text(`rules/${i}/name`),
    fact: text(`rules/${i}/fact`),
    value: text(`rules/${i}/value`),
  }));
  return {
    name: text('name'),
    type: TYPES.some(([type]) => type === text('type')) ? text('type') : TYPES[0][0],
    max: text('max'),
    page: text('page'),
    updated: text('updated'),
    lastCompared: text('lastCompared'),
    element: text('element'),
    reading: text('reading'),
    rules: rules.filter(({ name, fact, value }) => name !== '' || fact !== '' || value !== ''),
    otherwise: text('otherwise'),
    beside: isSide(text('side')) ? { side: text('side') as 'before' | 'after', column: text('beside') } : undefined,
    like: text('like'),
  };
}

/** `rules/examples/36-ethnicity-race.json` as `36 ethnicity race`. */
const exampleName = (path: string): string =>
  path
    .replace(/^.*\//, '')
    .replace(/\.json$/, '')
    .replaceAll('-', ' ');

export function view(shown: Shown): string {
  const { person, draft, layout, facts, examples, today, given, problems = [], refusal } = shown;
  const json = parseJson(layout.text).json as OutputLayout | undefined;
  const wrong = (at: string): string => {
    const own = problems.filter((problem) => problem.at === at);
    return own.length === 0
      ? ''
      : html`<br><strong class="wrong">!${own.map(({ message }) => html`${message} `)}</strong>`;
  };
  const input = (name: string, label: string, size: number, value = '', list = ''): string =>
    html`<p><label for="${name}">${label}</label><br><input id="${name}" name="${name}" size="${String(size)}" value="${of(given, name, value)}" autocomplete="off"!${list === '' ? '' : html` list="${list}"`}>!${wrong(name)}</p>`;
  const chosen = (name: string, value: string): string => (of(given, name) === value ? ' selected' : '');
  const rule = (i: number): string =>
    html`<fieldset class="value"><legend>${i === 0 ? 'First value' : `Value ${String(i + 1)}, if there is one`}</legend>
!${input(`rules/${i}/value`, 'It is', SHORT)}!${input(`rules/${i}/fact`, 'when this is so (a fact)', FACT_SIZE, '', 'facts')}!${input(`rules/${i}/name`, 'The reason, in one word', DAY_SIZE)}</fieldset>`;
  return draftFrame({
    person,
    draft,
    title: 'What is the new field?',
    step: 'edit',
    refusal,
    main:
      json === undefined || !mayEdit(draft, person)
        ? html`<p>A field can be added by whoever wrote the draft, while it is not submitted and its layout can be read.</p>`
        : html`<p class="answer">It becomes field ${nextNumber(json)}, in a new set of ${String(json.columns.length + 1)} columns. Other fields keep their numbers. Nobody's file changes unless that set is asked for.</p>
!${draftForm(
            person,
            draft,
            `/drafts/${draft.id}/new-field`,
            html`<h2>The column</h2>
!${input('name', 'Published name', NAME_SIZE)}
<div class="place-fields"><p><label for="type">It holds</label><br><select id="type" name="type">!${TYPES.map(([type, words]) => html`<option value="${type}"!${chosen('type', type)}>${words}</option>`)}</select></p>
!${input('max', 'Characters at most', SHORT, '1')}</div>
<div class="place-fields"><p><label for="side">It stands in the file</label><br><select id="side" name="side">!${SIDES.map(([side, words]) => html`<option value="${side}"!${chosen('side', side)}>${words}</option>`)}</select></p>
<p><label for="beside">this column</label><br><select id="beside" name="beside">!${json.columns.map(({ no, key, name }) => html`<option value="${key}"!${chosen('beside', key)}>${no} ${name}</option>`)}</select>!${wrong('beside')}</p></div>
<h2>Where it is published</h2>
!${input('page', 'Page or decision', NAME_SIZE)}
<div class="place-fields">!${input('element', 'Element (none: its number)', DAY_SIZE)}!${input('updated', 'Day of the page', DAY_SIZE)}!${input('lastCompared', 'Last compared', DAY_SIZE, today)}</div>
<p><label for="reading">What was decided where the page is silent</label><br><textarea id="reading" name="reading" rows="${String(TEXT_LINES)}" cols="60">
${of(given, 'reading')}</textarea></p>
<h2>Its values</h2>
<p>The first that is so gives the value. A fact is a question about a student that has a name, such as whether there is a record in a program. The box proposes the facts that there are; what a fact needs besides, such as the program, is filled in on the next page. If yours is not there, add it first: <a href="/drafts/${draft.id}/edit#files">Edit</a>, Facts.</p>
<datalist id="facts">!${facts.map(({ name, says }) => html`<option value="${name}">${says}</option>`)}</datalist>
!${Array.from({ length: RULES }, (_, i) => rule(i))}
!${input('otherwise', 'Otherwise it is', SHORT)}
<h2>Its first example</h2>
<p><label for="like">Its made-up student has the enrollment of the examples of field</label><br><select id="like" name="like">!${examples.map((path) => html`<option value="${path}"!${chosen('like', path)}>${exampleName(path)}</option>`)}</select></p>
<p><button>Add the field</button></p>`,
          )}`,
  });
}

async function shownTo(visit: Visit): Promise<Shown> {
  const [draft, paths] = await Promise.all([askDraft(visit), draftPaths(visit)]);
  const path = outputLayoutIn(paths);
  if (path === undefined)
    throw new RefusedError({
      status: 404,
      code: 'CENR_NOT_FOUND',
      title: 'The draft has no layout of the extract',
      fix: 'Put the layout back into the draft, and add the field then.',
    });
  const factFiles = paths.filter((one) => one.startsWith('rules/facts/'));
  const [text, ...facts] = await Promise.all([path, ...factFiles].map((one) => draftText(visit, one)));
  return {
    person: visit.person,
    draft,
    layout: { path, text: text as string },
    facts: factsDeclared(facts),
    examples: paths.filter((one) => /^rules\/examples\/\d/.test(one)),
    today: withDashes(visit.app.today()),
  };
}

export const newField: Page = {
  path: '/drafts/:id/new-field',
  get: async (visit) => view(await shownTo(visit)),
  async post(visit) {
    const shown = await shownTo(visit);
    const given = read(visit.form);
    const like = shown.examples.includes(given.like) ? await draftText(visit, given.like) : '{}';
    const made = newFieldFiles(given, shown.layout, shown.facts, like);
    if ('problems' in made) {
      visit.reply.code(NOT_YET.status);
      const errors = made.problems.map(({ message }) => ({ message }));
      return view({ ...shown, given: visit.form, problems: made.problems, refusal: { ...NOT_YET, errors } });
    }
    const refusal = await refusalOf(keepFiles(visit, made.files));
    if (!refusal) return visit.go(`/drafts/${visit.part('id')}/form/${filePath(made.field)}`);
    visit.reply.code(refusal.status);
    return view({ ...shown, given: visit.form, refusal });
  },
};

const NOT_YET: Refusal = {
  status: 400,
  code: 'CENR_REQUEST_INVALID',
  title: 'The field cannot be added yet',
  fix: 'Nothing was changed. Correct it below, where it is said again, and send it again.',
};
