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

export interface Replicas {
  /** This process among them: of letters that nobody else has. */
  readonly own: string;
  /**
   * Says that this process is there for so many milliseconds more, by the clock of the database.
   * @returns the kinds of which there is a job to take
   */
  beat(ms: number): Promise<readonly JobKind[]>;
  /** Whether a process is there. */
  isThere(id: string): Promise<boolean>;
  /**
   * Hears what others, and this process itself, change from now on.
   * @returns ends it
   */
  watch(hear: (told: Told) => void): Promise<() => Promise<void>>;
}
