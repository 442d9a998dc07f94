/** An upload as it is shown. */
import { type Static, Type } from 'typebox';
import type { Upload as StoredUpload } from '#intake/upload';
import { Next } from './page.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Upload = Type.Object(
  {
    id: Type.String(),
    sender: Type.String({ description: 'The LEA whose records these are, or "all"' }),
    receivedAt: Type.String({ format: 'date-time' }),
    loadDay: Type.String({ description: 'CCYYMMDD: Upload Date and Last Date Updated of plain records it brought' }),
    files: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          sha256: Type.String({ description: 'Of the bytes as sent' }),
          bytes: count('Bytes as sent'),
        },
        { additionalProperties: false },
      ),
    ),
    linesRead: count('Lines, blank ones aside: stored + updated + deleted + rejected'),
    blankLines: count('Blank lines, skipped'),
    counts: Type.Object(
      {
        stored: count('New records'),
        updated: count('Records that took the place of one with the same key'),
        deleted: count('Records taken out'),
        rejected: count('Records not stored; the problems say why'),
      },
      { additionalProperties: false },
    ),
    problemCounts: Type.Record(Type.String(), Type.Integer(), { description: 'Problems by code, of both severities' }),
    rulebook: Type.String({ description: 'SHA-256 of the rulebook whose checks were made' }),
    links: Type.Object({ self: Type.String(), problems: Type.String() }, { additionalProperties: false }),
  },
  { $id: 'Upload', additionalProperties: false },
);
export type Upload = Static<typeof Upload>;

export const Uploads = Type.Object(
  { uploads: Type.Array(Type.Ref('Upload')), next: Next },
  { additionalProperties: false, description: 'Uploads, latest first' },
);

/** @param upload as stored */
export function shownUpload({ rulebookHash, ...upload }: StoredUpload): Upload {
  const self = `/v1/uploads/${upload.id}`;
  return { ...upload, files: [...upload.files], rulebook: rulebookHash, links: { self, problems: `${self}/problems` } };
}
