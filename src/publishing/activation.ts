/**
 * Which version of the rulebook is in force, as plain data. A version is the whole of `rules/` and `schemas/` under its
 * SHA-256 and never changes. What changes is which version is in force, and that is a list that only grows: every entry
 * says from when, by whom, approved by whom and why.
 */

import type { RulebookJson } from '#rulebook/load/declarations';
import type { TookForce } from './took-force.ts';

/** A version as lists show it. */
export interface RulebookVersion {
  readonly hash: string;
  /** Of its `rules/rulebook.json`: name, version, publication (page and update date), day it was last compared. */
  readonly about: RulebookJson;
  /** ISO 8601 in UTC */
  readonly keptAt: string;
  /** When it took force, first entry first; empty for a version that was only used. */
  readonly force: readonly TookForce[];
}

/**
 * What somebody published or restored last, whatever files a service was started with since.
 * @param at ISO 8601 in UTC
 */
export const publishedAt = (entries: readonly TookForce[], at: string): TookForce | undefined =>
  inForceAt(
    entries.filter(({ how }) => how !== 'files'),
    at,
  );

/**
 * What is in force at a moment: of the entries that are not withdrawn and whose `from` has come, the one with the
 * latest `from`; of several, the one entered last.
 * @param at ISO 8601 in UTC
 */
export function inForceAt(entries: readonly TookForce[], at: string): TookForce | undefined {
  let found: TookForce | undefined;
  for (const entry of entries) {
    if (entry.withdrawnAt !== undefined || entry.from > at) continue;
    if (!found || entry.from > found.from || (entry.from === found.from && entry.seq > found.seq)) found = entry;
  }
  return found;
}
