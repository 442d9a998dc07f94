/** `/admin/keys`: the keys, when each was last used, and a form for a new one; `/admin/keys/ID`: what can be done with one. */
import { amount } from '#base/text';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Form, NOT_FOUND, type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { day, moment } from '../words.ts';
import {
  ADMIN,
  field,
  filled,
  LEAS,
  leaWords,
  orRefusal,
  refusalShown,
  roleField,
  type ShownKey,
  type ShownMadeKey,
} from './shown.ts';

const KEYS = ['Keys', '/admin/keys'] as const;

const state = ({ revokedAt, expiresAt }: ShownKey, now: string): string => {
  if (revokedAt !== undefined) return `revoked ${day(revokedAt)}`;
  if (expiresAt === undefined) return 'in effect';
  return expiresAt <= now ? `expired ${day(expiresAt)}` : `in effect until ${day(expiresAt)}`;
};

const inEffectWords = (n: number): string => `${amount(n, 'key')} ${n === 1 ? 'is' : 'are'} in effect.`;

interface Shown {
  readonly person: Person;
  readonly keys: readonly ShownKey[];
  /** ISO 8601 */
  readonly now: string;
  readonly form: Form;
  readonly refusal?: Refusal | undefined;
}

export const view = ({ person, keys, now, form, refusal }: Shown): string =>
  frame({
    title: 'Who has a key?',
    person,
    above: [ADMIN],
    main: html`<p class="answer">${inEffectWords(keys.filter((key) => state(key, now).startsWith('in effect')).length)}</p>
<p class="hint">A key is for a program, or for a person where people do not sign in with an account of your organization. Nobody can look a key up: who has lost one gets a new one (Rotate).</p>
!${table(
      'Keys, the oldest first',
      ['Name', 'Role', 'LEAs', 'State', 'Last used', 'Made'].map((name) => ({ name })),
      keys.map((key) => [
        link(key.name, `/admin/keys/${key.id}`),
        key.role,
        leaWords(key.leas),
        state(key, now),
        key.lastUsedAt === undefined ? 'never' : moment(key.lastUsedAt),
        day(key.createdAt),
      ]),
    )}
<section aria-labelledby="new"><h2 id="new">A new key</h2>!${refusalShown(refusal)}
<form method="post" action="/admin/keys">!${tokenField(person)}
!${field({ name: 'name', label: 'Name', hint: 'The person or the system that will use it.', isRequired: true }, form)}
!${roleField(form)}!${field(LEAS, form)}
!${field({ name: 'email', label: 'E-mail', type: 'email', hint: 'Where they are told that an extract is ready; may stay empty.' }, form)}
!${field({ name: 'expires', label: 'Expires', type: 'date', hint: 'The first day on which it does not work; may stay empty.' }, form)}
<p><button>Make the key</button></p></form></section>`,
  });

/** The one page that shows a key. */
const madeView = (person: Person, { key, name, id }: ShownMadeKey, more: string): string =>
  frame({
    title: 'What is the new key?',
    person,
    above: [ADMIN, KEYS],
    main: html`<p class="answer">The key of ${name}. It is shown now and never again.</p>
<p><label for="made">Key</label> <input id="made" readonly value="${key}" size="50"></p>
<p>${more}</p><p><a class="button" href="/admin/keys/${id}">Done</a></p>`,
  });

const oneView = (person: Person, key: ShownKey, now: string, form: Form, refusal?: Refusal): string => {
  const { id, name, role, leas, createdAt, lastUsedAt } = key;
  const post = (what: string, content: string): string =>
    html`<form method="post" action="/admin/keys/${id}"><input type="hidden" name="do" value="${what}">!${tokenField(person)}!${content}</form>`;
  return frame({
    title: 'What is to become of this key?',
    person,
    above: [ADMIN, KEYS],
    main: html`<p class="answer">${name}: ${role}, LEAs ${leaWords(leas)}, ${state(key, now)}.</p>
<p class="hint">Made ${moment(createdAt)}, ${lastUsedAt === undefined ? 'never used' : `last used ${moment(lastUsedAt)}`}; ${id} in the access log.</p>
!${refusalShown(refusal)}
!${
      state(key, now).startsWith('in effect')
        ? html`<section aria-labelledby="rotate"><h2 id="rotate">Rotate</h2><p>Makes a new key with the same role and LEAs. The old one works for some days more, so that it can be changed where it is used.</p>
!${post('rotate', html`<p><label for="days">Days that the old one works</label> <input id="days" name="days" type="number" min="0" max="366" value="7" required> <button>Rotate the key</button></p>`)}</section>
<section aria-labelledby="expire"><h2 id="expire">Expire</h2><p>From that day on it does not work. The day can be changed until then.</p>
!${post('expire', html`!${field({ name: 'expires', label: 'First day without it', type: 'date', isRequired: true }, form)}<p><button>Keep this day</button></p>`)}</section>
<section aria-labelledby="revoke"><h2 id="revoke">Revoke</h2><p>It stops working at once, and whoever signed in with it is signed out. This cannot be undone.</p>
!${post('revoke', html`<p><button>Revoke the key</button></p>`)}</section>`
        : html`<p>It does not work, and cannot be brought back. <a href="/admin/keys#new">Make a new key</a></p>`
    }`,
  });
};

const keysOf = async (visit: Visit): Promise<readonly ShownKey[]> =>
  (await visit.ask<{ keys: ShownKey[] }>('/v1/keys')).body.keys;

const nowOf = ({ app }: Visit): string => app.clock().toISOString();

export const keys: Page = {
  path: '/admin/keys',
  get: async (visit) => view({ person: visit.person, keys: await keysOf(visit), now: nowOf(visit), form: {} }),
  async post(visit) {
    const { person, form } = visit;
    const payload = filled(form, ['name', 'role', 'leas', 'email', 'expires']);
    const made = await orRefusal(visit.ask<ShownMadeKey>({ method: 'POST', url: '/v1/keys', payload }));
    if ('done' in made)
      return madeView(
        person,
        made.done.body,
        'Hand it to its owner by a safe way. A person signs in to these pages with it; a program has it in its settings.',
      );
    visit.reply.code(made.refusal.status);
    return view({ person, keys: await keysOf(visit), now: nowOf(visit), form, refusal: made.refusal });
  },
};

async function keyOf(visit: Visit): Promise<ShownKey> {
  const found = (await keysOf(visit)).find(({ id }) => id === visit.params['id']);
  if (found) return found;
  throw new RefusedError(NOT_FOUND);
}

export const key: Page = {
  path: '/admin/keys/:id',
  get: async (visit) => oneView(visit.person, await keyOf(visit), nowOf(visit), {}),
  async post(visit) {
    const { person, form } = visit;
    const url = `/v1/keys/${visit.part('id')}`;
    const what = String(form['do']);
    if (what === 'rotate') {
      const payload = { days: Number(form['days']) };
      const made = await orRefusal(visit.ask<ShownMadeKey>({ method: 'POST', url: `${url}/rotate`, payload }));
      if ('done' in made)
        return madeView(person, made.done.body, 'Change it where the old one is used, before that ends.');
      return oneView(person, await keyOf(visit), nowOf(visit), form, made.refusal);
    }
    const asked =
      what === 'revoke'
        ? visit.ask({ method: 'DELETE', url })
        : visit.ask({ method: 'PATCH', url, payload: filled(form, ['expires']) });
    const done = await orRefusal(asked);
    if ('done' in done) return visit.go(`/admin/keys/${visit.part('id')}`);
    visit.reply.code(done.refusal.status);
    return oneView(person, await keyOf(visit), nowOf(visit), form, done.refusal);
  },
};
