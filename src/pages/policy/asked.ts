/** Asking REST for a change: a refusal is shown on the page that asked, and what was typed stays. */
import { html } from '../html.ts';
import { type Refusal, RefusedError } from '../visit.ts';

/** Why something was refused; `undefined` when it was done. */
export async function refusalOf(asked: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal;
    throw error;
  }
}

const INVALID = 'CENR_REQUEST_INVALID';

/** A refusal as people read it who filled in a form: REST speaks of the request to whoever wrote a program. */
export function ofForm(refusal: Refusal): Refusal {
  const { code, errors = [] } = refusal;
  if (code !== INVALID || errors.length === 0) return refusal;
  const { detail: _, ...rest } = refusal;
  return {
    ...rest,
    title: 'This cannot be kept as it is',
    fix: 'Nothing was changed. Correct it below, where it is said again, and send it again.',
  };
}

/**
 * What a refusal says of one field of a form, to stand beside it.
 * @param at JSON pointer into what was sent, or the name of a parameter
 */
export function besideField(refusal: Refusal | undefined, at: string): string {
  const own = (refusal?.errors ?? []).filter(
    ({ pointer, parameter }) => pointer === at || pointer?.startsWith(`${at}/`) || parameter === at,
  );
  return own.length === 0
    ? ''
    : html`<br><strong class="wrong">!${own.map(({ message }) => html`${message} `)}</strong>`;
}
