/** A search for anomalies asked for over REST, made when its turn comes. */
import { Type } from 'typebox';
import { closed, moment, type Shape } from '#base/shape';
import { type JobWork, jobProperties } from '#publishing/job';
import type { LEAScope } from '#records/scope';

const { status, progress, snapshot, runDate, failure } = jobProperties;

export const AnomalySearchJob = Type.Object(
  {
    id: Type.String(),
    status,
    progress,
    runDate,
    rulebookHash: Type.String({ description: 'SHA-256 of the rulebook that it is made with' }),
    requestedAt: moment('When it was requested'),
    finishedAt: Type.Optional(moment('When it ended')),
    sinceLast: Type.Optional(
      Type.Boolean({ description: 'Whether only the students were looked at who changed since the last search' }),
    ),
    snapshot,
    failure,
  },
  closed,
);
/** A job that survives a restart. */
export interface AnomalySearchJob extends Shape<typeof AnomalySearchJob>, JobWork {
  /** Of whoever asks: the whole store is searched. */
  readonly reportingLEAs: LEAScope;
  readonly by: string;
}
