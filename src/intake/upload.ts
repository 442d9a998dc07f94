/** An upload: the files that came in as one, and what became of their lines. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';

export interface InputFile {
  /** As the sender calls it; shown in reports, decides nothing. */
  readonly name: string;
  /** Where its bytes are. */
  readonly path: string;
}

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Upload = Type.Object(
  {
    id: Type.String(),
    sender: Type.String({ description: 'The LEA whose records these are, or "all"' }),
    /** In UTC. */
    receivedAt: Type.String({ format: 'date-time' }),
    loadDay: Type.String({ description: 'CCYYMMDD: Upload Date and Last Date Updated of plain records it brought' }),
    files: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          sha256: Type.String({ description: 'Of the bytes as sent' }),
          bytes: count('Bytes as sent'),
        },
        closed,
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
      closed,
    ),
    problemCounts: Type.Record(Type.String(), Type.Integer(), { description: 'Problems by code, of both severities' }),
    rulebookHash: Type.String({ description: 'SHA-256 of the rulebook whose checks were made' }),
  },
  closed,
);
/** One upload: one or several files, loaded as a whole or not at all. */
export type Upload = Shape<typeof Upload>;

/** An upload as part of a snapshot. */
export interface StoredUpload extends Pick<Upload, 'id' | 'sender' | 'files'> {
  readonly seq: number;
}
