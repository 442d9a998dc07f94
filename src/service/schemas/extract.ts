/** An extract as it is shown. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { withoutWork } from '#publishing/job';
import type { Delivery } from '#store/delivery';
import { ExtractJob } from '#store/extract-job';
import { Deliveries, shownDeliveries } from './deliveries.ts';
import { Next } from './page.ts';
import { Percent, percentOf } from './percent.ts';
import { renamed } from './renamed.ts';

export const Extract = Type.Object(
  {
    ...renamed(ExtractJob, { rulebookHash: 'rulebook' }).properties,
    progress: Percent,
    emailWhenDone: Type.Optional(Type.Boolean({ description: 'Whether an e-mail says when it has ended' })),
    deliveries: Deliveries,
    links: Type.Object(
      {
        self: Type.String(),
        file: Type.Optional(Type.String()),
        rows: Type.Optional(Type.String()),
        trace: Type.Optional(Type.String()),
        manifest: Type.Optional(Type.String()),
      },
      { ...closed, description: 'All but the first exist when the extract is complete' },
    ),
  },
  { $id: 'Extract', ...closed },
);
export type Extract = Shape<typeof Extract>;

export const Extracts = Type.Object(
  { extracts: Type.Array(Type.Ref('Extract')), next: Next },
  { additionalProperties: false, description: 'List extracts, newest first' },
);

/**
 * @param job as stored
 * @param deliveries what was told of it, where that is shown
 */
export function shownExtract(job: ExtractJob, deliveries: readonly Delivery[] = []): Extract {
  const {
    reportingLEAs: _,
    rulebookAsked: _asked,
    mailTo,
    id,
    name,
    status,
    progress,
    rulebookHash,
    request,
    ...more
  } = job;
  const self = `/v1/extracts/${id}`;
  return {
    id,
    ...(name !== undefined && { name }),
    status,
    progress: percentOf(progress),
    ...withoutWork(more),
    request,
    rulebook: rulebookHash,
    ...(mailTo !== undefined && { emailWhenDone: true }),
    ...shownDeliveries(deliveries),
    links: {
      self,
      ...(status === 'Complete' && {
        file: `${self}/file`,
        rows: `${self}/rows`,
        trace: `${self}/trace`,
        manifest: `${self}/manifest`,
      }),
    },
  };
}
