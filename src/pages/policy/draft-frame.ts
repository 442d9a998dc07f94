/** What all pages of a draft have: its steps from left to right, each with its state in a word, and forms that change it. */
import { counted, series } from '#base/text';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { draftIdentified } from '../identified.ts';
import { refusalBox, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Answered, Refusal, Visit } from '../visit.ts';
import { moment } from '../words.ts';
import { ofForm } from './asked.ts';
import type { ShownDraft, ShownSummary } from './shown.ts';
import { isMine, isOpen } from './waiting.ts';
import { mayChangeRules, shortHash } from './words.ts';

export type Step = 'edit' | 'check' | 'impact' | 'decide';

const STEPS: readonly (readonly [step: Step, words: string, state: (draft: ShownDraft) => string])[] = [
  ['edit', 'Edit', editWords],
  ['check', 'What breaks', checkWords],
  ['impact', 'What it does', readWords],
  ['decide', 'Who decides', decisionWords],
];

function editWords({ changes }: ShownDraft): string {
  return changes.length === 0 ? 'nothing changed yet' : `${counted(changes.length, 'file')} changed`;
}

export function checkWords({ checked }: ShownSummary): string {
  if (!checked) return 'not checked';
  if (checked.errors > 0) return counted(checked.errors, 'error');
  if (checked.examplesFailed > 0)
    return `${counted(checked.examplesFailed, 'example')} ${checked.examplesFailed === 1 ? 'fails' : 'fail'}`;
  return 'nothing breaks';
}

function readWords({ impactRead }: ShownDraft): string {
  return impactRead.length === 0 ? 'nobody has read it' : `read by ${impactRead.map(({ by }) => by.name).join(', ')}`;
}

function decisionWords({ state, approvals, approvalsNeeded }: ShownDraft): string {
  if (state === 'draft') return 'not submitted';
  return state === 'submitted' ? `${approvals.length} of ${approvalsNeeded} approved` : state;
}

export interface DraftFramed {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly title: string;
  readonly main: string;
  /** The step that the page is of; none: the page of the draft itself. */
  readonly step?: Step;
  readonly refusal?: Refusal | undefined;
  /** The address of a page that edits, where whoever takes a change back goes on. */
  readonly here?: string | undefined;
  readonly modules?: readonly string[];
  readonly again?: number | undefined;
}

/** A page of a draft. */
export function draftFrame({ person, draft, title, main, step, refusal, here, modules, again }: DraftFramed): string {
  const address = `/drafts/${draft.id}`;
  return frame({
    title,
    person,
    identified: draftIdentified(draft),
    above: [['Drafts', '/drafts'], ...(step ? [[draft.title, address] as const] : [])],
    ...(modules && { modules }),
    again,
    main: html`<p>${draft.title}: a draft by ${draft.author.name}, from version ${shortHash(draft.from)}, changed ${moment(draft.changedAt)}.</p>
<nav aria-label="Steps of the draft"><ol class="steps">!${STEPS.map(
      ([name, words, state]) =>
        html`<li><a href="${address}/${name}"!${name === step ? ' aria-current="step"' : ''}>${words}</a> <span>${state(draft)}</span></li>`,
    )}</ol></nav>
!${refusal ? refusalBox(ofForm(refusal)) : ''}
!${step === 'edit' ? takeBackPart(person, draft, here) : ''}!${main}`,
  });
}

/** The last change of the draft's files, and the button that takes it back. */
function takeBackPart(person: Person, draft: ShownDraft, here: string | undefined): string {
  const { lastChange } = draft;
  if (!lastChange || !mayEdit(draft, person)) return '';
  const { at, files } = lastChange;
  const edit = `/drafts/${draft.id}/edit`;
  // A file that was added is gone then, and with it the page that edits it.
  const on = files.some(({ did }) => did === 'added') ? edit : (here ?? edit);
  return draftForm(
    person,
    draft,
    `/drafts/${draft.id}/take-back`,
    html`<input type="hidden" name="on" value="${on}"><p><button>Take the last change back</button> <span class="hint">${moment(at)}: !${series(files.map(({ path }) => path).slice(0, MOST_NAMED))}${files.length > MOST_NAMED ? ` and ${counted(files.length - MOST_NAMED, 'more file')}` : ''}</span></p>`,
  );
}

const MOST_NAMED = 3;

/** Whether the person can change files of the draft. */
export const mayEdit = (draft: ShownSummary, person: Person): boolean =>
  mayChangeRules(person) && isMine(draft, person) && isOpen(draft);

/** A form that changes a draft as it was seen. */
export const draftForm = (person: Person, { revision }: ShownSummary, action: string, content: string): string =>
  html`<form method="post" action="${action}">!${tokenField(person)}<input type="hidden" name="revision" value="${String(revision)}">!${content}</form>`;

export const draftRoute = (visit: Visit): string => `/v1/rulebook/drafts/${visit.part('id')}`;

export const askDraft = async (visit: Visit): Promise<ShownDraft> =>
  (await visit.ask<ShownDraft>(draftRoute(visit))).body;

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Changes the draft at the revision that the form of the visit was made from.
 * @throws RefusedError
 */
export const changeDraft = <T = ShownDraft>(
  visit: Visit,
  method: Method,
  below: string,
  payload?: object | string,
  revision = String(visit.form['revision'] ?? ''),
): Promise<Answered<T>> =>
  visit.ask<T>({
    method,
    url: `${draftRoute(visit)}${below}`,
    headers: { 'if-match': `"${revision}"`, ...(payload !== undefined && { 'content-type': 'application/json' }) },
    ...(payload !== undefined && { payload }),
  });
