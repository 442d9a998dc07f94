/** `/purpose`: what somebody looks at student data for, kept for their session and handed on to the access log. */
import { isPurpose, PURPOSE_FORM } from '#audit/access-log/purpose';
import { ownAddress } from './own-address.ts';
import { PURPOSE_PATH } from './purpose-field.ts';
import { type Page, RefusedError, type Visit } from './visit.ts';

/**
 * Keeps what a form says, if it says something.
 * @throws RefusedError for what cannot be entered
 */
export async function keepPurpose(visit: Visit): Promise<void> {
  const { purpose } = visit.form;
  const text = String(purpose ?? '').trim();
  if (purpose === undefined) return;
  if (text !== '' && !isPurpose(text))
    throw new RefusedError({
      status: 400,
      code: 'CENR_REQUEST_INVALID',
      title: 'This cannot stand in the access log as a purpose',
      detail: `Expected ${PURPOSE_FORM}.`,
      fix: 'Go back, and write it shorter, without line breaks and tabs.',
    });
  await visit.sayPurpose(text);
}

export const purpose: Page = {
  path: PURPOSE_PATH,
  async post(visit) {
    await keepPurpose(visit);
    return visit.go(ownAddress(visit.form['from']));
  },
};
