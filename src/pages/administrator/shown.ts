/** What REST shows an administrator, and what all of these pages have. */
import type { KeyView } from '#service/schemas/administration';
import { html } from '../html.ts';
import { refusalBox } from '../parts.ts';
import { type Form, type Refusal, RefusedError } from '../visit.ts';

export type {
  KeyView as ShownKey,
  MadeKey as ShownMadeKey,
  PersonView as ShownPerson,
  Settings as ShownSettings,
  StoreView as ShownStore,
} from '#service/schemas/administration';

export const ADMIN = ['Administration', '/admin'] as const;

export const leaWords = (leas: 'all' | readonly string[]): string => (leas === 'all' ? 'all' : leas.join(', '));

/** A field of a form, with what was typed. */
export interface Asked {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly isRequired?: true;
  readonly type?: 'text' | 'email' | 'date';
}

const text = (form: Form, name: string): string => String(form[name] ?? '').trim();

export const field = ({ name, label, hint, isRequired, type = 'text' }: Asked, form: Form): string =>
  html`<p><label for="${name}">${label}</label> <input id="${name}" name="${name}" type="${type}" value="${text(form, name)}" autocomplete="off"!${isRequired ? ' required' : ''}!${hint === undefined ? '' : html` aria-describedby="${name}-hint"`}>
!${hint === undefined ? '' : html`<small id="${name}-hint">${hint}</small>`}</p>`;

const ROLE_WORDS = {
  vendor: 'sends files and requests extracts',
  auditor: 'looks at extracts and reasons',
  policy: 'changes rules',
  admin: 'all of this, and these pages',
} as const satisfies Record<KeyView['role'], string>;

export const roleField = (form: Form): string =>
  html`<p><label for="role">Role</label> <select id="role" name="role">!${Object.entries(ROLE_WORDS).map(
    ([role, words]) =>
      html`<option value="${role}"!${role === form['role'] ? ' selected' : ''}>${role}: ${words}</option>`,
  )}</select></p>`;

export const LEAS: Asked = {
  name: 'leas',
  label: 'LEAs',
  hint: 'Seven digits; several with blanks between them; or all.',
  isRequired: true,
};

/** Fields as REST takes them: what was left empty is not there. */
export const filled = (form: Form, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const given = text(form, name);
      if (given === '') return [];
      return [[name, name === 'leas' && given !== 'all' ? given.split(/[\s,]+/) : given]];
    }),
  );

/**
 * What REST answers or, where it refuses what was typed, why.
 * @throws RefusedError for other refusals
 */
export async function orRefusal<T>(asked: Promise<T>): Promise<{ readonly done: T } | { readonly refusal: Refusal }> {
  try {
    return { done: await asked };
  } catch (error) {
    if (error instanceof RefusedError && [400, 403, 404].includes(error.refusal.status))
      return { refusal: error.refusal };
    throw error;
  }
}

export const refusalShown = (refusal: Refusal | undefined): string => (refusal ? refusalBox(refusal) : '');
