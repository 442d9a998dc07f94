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

/** An activation that does not take effect, and the version that stays in effect in its place. */
export interface HeldBack {
  readonly activation: Activation;
  /** Hash of what is, or will be, in effect at its moment. */
  readonly over: string;
}

/**
 * Activations in the order in which they take effect: by `from`; of several at once, the one made last. A scheduled
 * version takes effect only on top of the version that it was made from: what was published or restored since, it would
 * undo unseen. It is held back then.
 */
function course(activations: readonly Activation[], at: string): { current?: Activation; held: HeldBack[] } {
  const inOrder = activations
    .filter(({ withdrawnAt, from }) => withdrawnAt === undefined && from <= at)
    .sort((a, b) => (a.from === b.from ? a.seq - b.seq : a.from < b.from ? -1 : 1));
  const held: HeldBack[] = [];
  let current: Activation | undefined;
  for (const activation of inOrder) {
    const { base, from, createdAt } = activation;
    const isOnTop = base === undefined || from <= createdAt || current === undefined || current.hash === base;
    if (isOnTop) current = activation;
    else held.push({ activation, over: (current as Activation).hash });
  }
  return { ...(current && { current }), held };
}

/**
 * What is in effect at a moment: of the activations that are not withdrawn or held back and whose `from` has come, the
 * one with the latest `from`; of several, the one made last.
 * @param at ISO 8601 in UTC
 */
export const inEffectAt = (activations: readonly Activation[], at: string): Activation | undefined =>
  course(activations, at).current;

/** After all that is scheduled. */
const IN_THE_END = '9999';

/** The activations that did not take effect at their moment, or will not as things are. */
export const heldBack = (activations: readonly Activation[]): HeldBack[] => course(activations, IN_THE_END).held;

/**
 * What a change of the rules may be made from: the version in effect, and those that are scheduled and not held back.
 * @param at the present moment, ISO 8601 in UTC
 */
export function basesAt(activations: readonly Activation[], at: string): string[] {
  const held = new Set(heldBack(activations).map(({ activation }) => activation.seq));
  const scheduled = activations.filter(
    ({ seq, from, withdrawnAt }) => from > at && withdrawnAt === undefined && !held.has(seq),
  );
  const now = inEffectAt(activations, at);
  return [...(now ? [now] : []), ...scheduled].map(({ hash }) => hash);
}
