/** What somebody looks at student data for: asked for where students are, shown in the head of every page from then on. */
import { MOST_PURPOSE } from '#audit/access-log/purpose';
import { html } from './html.ts';
import type { Person } from './sessions.ts';

export const PURPOSE_PATH = '/purpose';

const input = (id: string, value: string, more = ''): string =>
  html`<input id="${id}" name="purpose" value="${value}" maxlength="${String(MOST_PURPOSE)}" size="24" autocomplete="off"!${more}>`;

const form = ({ token, at }: Person, content: string): string =>
  html`<form method="post" action="${PURPOSE_PATH}"><input type="hidden" name="token" value="${token}"><input type="hidden" name="from" value="${at}">!${content}</form>`;

/** In a form that leads to students, as long as nothing was said. */
export const purposeField = ({ purpose }: Person): string =>
  purpose === undefined
    ? html`<label for="purpose">Purpose</label> !${input('purpose', '', ' placeholder="such as annual audit"')} `
    : '';

/** On a page of a student, as long as nothing was said. */
export const purposeAsked = (person: Person): string =>
  person.purpose === undefined
    ? html`<div class="purpose">!${form(
        person,
        html`<p><label for="purpose">What do you look at students for?</label> !${input('purpose', '', ' required')} <button>Keep</button></p>
<p class="hint">It stands in the access log beside your name, with all that you look at until you change it or sign out.</p>`,
      )}</div>`
    : '';

/** In the head, once it was said; '' takes it back. */
export const purposeShown = (person: Person): string =>
  person.purpose === undefined
    ? ''
    : html`<details class="purpose"><summary>Purpose: ${person.purpose}</summary>!${form(
        person,
        html`<label for="purpose-now">Purpose</label> !${input('purpose-now', person.purpose)} <button>Change</button>`,
      )}</details>`;
