/**
 * Processes that share a store beside each other (docs/decisions/0028-replicas.md). What one of them holds, such as a job
 * that it makes, is free for the others once it is not there any more.
 */
import type { JobStatus } from '#publishing/job';
import type { SSIDRange } from '#records/scope';
import type { JobKind } from './kinds.ts';

/** What another process changed. */
export type Told =
  | { readonly about: 'job'; readonly kind: JobKind; readonly id: string; readonly status: JobStatus }
  /** A part of an extract was made, or can be taken: one, or several from this one on. */
  | ({ readonly about: 'part'; readonly isMade: boolean } & PartName)
  /** An activation, or a reference file in use. */
  | { readonly about: 'rules' }
  /** Something may have been missed. */
  | { readonly about: 'anything' };

/** How often something was counted since its time began. */
export interface Counted {
  readonly name: string;
  readonly count: number;
  /** Milliseconds until its time is over, and counting begins anew. */
  readonly ms: number;
}

/** An attempt at an extract. */
export interface Attempt {
  /** The id of the extract. */
  readonly job: string;
  readonly attempt: number;
}

export interface PartName extends Attempt {
  /** Its place among the parts of the extract, from 0. */
  readonly n: number;
}

export interface Part extends PartName {
  readonly range: SSIDRange;
}

/** What is to be known of a part before it is put to the others. */
export type PartState = 'free' | 'held' | { readonly sha256: string };

/**
 * The parts that extracts under way are made in: ranges of SSIDs. Whoever has the job puts them in, and makes those that
 * nobody else takes. A part is free while it is not made and nobody who is there holds it. When the job ends, or somebody
 * else takes it, they are gone.
 */
export interface Parts {
  /**
   * Puts in the parts of an attempt, unless another has the job by now; those of attempts before are removed.
   * @param version of the program that may make them
   */
  add(of: Attempt, ranges: readonly SSIDRange[], version: string): Promise<void>;
  /** For whoever has the job: takes the first free part from `n` on and gives its place; `undefined` when there is none. */
  take(of: Attempt, n?: number): Promise<number | undefined>;
  /** `held` for a part that is not there any more: whoever waits for it has lost the job, and will be told. */
  look(part: PartName): Promise<PartState>;
  /** What was made of a part cannot be used: it is free again. */
  spoiled(part: PartName): Promise<void>;
  /**
   * For anybody else: takes the first free part of the oldest job.
   * @param version only parts for it
   * @param which only of this attempt, or of none of these
   */
  help(
    version: string,
    which: { readonly of?: Attempt; readonly except?: readonly Attempt[] },
  ): Promise<Part | undefined>;
  /** How many parts of an attempt are free. */
  left(of: Attempt): Promise<number>;
  /** Whether it was still this process's to make. */
  made(part: PartName, sha256: string): Promise<boolean>;
  /**
   * Whether it was still this process's to make.
   * @param hasFailed a part that failed twice is left to whoever has the job
   */
  giveBack(part: PartName, hasFailed: boolean): Promise<boolean>;
  /** Gives back all that this process holds of jobs that others have: for whoever is not sure what that is. */
  giveBackAll(): Promise<void>;
}

export interface Replicas {
  readonly parts: Parts;
  /** This process among them: of letters that nobody else has. */
  readonly own: string;
  /**
   * Says that this process is there for so many milliseconds more, by the clock of the database.
   * @returns the kinds of which there is a job to take
   */
  beat(ms: number): Promise<readonly JobKind[]>;
  /**
   * Adds what was counted here since it was last added. What time is left is that of whoever counted first.
   * @returns what all have counted, in any order
   */
  count(counted: readonly Counted[]): Promise<readonly Counted[]>;
  /**
   * Tells the others how far something is that this process does, or what came of it; in place of what was noted of it
   * before. It is not kept for good.
   */
  note(name: string, note: object, isOver: boolean): Promise<void>;
  /** What was noted last; `undefined` for nothing, and for what nobody does any more. */
  noted<T extends object>(name: string): Promise<T | undefined>;
  /** Whether a process is there. */
  isThere(id: string): Promise<boolean>;
  /**
   * Hears what others, and this process itself, change from now on.
   * @returns ends it
   */
  watch(hear: (told: Told) => void): Promise<() => Promise<void>>;
}
