/**
 * Explanations: with the rulebook an extract was made with, of the store as it was then, and never without saying
 * whether the second opinion agrees. A disagreement is an error: it is logged, counted and shown.
 */
import type { FastifyBaseLogger } from 'fastify';
import fp from 'fastify-plugin';
import { Explainer } from '#explain/explain';
import type { SecondOpinionShown, SelectionOpinion } from '#explain/explanation';
import type { Rulebook } from '#rulebook/load/assemble';
import { ServiceError } from '../http/errors.ts';

/** A rulebook, and whoever explains by it. */
export interface ExplainingRules {
  readonly rulebook: Rulebook;
  readonly explainer: Explainer;
}

export interface Explanations {
  /**
   * The rulebook with this hash: the one in effect, or one that is kept.
   * @throws ServiceError CENR_INPUTS_GONE
   */
  by(rulebookHash: string): Promise<ExplainingRules>;
  /** The same for a rulebook that is at hand. */
  of(rulebook: Rulebook): ExplainingRules;
  /** Counts and logs a second opinion that disagrees; gives it back. */
  heard<O extends SelectionOpinion | SecondOpinionShown>(opinion: O, log: FastifyBaseLogger): O;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly explanations: Explanations;
  }
}

export default fp<{ readonly version: string }>(
  async (app, { version }) => {
    // They go with their rulebooks, of which rules/prepared-versions.ts remembers a few.
    const known = new WeakMap<Rulebook, ExplainingRules>();
    function of(rulebook: Rulebook): ExplainingRules {
      const rules = known.get(rulebook) ?? { rulebook, explainer: new Explainer(rulebook, version) };
      known.set(rulebook, rules);
      return rules;
    }
    app.decorate('explanations', {
      async by(hash) {
        const rules = await app.rules.by(hash);
        if (!rules)
          throw new ServiceError('CENR_INPUTS_GONE', { detail: `The rulebook ${hash} is not kept in this store.` });
        return of(rules.rulebook);
      },
      of,
      heard(opinion, log) {
        if (opinion.agree) return opinion;
        app.metrics.disagreed();
        // Field numbers and rule names are of the rulebook; values would be of a student.
        const differences = 'differences' in opinion ? opinion.differences : [];
        const disagreements = differences.map(({ field, firstRule, secondRule }) => ({ field, firstRule, secondRule }));
        log.error({ rows: opinion.rows, disagreements }, 'the second opinion disagrees');
        return opinion;
      },
    });
  },
  { name: 'explanations', dependencies: ['rules', 'metrics'] },
);
