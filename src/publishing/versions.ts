/**
 * Versions of the rulebook and drafts of the next one, as plain data. A version is the whole of `rules/` and `schemas/` under its SHA-256 and never changes. What
 * changes is which version is in force, and that is a list that only grows: every entry says from when, by whom, approved by whom and why.
 */
import type { RulebookJson } from '#rulebook/load/declarations';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { ExtractStatus, LEAScope } from '#store/store';

/** Somebody who acts with an API key. Keys with one name are one person's: who lost a key gets another under the same name. */
export interface Person {
  readonly keyId: string;
  /** The name of the key. */
  readonly name: string;
}

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

export type DraftState = 'draft' | 'submitted' | 'approved' | 'published' | 'deleted';

/** The check of a draft's files: counts of findings by severity, of examples, and the hash of the files they are about. */
export interface DraftCheck {
  readonly hash: string;
  readonly at: string;
  readonly errors: number;
  readonly warnings: number;
  readonly examples: number;
  readonly examplesFailed: number;
}

/** An impact report asked for over REST: a job that survives a restart. */
export interface ImpactJob {
  readonly id: string;
  /** Id of the draft. */
  readonly draft: string;
  /** Hash of the draft's files that it is about, and of the version they are compared with. */
  readonly hash: string;
  readonly against: string;
  /** The request as sent, `ExtractRequest`; its reportingLEAs decide who may see the job. */
  readonly request: unknown;
  readonly reportingLEAs: LEAScope;
  /** CCYYMMDD */
  readonly runDate: string;
  /** The number of the upload after which the store is read; absent until it is. */
  readonly snapshot?: number;
  /** ISO 8601 in UTC */
  readonly requestedAt: string;
  readonly by: Person;
  readonly status: ExtractStatus;
  /** 0 to 1. */
  readonly progress: number;
  /** How many values differ, rows that appear or disappear included. */
  readonly changed?: number;
  /** How many students it is about; absent until it is known. */
  readonly students?: number;
  readonly finishedAt?: string;
  /** Why it failed, for people; no student data. */
  readonly failure?: string;
}

/** An impact report that somebody looked at. */
export interface ImpactSeen {
  /** Hash of the draft's files that it is about, and of the version they were compared with. */
  readonly hash: string;
  readonly against: string;
  readonly impact: string;
  /** How many students it is about. */
  readonly students?: number;
  readonly by: Person;
  readonly at: string;
}

/** Who sent a draft back to be worked on, when, and why. */
export interface Reopened extends Person {
  readonly at: string;
  /** Empty when nothing was said. */
  readonly why: string;
}

/** A changed copy of a version, on its way to become the next one. */
export interface Draft {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  /** Hash of the version it was made from. */
  readonly from: string;
  /** Hash of its files as they are now. */
  readonly hash: string;
  /** Moves with every change of anything here: the ETag. Counted from 1. */
  readonly revision: number;
  readonly state: DraftState;
  readonly author: Person;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly submittedAt?: string;
  /** The last time it was sent back. */
  readonly reopened?: Reopened;
  readonly approvals: readonly (Person & { readonly at: string })[];
  readonly checked?: DraftCheck;
  readonly impactSeen?: ImpactSeen;
  /** Number of the entry by which it takes or took force. */
  readonly publishedAs?: number;
}

/** A draft with its files, in ascending order of path. */
export interface DraftWithTexts extends Draft {
  readonly texts: RulebookTexts;
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
 * What is in force at a moment: of the entries that are not withdrawn and whose `from` has come, the one with the latest `from`; of several, the one entered last.
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
