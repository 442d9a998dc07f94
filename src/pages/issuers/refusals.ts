/** Why somebody could not be signed in by an issuer: what was found, and what to do. */
import { AuthorizationResponseError, ResponseBodyError } from 'openid-client';
import { NotDeliveredError } from '#service/outbox/outbox';
import type { Issuer } from '#service/persons/issuers';
import { RefusedError } from '../visit.ts';

const AGAIN = 'Sign in again, in one window and without the Back button.';
const TELL = 'Tell whoever runs this service; its log has the reason at this time.';

const REFUSALS = {
  CENR_SIGN_IN_UNKNOWN: { status: 404, title: 'There is no such way to sign in', fix: 'Choose one of those below.' },
  CENR_SIGN_IN_LOST: {
    status: 400,
    title: 'This sign-in was not begun in this browser, or more than 10 minutes ago',
    fix: AGAIN,
  },
  CENR_SIGN_IN_OTHER: { status: 400, title: 'This is the answer to another sign-in', fix: AGAIN },
  CENR_SIGN_IN_DENIED: { status: 401, title: 'You were not signed in there', fix: AGAIN },
  CENR_SIGN_IN_CODE: { status: 401, title: 'This answer was used before, or is too old', fix: AGAIN },
  CENR_SIGN_IN_TOKEN: { status: 401, title: 'What it says of you cannot be trusted', fix: `${AGAIN} ${TELL}` },
  CENR_SIGN_IN_ISSUER: { status: 502, title: 'It cannot be asked who you are', fix: `Try again in a minute. ${TELL}` },
  CENR_PERSON_UNKNOWN: {
    status: 403,
    title: 'You are not known here',
    fix: 'Ask whoever runs this service to add you (cenr person add), and give them what stands above.',
  },
  CENR_PERSON_UNVERIFIED: {
    status: 403,
    title: 'Your e-mail address is not verified there',
    fix: 'Have it verified, or ask whoever runs this service to know you by your subject (cenr person change --subject).',
  },
  CENR_PERSON_OTHER: {
    status: 403,
    title: 'Another account with your e-mail address signed in here before',
    fix: 'Ask whoever runs this service whether this account is yours (cenr person change --subject).',
  },
  CENR_PERSON_FOREIGN: {
    status: 403,
    title: 'You cannot act for your LEAs by this way to sign in',
    fix: 'Ask whoever runs this service: the file of issuers (CENR_OIDC_ISSUERS) says which LEAs belong to which.',
  },
} as const;

export type SignInCode = keyof typeof REFUSALS;

/** A sign-in that was refused. */
export class SignInRefusedError extends RefusedError {
  /** @param detail a sentence about what was found; it is shown to whoever signs in, and not logged */
  constructor(code: SignInCode, detail?: string, cause?: unknown) {
    super({ code, ...REFUSALS[code], ...(detail !== undefined && { detail }) });
    this.name = 'SignInRefusedError';
    this.cause = cause;
  }
}

/** What an ID token has to say, as people may know it. */
const CLAIMS: Readonly<Record<string, string>> = {
  exp: 'it has expired',
  nbf: 'it is not valid yet',
  aud: 'it was made for another program',
  azp: 'it was made for another program',
  iss: 'it was made by another issuer',
  nonce: 'it answers another sign-in',
};

const SIGNATURES: Readonly<Record<string, string>> = {
  'JWT signature verification failed': 'its signature is wrong',
  'error when selecting a JWT verification key, no applicable keys found': 'it is signed with an unknown key',
};

/** What went wrong between this service and an issuer, as a refusal. */
export function refusedBy({ name }: Issuer, error: unknown): SignInRefusedError {
  if (error instanceof SignInRefusedError) return error;
  const causes: { readonly message?: string; readonly claim?: string }[] = [];
  for (let one = error; one && causes.length < MOST_CAUSES; one = (one as Error).cause) causes.push(one);
  const called = causes.find((one) => one instanceof NotDeliveredError);
  if (called) return new SignInRefusedError('CENR_SIGN_IN_ISSUER', `${name}: ${called.message}.`, error);
  if (error instanceof AuthorizationResponseError)
    return new SignInRefusedError('CENR_SIGN_IN_DENIED', `${name} answered ${shortCode(error.error)}.`, error);
  if (error instanceof ResponseBodyError)
    return error.error === 'invalid_grant'
      ? new SignInRefusedError('CENR_SIGN_IN_CODE', `${name} does not take it.`, error)
      : new SignInRefusedError('CENR_SIGN_IN_ISSUER', `${name} answered ${shortCode(error.error)}.`, error);
  const found =
    causes.map(({ claim }) => CLAIMS[claim ?? '']).find((one) => one !== undefined) ??
    causes.map(({ message }) => SIGNATURES[message ?? '']).find((one) => one !== undefined);
  if (found !== undefined) return new SignInRefusedError('CENR_SIGN_IN_TOKEN', `${name}: ${found}.`, error);
  return new SignInRefusedError(
    'CENR_SIGN_IN_ISSUER',
    `${name} cannot be reached, or answers otherwise than expected.`,
    error,
  );
}

const MOST_CAUSES = 4;

/** An error code of OAuth; anything else is not repeated. */
const shortCode = (code: string): string => (/^[a-z_]{1,64}$/.test(code) ? code : 'with an error');
