/** An upload as it is shown. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { broughtNothing, isEmpty } from '#intake/apply';
import { Upload as Stored } from '#intake/upload';
import { Next } from './page.ts';
import { renamed } from './renamed.ts';

const NONE_USED = {
  code: 'NO_RECORD_USED',
  message:
    'None of the records could be used: nothing was added, replaced or deleted. The counts and the problems of the upload say why.',
};
const NO_RECORD = {
  code: 'NO_RECORD',
  message:
    'There is no record in the files: they are empty, or hold only blank lines. Send the files with their records.',
};

export const Upload = Type.Object(
  {
    ...renamed(Stored, { rulebookHash: 'rulebook' }).properties,
    warnings: Type.Optional(
      Type.Array(
        Type.Object(
          { code: Type.String({ enum: [NONE_USED, NO_RECORD].map(({ code }) => code) }), message: Type.String() },
          closed,
        ),
        {
          description: 'What is wrong with the upload as a whole',
        },
      ),
    ),
    links: Type.Object({ self: Type.String(), problems: Type.String(), numbers: Type.Optional(Type.String()) }, closed),
  },
  { $id: 'Upload', ...closed },
);
export type Upload = Shape<typeof Upload>;

export const Uploads = Type.Object(
  { uploads: Type.Array(Type.Ref('Upload')), next: Next },
  { additionalProperties: false, description: 'List uploads, newest first' },
);

/** @param upload as stored */
export function shownUpload({ rulebookHash, ...upload }: Stored): Upload {
  const self = `/v1/uploads/${upload.id}`;
  return {
    ...upload,
    rulebook: rulebookHash,
    ...(broughtNothing(upload) && { warnings: [isEmpty(upload.counts) ? NO_RECORD : NONE_USED] }),
    links: { self, problems: `${self}/problems`, ...(upload.assigned && { numbers: `${self}/numbers` }) },
  };
}
