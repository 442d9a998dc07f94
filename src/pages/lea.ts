/** `/lea`: of several LEAs the one that pages are about. Chosen in the head of every page, kept for the session. */
import type { Caller } from '#store/store';
import { html } from './html.ts';
import type { Person } from './sessions.ts';
import { type Page, RefusedError } from './visit.ts';

const LEA_PATH = '/lea';
/** A list has the same question for every LEA; what stands below it belongs to one. */
const LIST = /^\/[a-z]*$/;

/** Whose data a person may see. */
export const leaWords = ({ leas }: Pick<Caller, 'leas'>): string =>
  leas === 'all' ? 'All LEAs' : `LEA${leas.length > 1 ? 's' : ''} ${leas.join(', ')}`;

/** In the head: whose data is shown and, for whoever has several LEAs, a choice among them. */
export function leaShown(person: Person): string {
  const { key, leas, token, at } = person;
  if (leas !== 'all' && leas.length < 2) return html`<p class="whose">${leaWords(key)}</p>`;
  const chosen = key.leas !== leas && key.leas !== 'all' ? (key.leas[0] ?? '') : '';
  const choice =
    leas === 'all'
      ? html`<input id="lea" name="lea" value="${chosen}" size="8" maxlength="7" pattern="[0-9]{7}" inputmode="numeric" autocomplete="off" placeholder="all">`
      : html`<select id="lea" name="lea"><option value="">all ${String(leas.length)}</option>!${leas.map((lea) => html`<option value="${lea}"!${lea === chosen ? ' selected' : ''}>${lea}</option>`)}</select>`;
  return html`<form class="whose" method="post" action="${LEA_PATH}"><input type="hidden" name="token" value="${token}"><input type="hidden" name="from" value="${at}">
<label for="lea">${chosen === '' && leas === 'all' ? 'All LEAs' : 'LEA'}</label> !${choice} <button>Show<span class="unseen"> this LEA</span></button></form>`;
}

export const lea: Page = {
  path: LEA_PATH,
  async post(visit) {
    const { leas } = visit.person;
    const asked = String(visit.form['lea'] ?? '').trim();
    const isOwn = leas === 'all' ? /^\d{7}$/.test(asked) : leas.includes(asked);
    if (asked !== '' && !isOwn)
      throw new RefusedError({
        status: 400,
        code: 'CENR_REQUEST_INVALID',
        title: 'This is none of your LEAs',
        detail: 'Expected the seven digits of an LEA that you may see, or nothing for all of them.',
        fix: 'Go back, and choose another one.',
      });
    await visit.chooseLEA(asked);
    const from = String(visit.form['from'] ?? '');
    return visit.go(LIST.test(from) ? from : '/');
  },
};
