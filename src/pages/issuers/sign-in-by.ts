/** Signing in by an issuer: there and back. The issuer says who somebody is; what they may is kept here. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { foreignLEAs, type Issuer } from '#service/persons/issuers';
import type { KnownPerson } from '#store/store';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { ownAddress } from '../own-address.ts';
import { refusalBox } from '../parts.ts';
import { beginSession } from '../sessions.ts';
import { type Account, accountOf, signInAddress } from './ask-issuer.ts';
import { beginAttempt, takeAttempt } from './attempt.ts';
import { refusedBy, SignInRefusedError } from './refusals.ts';

/** A button for each issuer. Links: a form may not lead to another site. */
export const issuerLinks = (issuers: readonly Issuer[], to: string): string =>
  html`!${issuers.map(
    ({ id, name }) =>
      html`<p><a class="button" href="/sign-in/with/${id}?to=${encodeURIComponent(to)}">Sign in with ${name}</a></p>`,
  )}`;

const view = ({ refusal }: SignInRefusedError): string =>
  frame({
    title: 'Why could you not be signed in?',
    main: html`!${refusalBox(refusal)}<p><a class="button" href="/sign-in">Sign in again</a></p>`,
  });

const HTML = 'text/html; charset=utf-8';

/** @param options of the routes */
export function issuerRoutes(app: FastifyInstance, options: object): void {
  const issuerOf = (request: FastifyRequest): Issuer => {
    const { issuer: id } = request.params as { issuer: string };
    const issuer = app.config.issuers.find((one) => one.id === id);
    if (issuer) return issuer;
    throw new SignInRefusedError('CENR_SIGN_IN_UNKNOWN');
  };
  const refusing =
    (act: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      try {
        return await act(request, reply);
      } catch (error) {
        if (!(error instanceof SignInRefusedError)) throw error;
        const { code, status } = error.refusal;
        const { issuer } = request.params as { issuer: string };
        const isConfigured = code !== 'CENR_SIGN_IN_UNKNOWN';
        const { cause } = error;
        request.log.warn(
          { code, ...(isConfigured && { issuer }), ...(cause instanceof Error && { err: cause }) },
          'a sign-in by an issuer was refused',
        );
        return reply.code(status).type(HTML).send(view(error));
      }
    };

  app.get(
    '/sign-in/with/:issuer',
    options,
    refusing(async (request, reply) => {
      const issuer = issuerOf(request);
      const { to } = request.query as { to?: string };
      const attempt = await beginAttempt(app, request, reply, { issuer: issuer.id, to: ownAddress(to) });
      const address = await signInAddress(app, issuer, attempt).catch((error: unknown) => {
        throw refusedBy(issuer, error);
      });
      return reply.redirect(address, 303);
    }),
  );

  app.get(
    '/sign-in/back/:issuer',
    options,
    refusing(async (request, reply) => {
      const issuer = issuerOf(request);
      const attempt = await takeAttempt(app, request, reply);
      if (!attempt) throw new SignInRefusedError('CENR_SIGN_IN_LOST');
      const { state } = request.query as { state?: string };
      if (attempt.issuer !== issuer.id || state !== attempt.state) throw new SignInRefusedError('CENR_SIGN_IN_OTHER');
      const query = request.url.slice(request.url.indexOf('?') + 1);
      const isKnown = async (subject: string): Promise<boolean> =>
        (await app.store.personAt(issuer.issuer, { subject })) !== undefined;
      const account = await accountOf(app, issuer, attempt, query, isKnown).catch((error: unknown) => {
        throw refusedBy(issuer, error);
      });
      const person = await personOfAccount(app, issuer, account);
      await beginSession(app, request, reply, person, account.idToken);
      request.log.info({ keyId: person.id, issuer: issuer.id }, 'signed in');
      return reply.redirect(attempt.to, 303);
    }),
  );
}

/**
 * The person of an account. Whoever is known by an address is known by their subject from the first time on: an address
 * may be another person's one day.
 * @throws SignInRefusedError
 */
async function personOfAccount(app: FastifyInstance, issuer: Issuer, account: Account): Promise<KnownPerson> {
  const { subject, email, isVerified } = account;
  // Whoever can write any address at the issuer must not find out who is known here.
  const found = await app.store.personAt(issuer.issuer, { subject, ...(isVerified && { email }) });
  const said = `${issuer.name} says that you are ${email === undefined ? '' : `${email}, `}subject ${subject}.`;
  const isUnverified = email !== undefined && !isVerified;
  if (!found) throw new SignInRefusedError(isUnverified ? 'CENR_PERSON_UNVERIFIED' : 'CENR_PERSON_UNKNOWN', said);
  const person = found.subject === undefined ? { ...found, subject } : found;
  if (person.subject !== subject) throw new SignInRefusedError('CENR_PERSON_OTHER', said);
  const foreign = foreignLEAs(issuer, person.leas);
  if (foreign.length > 0)
    throw new SignInRefusedError('CENR_PERSON_FOREIGN', `${issuer.name} is not bound to ${foreign.join(', ')}.`);
  // Somebody may have changed or removed them meanwhile.
  if (person !== found && !(await app.store.replacePerson(person, found))) return personOfAccount(app, issuer, account);
  return person;
}
