/** The rulebook in force, compiled once. */

import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import type { Rulebook } from '../../rulebook/assemble.ts';
import { createEvaluator, type Evaluator } from '../evaluate.ts';
import type { LineThreads } from '../evaluate-lines.ts';

export interface Rules {
  readonly rulebook: Rulebook;
  readonly hash: string;
  readonly evaluator: Evaluator;
  /** For long streams of evaluations; absent where there are no threads. */
  readonly threads: LineThreads | undefined;
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

export default fp<{ readonly rulebook: Rulebook; readonly threads?: LineThreads | undefined }>(
  async (app, { rulebook, threads }) => void app.decorate('rules', { rulebook, hash: rulebook.hash, evaluator: createEvaluator(rulebook), threads }),
  { name: 'rules' },
);
