/** `/admin/persons`: who signs in by an issuer, and a form for somebody new; `/admin/persons/ID`: to change or remove them. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Form, NOT_FOUND, type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { day } from '../words.ts';
import { ADMIN, field, filled, LEAS, leaWords, orRefusal, refusalShown, roleField, type ShownPerson } from './shown.ts';

const PERSONS = ['People', '/admin/persons'] as const;
const FIELDS = ['name', 'role', 'leas', 'email', 'subject'] as const;

const fields = (form: Form): string =>
  html`!${field({ name: 'name', label: 'Name', isRequired: true }, form)}!${roleField(form)}!${field(LEAS, form)}
!${field({ name: 'email', label: 'E-mail', type: 'email', hint: 'The address of their account there.' }, form)}
!${field({ name: 'subject', label: 'Subject', hint: 'The number or name of their account there; may stay empty where the e-mail is known.' }, form)}`;

const state = ({ removedAt, subject }: ShownPerson): string => {
  if (removedAt !== undefined) return `removed ${day(removedAt)}`;
  return subject === undefined ? 'not signed in yet' : 'may sign in';
};

const NO_ISSUER =
  'Nobody can yet: this service has no issuer. Until it has one, people sign in with a key. Whoever runs the service names the issuer in a file (CENR_OIDC_ISSUERS).';

/** @param issuers how many the service has */
export const view = (
  person: Person,
  persons: readonly ShownPerson[],
  issuers: number,
  form: Form,
  refusal?: Refusal,
): string =>
  frame({
    title: 'Who signs in?',
    person,
    above: [ADMIN],
    main: html`<p class="answer">People who may sign in by an issuer: ${String(persons.filter(({ removedAt }) => removedAt === undefined).length)}.</p>
<p class="hint">An issuer is where your organization signs its people in, with the account that they have there.</p>!${issuers === 0 ? html`<p class="warned">${NO_ISSUER}</p>` : ''}
!${
      persons.length === 0
        ? ''
        : table(
            'People, the oldest first',
            ['Name', 'Role', 'LEAs', 'Account', 'State', 'Added'].map((name) => ({ name })),
            persons.map((one) => [
              one.removedAt === undefined ? link(one.name, `/admin/persons/${one.id}`) : one.name,
              one.role,
              leaWords(one.leas),
              one.email ?? one.subject ?? '',
              state(one),
              day(one.createdAt),
            ]),
          )
    }
<section aria-labelledby="new"><h2 id="new">Somebody new</h2>!${refusalShown(refusal)}
<form method="post" action="/admin/persons">!${tokenField(person)}!${fields(form)}
!${field({ name: 'issuer', label: 'Issuer', hint: 'Which sign-in it is, as the file of issuers names it; may stay empty where there is only one.' }, form)}
<p><button>Add the person</button></p></form></section>`,
  });

const oneView = (person: Person, one: ShownPerson, form: Form, refusal?: Refusal): string =>
  frame({
    title: 'What may this person?',
    person,
    above: [ADMIN, PERSONS],
    main: html`<p class="answer">${one.name}: ${one.role}, LEAs ${leaWords(one.leas)}.</p>
<p class="hint">Signs in at ${one.issuer}; ${one.id} in the access log.</p>!${refusalShown(refusal)}
<form method="post" action="/admin/persons/${one.id}"><input type="hidden" name="do" value="change">!${tokenField(person)}!${fields(form)}
<p class="hint">With a change their sessions end: they sign in again.</p><p><button>Keep the change</button></p></form>
<section aria-labelledby="remove"><h2 id="remove">Remove</h2><p>Their sessions end at once, and they cannot sign in. This cannot be undone; they can be added again as somebody new.</p>
<form method="post" action="/admin/persons/${one.id}"><input type="hidden" name="do" value="remove">!${tokenField(person)}<p><button>Remove the person</button></p></form></section>`,
  });

const personsOf = async (visit: Visit): Promise<readonly ShownPerson[]> =>
  (await visit.ask<{ persons: ShownPerson[] }>('/v1/persons')).body.persons;

async function one(visit: Visit): Promise<ShownPerson> {
  const found = (await personsOf(visit)).find(({ id, removedAt }) => id === visit.params['id'] && !removedAt);
  if (found) return found;
  throw new RefusedError(NOT_FOUND);
}

const formOf = ({ leas, ...rest }: ShownPerson): Form => ({ ...rest, leas: leaWords(leas) });

export const persons: Page = {
  path: '/admin/persons',
  get: async (visit) => view(visit.person, await personsOf(visit), visit.app.config.issuers.length, {}),
  async post(visit) {
    const { person, form } = visit;
    const payload = filled(form, [...FIELDS, 'issuer']);
    const added = await orRefusal(visit.ask({ method: 'POST', url: '/v1/persons', payload }));
    if ('done' in added) return visit.go('/admin/persons');
    visit.reply.code(added.refusal.status);
    return view(person, await personsOf(visit), visit.app.config.issuers.length, form, added.refusal);
  },
};

export const person: Page = {
  path: '/admin/persons/:id',
  async get(visit) {
    const found = await one(visit);
    return oneView(visit.person, found, formOf(found));
  },
  async post(visit) {
    const { form } = visit;
    const found = await one(visit);
    const url = `/v1/persons/${visit.part('id')}`;
    const done = await orRefusal(
      form['do'] === 'remove'
        ? visit.ask({ method: 'DELETE', url })
        : visit.ask({ method: 'PATCH', url, payload: filled(form, FIELDS) }),
    );
    if ('done' in done) return visit.go('/admin/persons');
    visit.reply.code(done.refusal.status);
    return oneView(visit.person, found, form, done.refusal);
  },
};
