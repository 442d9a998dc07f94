/**
 * What is asked of an issuer: where to sign in, who came back, where to sign out. Everything is asked anew each time,
 * since people sign in seldom: keys that were rotated and addresses that moved are those of now.
 */

import type { FastifyInstance } from 'fastify';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
} from 'openid-client';
import type { Issuer } from '#service/persons/issuers';
import type { Attempt } from './attempt.ts';
import { issuerFetch } from './call.ts';

const TIMEOUT_SECONDS = 10;
/** Clocks of two machines differ by less. */
const LEEWAY_SECONDS = 30;
const MS = 1_000;

/** An account at an issuer, as a token says that was verified. */
export interface Account {
  readonly subject: string;
  readonly email?: string | undefined;
  readonly isVerified: boolean;
  readonly idToken: string;
}

/** Where an issuer sends people back: one address for each, so that none can answer for another. */
export const backAddress = ({ publicURL }: { readonly publicURL: string }, { id }: Pick<Issuer, 'id'>): string =>
  `${publicURL}/sign-in/back/${id}`;

async function configuration(app: FastifyInstance, issuer: Issuer): Promise<Configuration> {
  const url = new URL(issuer.issuer);
  return await discovery(
    url,
    issuer.clientID,
    {
      [clockSkew]: Math.round((app.clock().getTime() - Date.now()) / MS),
      [clockTolerance]: LEEWAY_SECONDS,
    },
    authenticated(issuer.clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      execute: [enableNonRepudiationChecks, ...(url.protocol === 'http:' ? [allowInsecureRequests] : [])],
      [customFetch]: issuerFetch(app.config.issuersPrivate),
    },
  );
}

/** As the issuer says that it wants the secret: in a header unless it takes none there. */
const authenticated =
  (secret: string): ClientAuth =>
  (server, client, body, headers) => {
    const ways = server.token_endpoint_auth_methods_supported;
    const way = ways === undefined || ways.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost;
    return way(secret)(server, client, body, headers);
  };

/** Where somebody signs in. */
export async function signInAddress(app: FastifyInstance, issuer: Issuer, attempt: Attempt): Promise<string> {
  const { state, nonce, verifier } = attempt;
  return buildAuthorizationUrl(await configuration(app, issuer), {
    redirect_uri: backAddress(app.config, issuer),
    scope: 'openid email',
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).href;
}

/**
 * Who came back.
 * @param query of the address that the issuer sent them to
 * @param isKnown whether the subject alone says who it is; an address is asked for otherwise
 */
export async function accountOf(
  app: FastifyInstance,
  issuer: Issuer,
  attempt: Attempt,
  query: string,
  isKnown: (subject: string) => Promise<boolean>,
): Promise<Account> {
  const config = await configuration(app, issuer);
  const tokens = await authorizationCodeGrant(config, new URL(`${backAddress(app.config, issuer)}?${query}`), {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims || tokens.id_token === undefined) throw new Error('the issuer gave no ID token');
  const isAsked =
    claims['email'] === undefined && !(await isKnown(claims.sub)) && config.serverMetadata().userinfo_endpoint;
  const { email, email_verified: isVerified } = isAsked
    ? await fetchUserInfo(config, tokens.access_token, claims.sub)
    : claims;
  return {
    subject: claims.sub,
    ...(typeof email === 'string' && { email }),
    isVerified: isVerified === true,
    idToken: tokens.id_token,
  };
}

/** Where somebody signs out of the issuer too; `undefined` where it has no such place. */
export async function signOutAddress(
  app: FastifyInstance,
  issuer: Issuer,
  idToken: string | undefined,
): Promise<string | undefined> {
  const config = await configuration(app, issuer);
  if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
  return buildEndSessionUrl(config, {
    post_logout_redirect_uri: `${app.config.publicURL}/sign-in`,
    ...(idToken !== undefined && { id_token_hint: idToken }),
  }).href;
}
