/**
 * Which version of the rulebook is in effect, as plain data. A version is the whole of `rules/` and `schemas/` under its
 * SHA-256 and never changes. What changes is which version is in effect, and that is a list that only grows: every activation
 * says from when, by whom, approved by whom and why.
 */

import type { RulebookJson } from '#rulebook/load/declarations';
import type { Activation } from './activation.ts';

/** A version as lists show it. */
export interface RulebookVersion {
  readonly hash: string;
  /** Of its `rules/rulebook.json`: name, version, publication (page and update date), day it was last compared. */
  readonly about: RulebookJson;
  /** ISO 8601 in UTC */
  readonly keptAt: string;
  /** When it took or will take effect, earliest first; empty for a version that was only used. */
  readonly activations: readonly Activation[];
}

/**
 * What somebody published or restored last, whatever files a service was started with since.
 * @param at ISO 8601 in UTC
 */
export const publishedAt = (activations: readonly Activation[], at: string): Activation | undefined =>
  inEffectAt(
    activations.filter(({ how }) => how !== 'files'),
    at,
  );

/**
 * What is in effect at a moment: of the activations that are not withdrawn and whose `from` has come, the one with the
 * latest `from`; of several, the one made last.
 * @param at ISO 8601 in UTC
 */
export function inEffectAt(activations: readonly Activation[], at: string): Activation | undefined {
  let found: Activation | undefined;
  for (const activation of activations) {
    if (activation.withdrawnAt !== undefined || activation.from > at) continue;
    if (!found || activation.from > found.from || (activation.from === found.from && activation.seq > found.seq))
      found = activation;
  }
  return found;
}
