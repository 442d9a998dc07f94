/** Jobs that are kept until somebody makes them: what they have in common, and the impact report as one of them. */
import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import type { LEAScope } from '#records/scope';
import { ImpactNumbers } from './impact-numbers.ts';
import { Person } from './person.ts';

export const JobStatus = oneOf(['Pending', 'Processing', 'Complete', 'Failed', 'Cancelled']);
export type JobStatus = Shape<typeof JobStatus>;

/** What a job of every kind has. */
export const jobProperties = {
  status: JobStatus,
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  /** As sent; its reportingLEAs decide who may see the job. */
  request: Type.Ref('ExtractRequest'),
  runDate: Type.String({ description: 'CCYYMMDD' }),
  /** Absent until the job begins. */
  snapshot: Type.Optional(Type.Integer({ description: 'The store as it was after the upload with this number' })),
  /** For people; no student data. */
  failure: Type.Optional(Type.String({ description: 'Why it failed' })),
};
const { status, progress, request, runDate, snapshot, failure } = jobProperties;

export const ImpactJob = Type.Object(
  {
    id: Type.String(),
    /** Its id. */
    draft: Type.String(),
    status,
    progress,
    hash: Type.String({ description: "SHA-256 of the draft's files that it is about" }),
    against: Type.String({
      description: 'SHA-256 of the version that they are compared with: the one that the draft was made from',
    }),
    request,
    runDate,
    snapshot,
    requestedAt: moment('When it was requested'),
    by: Person,
    changed: Type.Optional(
      Type.Integer({ description: 'How many values differ, including rows that appear or disappear' }),
    ),
    numbers: Type.Optional(ImpactNumbers),
    finishedAt: Type.Optional(moment('When it ended')),
    failure,
  },
  closed,
);
/** What is kept of a job of every kind for whoever makes it, and shown to nobody. */
export interface JobWork {
  /** How often it was begun. Whoever changes it does so as the one who began it last. */
  readonly attempt?: number;
  /** Somebody asked that it be canceled while it was made elsewhere. */
  readonly cancelAsked?: true;
  /**
   * The request that asks is answered when it is made. If the process that answers dies before that, nobody was told,
   * and it is given up.
   */
  readonly isAwaited?: true;
  /** The process that answers, where several share a store. */
  readonly awaitedBy?: string;
  /** Of one that failed while somebody waited: the code of the refusal. */
  readonly refusedAs?: string;
}

/** Whether nothing becomes of a job any more. */
export const isOver = ({ status }: Pick<Job, 'status'>): boolean => status !== 'Pending' && status !== 'Processing';

/** A job as it is shown: without what is kept for whoever makes it. */
export const withoutWork = <J extends JobWork>(job: J): Omit<J, keyof JobWork> => {
  const {
    attempt: _attempt,
    cancelAsked: _cancel,
    isAwaited: _awaited,
    awaitedBy: _by,
    refusedAs: _as,
    ...shown
  } = job;
  return shown;
};

/** An impact report asked for over REST: a job that survives a restart. */
export interface ImpactJob extends Shape<typeof ImpactJob>, JobWork {
  readonly reportingLEAs: LEAScope;
}

/** What is asked for now and made later, whatever it is. Its reportingLEAs decide who may see it. */
export type Job = Pick<
  ImpactJob,
  'id' | 'reportingLEAs' | 'snapshot' | 'requestedAt' | 'status' | 'progress' | 'finishedAt' | 'failure'
> &
  JobWork;
