/** A reconciliation asked for over REST: the state's own file against the records, made when its turn comes. */
import { Type } from 'typebox';
import { closed, moment, type Shape } from '#base/shape';
import type { Encoding } from '#intake/lines';
import { type JobWork, jobProperties } from '#publishing/job';
import type { LEAScope } from '#records/scope';

const { status, progress, request, runDate, snapshot, failure } = jobProperties;
const sentences = (description: string) => Type.Array(Type.String(), { description });
const count = (description: string) => Type.Integer({ minimum: 0, description });

export const ReconciliationCounts = Type.Object(
  {
    read: count('Rows of their file: same + changed + nearest + onlyTheirs + unreadable'),
    unreadable: count('Lines that are no row'),
    ours: count('Rows of our extract'),
    same: count('Rows of both that say the same'),
    changed: count('Rows of both that differ'),
    onlyDays: count('Of those that are the same: rows that differ in the days on which each side took a record in'),
    nearest: count('Rows that were matched with the nearest of the same student'),
    onlyTheirs: count('Rows that only their file has'),
    onlyOurs: count('Rows that only our extract has'),
  },
  closed,
);

export const ReconciliationJob = Type.Object(
  {
    id: Type.String(),
    status,
    progress,
    file: Type.String({ description: 'The name of their file' }),
    request,
    requestBecause: sentences('What speaks for the request where nobody gave it; none where it was given'),
    runDate,
    runDateBecause: sentences('What speaks for the run date; none where it was given'),
    rulebookHash: Type.String({ description: 'SHA-256 of the rulebook that our rows are made with' }),
    requestedAt: moment('When it was requested'),
    finishedAt: Type.Optional(moment('When it ended')),
    counts: Type.Optional(ReconciliationCounts),
    clusters: Type.Optional(Type.Integer({ description: 'How many causes there are, those without a single one too' })),
    corrections: Type.Optional(Type.Integer({ description: 'How many correction files were drafted' })),
    snapshot,
    failure,
  },
  closed,
);
/** A job that survives a restart. */
export interface ReconciliationJob extends Shape<typeof ReconciliationJob>, JobWork {
  readonly reportingLEAs: LEAScope;
  /** Where their file is, below the folder of the job. */
  readonly at: string;
  readonly encoding: Encoding;
  /** The key or person who gets an e-mail when it has ended. */
  readonly mailTo?: string;
}
