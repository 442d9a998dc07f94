/**
 * Explanations: with the rulebook an extract was made with, of the store as it was then, and never without saying whether the second opinion agrees. A disagreement
 * is an error: it is logged, counted and shown.
 */
import type { FastifyBaseLogger } from 'fastify';
import fp from 'fastify-plugin';
import { createExplainer, type Explainer } from '../../explain/explain.ts';
import type { SecondOpinionShown } from '../../explain/explanation.ts';
import { assemble, type Rulebook } from '../../rulebook/assemble.ts';
import { ServiceError } from '../errors.ts';

/** A rulebook, and whoever explains by it. */
export interface ExplainingRules {
  readonly rulebook: Rulebook;
  readonly explainer: Explainer;
}

export interface Explanations {
  /**
   * The rulebook with this hash: the one in force, or one that is kept.
   * @throws ServiceError CENR_INPUTS_GONE
   */
  by(rulebookHash: string): ExplainingRules;
  /** Counts and logs a second opinion that disagrees; gives it back. */
  heard(opinion: SecondOpinionShown, log: FastifyBaseLogger): SecondOpinionShown;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly explanations: Explanations;
  }
}

/** Compiled rulebooks are large, and nobody asks about many at a time. */
const MOST_RULEBOOKS = 4;

export default fp<{ readonly version: string }>(
  async (app, { version }) => {
    const known = new Map<string, ExplainingRules>();
    const kept = (hash: string): Rulebook => {
      const source = app.store.rulebook(hash);
      if (!source) throw new ServiceError('CENR_INPUTS_GONE', { detail: `The rulebook ${hash} is not kept in this store.` });
      return assemble(source);
    };
    app.decorate('explanations', {
      by(hash) {
        let rules = known.get(hash);
        if (!rules) {
          const rulebook = hash === app.rules.hash ? app.rules.rulebook : kept(hash);
          rules = { rulebook, explainer: createExplainer(rulebook, version) };
          if (known.size >= MOST_RULEBOOKS) known.delete(known.keys().next().value as string);
          known.set(hash, rules);
        }
        return rules;
      },
      heard(opinion, log) {
        if (opinion.agree) return opinion;
        app.metrics.disagreed();
        // Field numbers and rule names are of the rulebook; values would be of a student.
        const disagreements = opinion.differences.map(({ field, firstRule, secondRule }) => ({ field, firstRule, secondRule }));
        log.error({ disagreements }, 'the second opinion disagrees');
        return opinion;
      },
    });
  },
  { name: 'explanations', dependencies: ['rules', 'store', 'metrics'] },
);
