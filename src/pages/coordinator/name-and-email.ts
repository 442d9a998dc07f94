/** The last steps of a request: what the file is called, and whether an e-mail says when it is done. */
import { html } from '../html.ts';
import type { Form } from '../visit.ts';

/**
 * @param email the address of the person
 * @param whyNoEmail why they get no e-mail, if they do not
 */
export function nameAndEmail(given: Form, email: string | undefined, whyNoEmail: string | undefined): string {
  const isOff = whyNoEmail !== undefined;
  const isChecked = !isOff && given['emailWhenDone'] !== undefined;
  const hint = isOff
    ? `Not possible: ${whyNoEmail}.`
    : `To ${email}. The e-mail says that the extract is ready, and where; it never has the file.`;
  return html`<p><label for="name">Extract file name (optional)</label> <input id="name" name="name" value="${String(given['name'] ?? '')}" size="30" aria-describedby="name-hint"><br>
<small id="name-hint">Letters, digits, spaces and . _ - ( ) can stand in it. It may not have an SSID.</small></p>
<p><label for="email"><input id="email" type="checkbox" name="emailWhenDone" value="yes" aria-describedby="email-hint"!${isOff ? ' disabled' : ''}!${isChecked ? ' checked' : ''}> Email results when done</label><br>
<small id="email-hint">${hint}</small></p>`;
}

/** What the two steps add to the body of POST /v1/extracts. */
export function nameAndEmailOf(form: Form): object {
  const name = String(form['name'] ?? '').trim();
  return { ...(name !== '' && { name }), ...(form['emailWhenDone'] !== undefined && { emailWhenDone: true }) };
}
