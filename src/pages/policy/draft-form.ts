/** `/drafts/ID/form/PATH`: a rule file as a form made from its grammar, with words beside its conditions. */
import { applyForm } from '#authoring/forms/apply';
import { type FormNode, formOf, nodesIn } from '#authoring/forms/form';
import { parseJson } from '#base/json';
import { counted } from '#base/text';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import type { Page, Refusal, Visit } from '../visit.ts';
import { refusalOf } from './asked.ts';
import { draftText, filePath } from './draft-files.ts';
import { askDraft, changeDraft, draftForm, draftFrame, draftRoute, mayEdit } from './draft-frame.ts';
import { anchorOf, type FormShown, isLong, nameLists, nameOf, place, wrongApart } from './form-nodes.ts';
import type { ShownDraft, ShownKnown } from './shown.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly path: string;
  /** Absent for a file that no form can be made of now. */
  readonly form: FormNode | undefined;
  /** The place that the form is about; '' is the whole file. */
  readonly at: string;
  readonly known: ShownKnown;
  readonly given?: FormShown['given'];
  readonly unread?: FormShown['unread'];
  readonly refusal?: Refusal | undefined;
}

/** The two ways to edit a file. */
export const waysToEdit = (draft: ShownDraft, path: string, way: 'form' | 'files'): string =>
  html`<nav aria-label="Ways to edit"><ul class="ways">!${(
    [
      ['form', 'Form'],
      ['files', 'Text'],
    ] as const
  ).map(
    ([name, words]) =>
      html`<li><a href="/drafts/${draft.id}/${name}/${filePath(path)}"!${name === way ? ' aria-current="page"' : ''}>${words}</a></li>`,
  )}</ul></nav>`;

function wrongPart({ known, draft, form }: Shown): string {
  const { findings, elsewhere } = known;
  if (findings.length === 0 && elsewhere === 0) return '';
  return html`<div class="warned">!${
    findings.length === 0
      ? ''
      : html`<p>The rules cannot be used yet: ${counted(findings.length, 'thing')} in this file ${findings.length === 1 ? 'is' : 'are'} to be mended, each marked where it stands.</p><ul>!${findings.map(({ pointer, message }) => html`<li>!${form ? html`<a href="${anchorOf(pointer)}">${wrongApart(form, pointer, message)}</a>` : html`${message}`}</li>`)}</ul>`
  }!${elsewhere > 0 ? html`<p>Other files have ${counted(elsewhere, 'thing')} to mend. <a href="/drafts/${draft.id}/check">What breaks</a> says which.</p>` : ''}</div>`;
}

/** Conditions have sentences by what asks for them: of a fact that nothing asks for yet there are none. */
function unaskedPart({ form, known }: Shown): string {
  if (!form || known.findings.length > 0 || known.elsewhere > 0) return '';
  const conditions = [...nodesIn(form)].filter(({ wraps }) => wraps !== undefined);
  return conditions.length > 0 && conditions.every(({ pointer }) => known.words[pointer] === undefined)
    ? html`<p class="hint">No rule asks for this yet. When one does, each condition has its sentence here.</p>`
    : '';
}

export function view(shown: Shown): string {
  const { person, draft, path, form, at, known, given = () => undefined, unread = [], refusal } = shown;
  const address = `/drafts/${draft.id}/form/${filePath(path)}`;
  const may = mayEdit(draft, person);
  const isFolded = form !== undefined && isLong(form);
  const nodes = { known, address, given, unread, isFolded, mayEdit: may };
  const keep = html`<p><button>Keep what I wrote</button></p>`;
  const places = form && html`!${nameLists(known, form)}!${place(form, nodes)}`;
  return draftFrame({
    person,
    draft,
    title: 'What is this file to say?',
    step: 'edit',
    refusal,
    here: address,
    main: html`<p class="answer"><code>${path}</code></p>
!${waysToEdit(draft, path, 'form')}
!${at === '' ? '' : html`<p><a href="${address}">The whole file</a>${form ? ` › ${nameOf(form, nodes)}` : ''}</p>`}
!${wrongPart(shown)}!${unaskedPart(shown)}
!${
      places === undefined
        ? html`<p>No form can be made of it as it is. <a href="/drafts/${draft.id}/files/${filePath(path)}">Correct it as text</a>.</p>`
        : may
          ? draftForm(person, draft, `${address}?at=${encodeURIComponent(at)}`, html`!${keep}!${places}!${keep}`)
          : html`<fieldset class="read" disabled><legend>As it is</legend>!${places}</fieldset>`
    }`,
  });
}

async function shownTo(visit: Visit, given?: Partial<Shown>): Promise<Shown> {
  const path = visit.params['*'] as string;
  const at = visit.query['at'] ?? '';
  const [draft, text, known] = await Promise.all([
    askDraft(visit),
    draftText(visit, path),
    visit.ask<ShownKnown>(`${draftRoute(visit)}/known/${filePath(path)}`),
  ]);
  const { json } = parseJson(text);
  const form = json === undefined ? undefined : (formOf(path, json, at) ?? formOf(path, json));
  return { person: visit.person, draft, path, form, at: form?.pointer ?? '', known: known.body, ...given };
}

/** Where the person goes on: what they added is opened where it is not on the page. */
function next(at: string, on: string, pressed: string): string {
  const [action = '', pointer = ''] = pressed.split(' ');
  if (pointer === at && action === 'remove') return '';
  if (pointer === at && ['up', 'down', 'copy'].includes(action)) return on;
  return at;
}

export const draftFormPage: Page = {
  path: '/drafts/:id/form/*',
  get: async (visit) => view(await shownTo(visit)),
  async post(visit) {
    const path = visit.params['*'] as string;
    const at = visit.query['at'] ?? '';
    const typed = (name: string): string | undefined => {
      const value = visit.form[name];
      return typeof value === 'string' ? value : undefined;
    };
    const pressed = typed('do') ?? '';
    const before = await draftText(visit, path);
    if (parseJson(before).json === undefined) return view(await shownTo(visit));
    const { text, at: on, unread } = applyForm(path, before, at, typed, pressed);
    if (unread.length > 0) {
      visit.reply.code(NOT_READ.status);
      return view(await shownTo(visit, { given: typed, unread, refusal: NOT_READ }));
    }
    const refusal =
      text === before ? undefined : await refusalOf(changeDraft(visit, 'PUT', `/files/${filePath(path)}`, text));
    if (refusal) {
      visit.reply.code(refusal.status);
      return view(await shownTo(visit, { given: typed, refusal }));
    }
    const form = formOf(path, parseJson(text).json, at);
    const opened = pressed !== '' && form && isLong(form) && isAdded(pressed) ? on : next(at, on, pressed);
    const query = opened === '' ? '' : `?at=${encodeURIComponent(opened)}`;
    return visit.go(`/drafts/${visit.part('id')}/form/${filePath(path)}${query}${on === '' ? '' : anchorOf(on)}`);
  },
};

const isAdded = (pressed: string): boolean => /^(add|first|copy) /.test(pressed) && !/^add \S+ /.test(pressed);

const NOT_READ: Refusal = {
  status: 400,
  code: 'CENR_REQUEST_INVALID',
  title: 'This cannot be kept as it is',
  fix: 'Nothing was changed. Correct it below, where it is said again, and send it again.',
};
