/** Jobs that are kept until somebody makes them: their states, and the impact report as one of them. */

import type { LEAScope } from '#records/scope';
import type { Person } from './person.ts';

export const JOB_STATUSES = ['Pending', 'Processing', 'Complete', 'Failed', 'Cancelled'] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

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
  readonly status: JobStatus;
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
