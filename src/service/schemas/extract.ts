/** An extract as it is shown. */
import { type Static, Type } from 'typebox';
import { JOB_STATUSES } from '#publishing/job';
import type { ExtractJob } from '#store/store';
import { Next } from './page.ts';

export const Extract = Type.Object(
  {
    id: Type.String(),
    status: Type.String({ enum: [...JOB_STATUSES] }),
    progress: Type.Number({ minimum: 0, maximum: 1 }),
    request: Type.Ref('ExtractRequest'),
    runDate: Type.String({ description: 'CCYYMMDD' }),
    columns: Type.String(),
    rulebook: Type.String({
      description:
        'SHA-256 of the version that was asked for; else of the rulebook in force when it was requested, and once it is begun, of that with which it is made',
    }),
    requestedAt: Type.String({ format: 'date-time' }),
    finishedAt: Type.Optional(Type.String({ format: 'date-time' })),
    rows: Type.Optional(Type.Integer()),
    bytes: Type.Optional(Type.Integer()),
    sha256: Type.Optional(Type.String({ description: 'Of the bytes of the file' })),
    snapshot: Type.Optional(
      Type.Integer({ description: 'The records are those of the store as it was after the upload with this number' }),
    ),
    failure: Type.Optional(Type.String({ description: 'Why it failed' })),
    links: Type.Object(
      {
        self: Type.String(),
        file: Type.Optional(Type.String()),
        rows: Type.Optional(Type.String()),
        trace: Type.Optional(Type.String()),
        manifest: Type.Optional(Type.String()),
      },
      { additionalProperties: false, description: 'All but the first once it is complete' },
    ),
  },
  { $id: 'Extract', additionalProperties: false },
);
export type Extract = Static<typeof Extract>;

export const Extracts = Type.Object(
  { extracts: Type.Array(Type.Ref('Extract')), next: Next },
  { additionalProperties: false, description: 'Extracts, latest first' },
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
    progress,
    ...job,
    request: request as Extract['request'],
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
