/** Impact reports asked for over REST, as they are shown. */
import { Type } from 'typebox';
import type { ImpactReport } from '#authoring/impact/report';
import { closed, type Shape } from '#base/shape';
import { ImpactJob, withoutWork } from '#publishing/job';
import { draftLink } from './draft.ts';
import { extractRequestProperties, runDate } from './extract-request.ts';
import { Percent, percentOf } from './percent.ts';
import { renamed } from './renamed.ts';

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
    ...renamed(ImpactJob, { hash: 'rulebook' }).properties,
    progress: Percent,
    report: Type.Optional(
      Type.Unsafe<ImpactReport>(
        Type.Record(Type.String(), Type.Unknown(), {
          description: 'When it is complete, and not in lists: counts, samples and reasons',
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
  { additionalProperties: false, description: 'Impact reports, newest first' },
);

export const ImpactParams = Type.Object(
  { id: Type.String({ maxLength: 128 }), impactId: Type.String({ maxLength: 128 }) },
  { additionalProperties: false },
);

export const impactLink = ({ id, draft }: Pick<ImpactJob, 'id' | 'draft'>): string =>
  `${draftLink(draft)}/impact/${id}`;

/** @param report of a complete one */
export function shownImpact({ reportingLEAs: _, hash, ...job }: ImpactJob, report?: ImpactReport): Impact {
  const self = impactLink(job);
  return {
    ...withoutWork(job),
    progress: percentOf(job.progress),
    rulebook: hash,
    ...(report && { report }),
    links: { self, ...(job.status === 'Complete' && { changes: `${self}/changes` }) },
  };
}
