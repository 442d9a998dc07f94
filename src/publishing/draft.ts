/** A draft of the next version of the rulebook, as plain data: its files, its state, who acted on it. */

import type { RulebookTexts } from '#rulebook/load/texts';
import type { Person } from './person.ts';

export type DraftState = 'draft' | 'submitted' | 'approved' | 'published' | 'deleted';

/**
 * The check of a draft's files: counts of findings by severity, of examples, and the hash of the files they are about.
 */
export interface DraftCheck {
  readonly hash: string;
  readonly at: string;
  readonly errors: number;
  readonly warnings: number;
  readonly examples: number;
  readonly examplesFailed: number;
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

export interface WorkflowSettings {
  /** How many people must approve a draft, the author not counted. */
  readonly approvals: 1 | 2;
}

/** What a step changes; keys that are `undefined` are taken out. */
export type DraftChanges = { readonly [K in keyof DraftWithTexts]?: DraftWithTexts[K] | undefined };

/** A draft after a step, with the next revision. */
export function changed(draft: DraftWithTexts, at: string, changes: DraftChanges): DraftWithTexts {
  const next = { ...draft, ...changes, revision: draft.revision + 1, changedAt: at };
  return Object.fromEntries(
    Object.entries(next).filter(([, value]) => value !== undefined),
  ) as unknown as DraftWithTexts;
}
