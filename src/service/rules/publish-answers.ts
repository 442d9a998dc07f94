/** What publishing a draft and going back to a version have in common: refusals, and the answer that a version takes effect. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Activation } from '#publishing/activation';
import type { ErrorCode } from '../http/errors.ts';
import { withRulebook } from '../plugins/rules.ts';
import { BODY_REFUSALS, contents } from '../schemas/responses.ts';
import { ActivationView, shownActivation, versionLink } from '../schemas/version.ts';

/** What either may refuse, whatever else. */
export const PUBLISH_REFUSALS = [
  'CENR_RULES_FROM_FOLDER',
  'CENR_RULEBOOK_UNUSABLE',
  ...BODY_REFUSALS,
] as const satisfies readonly ErrorCode[];

/** The good answer of either, for the API document. */
export const activated = (description: string, headers: Parameters<typeof contents>[2] = []) => ({
  201: contents(description, { 'application/json': ActivationView('The activation') }, [
    'location',
    'cenr-rulebook',
    ...headers,
  ]),
});

/** Lets the activation count at once, and answers with it. */
export function answerActivation(app: FastifyInstance, reply: FastifyReply, activation: Activation): FastifyReply {
  app.rules.refresh();
  return withRulebook(reply, activation.hash)
    .code(201)
    .header('location', versionLink(activation.hash))
    .send(shownActivation(activation));
}
