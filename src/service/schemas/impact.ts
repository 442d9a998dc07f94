/** Impact reports asked for over REST, as they are shown. */
import { Type } from 'typebox';
import type { ImpactReport } from '#authoring/impact/report';
import { closed, moment, type Shape } from '#base/shape';
import type { ImpactJob } from '#publishing/job';
import { JOB_STATUSES } from '#publishing/job';
import { Person } from '#publishing/person';
import { draftLink } from './draft.ts';
import { extractRequestProperties, runDate } from './extract-request.ts';

export const NewImpact = Type.Object(
  {
    request: Type.Object(extractRequestProperties, {
      additionalProperties: false,
      description: 'Whose rows, and for which days',
    }),
    runDate,
  },
  { $id: 'NewImpact', additionalProperties: false },
);

export const Impact = Type.Object(
  {
    id: Type.String(),
    draft: Type.String(),
    status: Type.String({ enum: [...JOB_STATUSES] }),
    progress: Type.Number({ minimum: 0, maximum: 1 }),
    rulebook: Type.String({ description: "SHA-256 of the draft's files that it is about" }),
    against: Type.String({
      description: 'SHA-256 of the version they are compared with: the one in force when the report was begun',
    }),
    request: Type.Ref('ExtractRequest'),
    runDate: Type.String({ description: 'CCYYMMDD' }),
    snapshot: Type.Optional(
      Type.Integer({ description: 'The records are those of the store as it was after the upload with this number' }),
    ),
    requestedAt: moment('When it was asked for'),
    by: Person,
    changed: Type.Optional(
      Type.Integer({ description: 'How many values differ, rows that appear or disappear included' }),
    ),
    students: Type.Optional(
      Type.Integer({
        description: 'How many students it is about; a report about none does not count as having looked',
      }),
    ),
    finishedAt: Type.Optional(moment('When it came to its end')),
    failure: Type.Optional(Type.String({ description: 'Why it failed' })),
    report: Type.Optional(
      Type.Unsafe<ImpactReport>(
        Type.Record(Type.String(), Type.Unknown(), {
          description: 'Once it is complete, and only here, not in lists: counts, samples and reasons',
        }),
      ),
    ),
    links: Type.Object({ self: Type.String(), changes: Type.Optional(Type.String()) }, closed),
  },
  { $id: 'Impact', ...closed },
);
export type Impact = Shape<typeof Impact>;

export const Impacts = Type.Object(
  { impacts: Type.Array(Type.Ref('Impact')) },
  { additionalProperties: false, description: 'Impact reports, latest first' },
);

export const ImpactParams = Type.Object(
  { id: Type.String({ maxLength: 128 }), impactId: Type.String({ maxLength: 128 }) },
  { additionalProperties: false },
);

export const impactLink = ({ id, draft }: Pick<ImpactJob, 'id' | 'draft'>): string =>
  `${draftLink(draft)}/impact/${id}`;

/** @param report of a complete one */
export function shownImpact({ reportingLEAs: _, hash, request, ...job }: ImpactJob, report?: ImpactReport): Impact {
  const self = impactLink(job);
  return {
    ...job,
    rulebook: hash,
    request,
    ...(report && { report }),
    links: { self, ...(job.status === 'Complete' && { changes: `${self}/changes` }) },
  };
}
