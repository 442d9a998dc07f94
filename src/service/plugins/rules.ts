/** The rules in effect for all who need them, and the header that says by which rules an answer was made. */
import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ClosableThreads } from '../evaluations/line-threads.ts';
import { RulesHolder } from '../rules/rules-holder.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly rules: RulesHolder;
  }
}

export interface RulesOptions {
  /** What is in effect while the store has no activation. */
  readonly rulebook: Rulebook;
  /** Threads for long streams of evaluations; without them these are answered where they arrive. */
  readonly evaluationThreads?: ((rulebook: Rulebook) => ClosableThreads) | undefined;
}

/** On every answer that depends on rules: the SHA-256 of the rulebook it was made with. */
export const RULEBOOK_HEADER = 'cenr-rulebook';

/** Sets the header, to the rulebook of a stored thing. */
export const withRulebook = (reply: FastifyReply, hash: string): FastifyReply => reply.header(RULEBOOK_HEADER, hash);

export default fp<RulesOptions>(
  async (app, { rulebook, evaluationThreads }) => {
    const { store, clock, metrics, log, config } = app;
    const holder = new RulesHolder({ store, clock, metrics, log }, rulebook, evaluationThreads);
    await holder.start();
    app.decorate('rules', holder);
    app.hear(({ about }) => {
      if (about === 'rules' || about === 'anything') void holder.refresh();
    });
    // Behind the first answers: a service is asked whether it is ready before it is asked for thousands of students.
    if (config.practice && config.role !== 'work') app.addHook('onListen', async () => holder.warm());
    app.addHook('onClose', () => holder.close());
  },
  { name: 'rules', dependencies: ['config', 'store', 'replicas', 'metrics'] },
);
