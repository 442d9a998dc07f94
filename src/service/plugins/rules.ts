/** The rulebook in force, compiled once. */

import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import type { Rulebook } from '../../rulebook/assemble.ts';
import { createEvaluator, type Evaluator } from '../evaluate.ts';

export interface Rules {
  readonly rulebook: Rulebook;
  readonly hash: string;
  readonly evaluator: Evaluator;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly rules: Rules;
  }
}

/** On every answer that depends on rules: the SHA-256 of the rulebook it was made with. */
export const RULEBOOK_HEADER = 'cenr-rulebook';

/** Sets the header, to the rulebook of a stored thing. */
export const withRulebook = (reply: FastifyReply, hash: string): FastifyReply => reply.header(RULEBOOK_HEADER, hash);

export default fp<{ readonly rulebook: Rulebook }>(
  async (app, { rulebook }) => void app.decorate('rules', { rulebook, hash: rulebook.hash, evaluator: createEvaluator(rulebook) }),
  { name: 'rules' },
);
