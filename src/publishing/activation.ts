/**
 * Which version of the rulebook is in force, as plain data. A version is the whole of `rules/` and `schemas/` under its
 * SHA-256 and never changes. What changes is which version is in force, and that is a list that only grows: every entry
 * says from when, by whom, approved by whom and why.
 */

import type { RulebookJson } from '#rulebook/load/declarations';
import type { Person } from './person.ts';

/** A rulebook taking force. */
export interface TookForce {
  /** Numbered from 1 in the order in which they were entered. */
  readonly seq: number;
  readonly hash: string;
  /** The moment from which on it is in force, ISO 8601 in UTC; it may be yet to come. */
  readonly from: string;
  /** `files`: the service was started with them, or they changed in the folder it watches. */
  readonly how: 'files' | 'published' | 'restored';
  /** ISO 8601 in UTC */
  readonly enteredAt: string;
  /** Who published or restored it; absent for files. */
  readonly by?: Person;
  /** Who wrote the draft it was published from. */
  readonly author?: Person;
  readonly approvers?: readonly Person[];
  /** Why, in the words of the author, or of whoever restored it. */
  readonly reason?: string;
  /** Id of the draft it was published from. */
  readonly draft?: string;
  /** ISO 8601 in UTC: it was to take force later and was taken back before it did. */
  readonly withdrawnAt?: string;
}

/** A rulebook about to be entered; the store gives it its number. */
export type TakesForce = Omit<TookForce, 'seq' | 'withdrawnAt'>;

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
