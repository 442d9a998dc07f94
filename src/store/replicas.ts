/**
 * Processes that share a store beside each other (docs/decisions/0028-replicas.md). What one of them holds, such as a job
 * that it makes, is free for the others once it is not there any more.
 */
import type { JobStatus } from '#publishing/job';
import type { JobKind } from './kinds.ts';

/** What another process changed. */
export type Told =
  | { readonly about: 'job'; readonly kind: JobKind; readonly id: string; readonly status: JobStatus }
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

export interface Replicas {
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
