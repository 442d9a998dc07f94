/** Jobs that are kept until somebody makes them: their states, and the impact report as one of them. */

import type { LEAScope } from '#records/scope';
import type { Person } from './person.ts';

export const JOB_STATUSES = ['Pending', 'Processing', 'Complete', 'Failed', 'Cancelled'] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

/** What is asked for now and made later, whatever it is: a job survives a restart. */
export interface Job {
  readonly id: string;
  /** They decide who may see the job. */
  readonly reportingLEAs: LEAScope;
  /** The number of the upload after which the store is read; absent until the job begins. */
  readonly snapshot?: number;
  /** ISO 8601 in UTC */
  readonly requestedAt: string;
  readonly status: JobStatus;
  /** 0 to 1. */
  readonly progress: number;
  readonly finishedAt?: string;
  /** Why it failed, for people; no student data. */
  readonly failure?: string;
}

/** An impact report asked for over REST. */
export interface ImpactJob extends Job {
  /** Id of the draft. */
  readonly draft: string;
  /** Hash of the draft's files that it is about, and of the version they are compared with. */
  readonly hash: string;
  readonly against: string;
  /** The request as sent, `ExtractRequest`. */
  readonly request: unknown;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly by: Person;
  /** How many values differ, rows that appear or disappear included. */
  readonly changed?: number;
  /** How many students it is about; absent until it is known. */
  readonly students?: number;
}
