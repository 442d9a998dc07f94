/** An upload as it is shown. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { Upload as Stored } from '#intake/upload';
import { Next } from './page.ts';
import { renamed } from './renamed.ts';

export const Upload = Type.Object(
  {
    ...renamed(Stored, { rulebookHash: 'rulebook' }).properties,
    links: Type.Object({ self: Type.String(), problems: Type.String() }, closed),
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
  return { ...upload, rulebook: rulebookHash, links: { self, problems: `${self}/problems` } };
}
