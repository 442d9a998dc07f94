/** An extract as it is shown. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { ExtractJob } from '#store/extract-job';
import { Next } from './page.ts';
import { Percent, percentOf } from './percent.ts';
import { renamed } from './renamed.ts';

export const Extract = Type.Object(
  {
    ...renamed(ExtractJob, { rulebookHash: 'rulebook' }).properties,
    progress: Percent,
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

/** @param job as stored */
export function shownExtract({
  reportingLEAs: _,
  rulebookAsked: _asked,
  id,
  status,
  progress,
  rulebookHash,
  request,
  ...job
}: ExtractJob): Extract {
  const self = `/v1/extracts/${id}`;
  return {
    id,
    status,
    progress: percentOf(progress),
    ...job,
    request,
    rulebook: rulebookHash,
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
