/** An SSID extract or Replacement SSID extract asked for over REST, made when its turn comes. */
import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import { type JobWork, jobProperties } from '#publishing/job';
import type { LEAScope } from '#records/scope';

const { status, progress, snapshot, runDate, failure } = jobProperties;

export const SSIDExtractJob = Type.Object(
  {
    id: Type.String(),
    list: oneOf(['ssids', 'replacements'], {
      description:
        'ssids: those enrolled on a day, with their SSIDs; replacements: retired SSIDs, and what replaces them',
    }),
    asOf: Type.Optional(Type.String({ description: 'Of ssids: the day, CCYYMMDD' })),
    reportingLEA: Type.String({ description: 'Whose students, several with commas between them, or "all"' }),
    status,
    progress,
    runDate,
    rulebookHash: Type.String({ description: 'SHA-256 of the rulebook that it is made with' }),
    requestedAt: moment('When it was requested'),
    finishedAt: Type.Optional(moment('When it ended')),
    rows: Type.Optional(Type.Integer({ minimum: 0, description: 'Its lines' })),
    sha256: Type.Optional(Type.String({ description: 'Of its text' })),
    snapshot,
    failure,
  },
  closed,
);
/** A job that survives a restart. */
export interface SSIDExtractJob extends Shape<typeof SSIDExtractJob>, JobWork {
  readonly reportingLEAs: LEAScope;
}
