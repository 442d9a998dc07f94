/** Requests for SSIDs sent over REST: matched with the students of the store when their turn comes. */
import { Type } from 'typebox';
import { closed, moment, type Shape } from '#base/shape';
import type { Encoding } from '#intake/lines';
import { type JobWork, jobProperties } from '#publishing/job';
import type { LEAScope } from '#records/scope';

const { status, progress, snapshot, failure } = jobProperties;
const count = (description: string) => Type.Integer({ minimum: 0, description });

export const MatchingJob = Type.Object(
  {
    id: Type.String(),
    status,
    progress,
    file: Type.String({ description: 'The name of the file of requests' }),
    waiting: Type.Optional(
      Type.Literal(true, { description: 'Whether the requests are records of the store that wait for an SSID' }),
    ),
    sender: Type.String({ description: 'The LEA that asks, several with commas between them, or "all"' }),
    rulebookHash: Type.String({ description: 'SHA-256 of the rulebook whose parameters score candidates' }),
    requestedAt: moment('When it was requested'),
    finishedAt: Type.Optional(moment('When it ended')),
    requests: Type.Optional(count('Students without an SSID')),
    withoutCandidate: Type.Optional(count('Of these: without a candidate')),
    candidates: Type.Optional(count('Candidates, of all requests')),
    snapshot,
    failure,
  },
  closed,
);
/** A job that survives a restart. */
export interface MatchingJob extends Shape<typeof MatchingJob>, JobWork {
  readonly reportingLEAs: LEAScope;
  /** Where the file is, below the folder of the job. */
  readonly at: string;
  readonly encoding: Encoding;
}
