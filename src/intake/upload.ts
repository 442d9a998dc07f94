/** An upload: the files that came in as one, and what became of their lines. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';

export interface InputFile {
  /** As the sender calls it; shown in reports, decides nothing. */
  readonly name: string;
  /** Where its bytes are. */
  readonly path: string;
  /**
   * What the sender says its records are: lines whose field 1 is no record type are read as lines of this type that
   * begin with their second field.
   */
  readonly recordType?: string | undefined;
}

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Upload = Type.Object(
  {
    id: Type.String(),
    sender: Type.String({ description: 'The LEA whose records these are, several with commas between them, or "all"' }),
    /** In UTC. */
    receivedAt: Type.String({ format: 'date-time' }),
    loadDay: Type.String({ description: 'CCYYMMDD: the Upload Date and Last Date Updated of its plain records' }),
    files: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          sha256: Type.String({ description: 'Of the bytes that were sent' }),
          bytes: count('Bytes that were sent'),
        },
        closed,
      ),
    ),
    references: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ description: 'Of the file' }),
            reference: Type.String({ description: 'What it is, as schemas/references names it' }),
            rows: count('Its rows'),
            sha256: Type.String({ description: 'Of the bytes that were sent' }),
            bytes: count('Bytes that were sent'),
          },
          closed,
        ),
        { description: 'Reference files, which belong to no student; the rules look into them from then on' },
      ),
    ),
    notMade: Type.Optional(
      Type.Array(Type.Object({ codes: Type.Array(Type.String()), message: Type.String() }, closed), {
        description: 'Checks that were not made, and why: a reference file is not loaded',
      }),
    ),
    linesRead: count('Lines: blankLines + added + replaced + deleted + notUsed + rejected'),
    blankLines: count('Blank lines and lines of column names; they are skipped'),
    counts: Type.Object(
      {
        added: count('New records'),
        replaced: count('Records that replaced one with the same key'),
        deleted: count('Records deleted'),
        notUsed: count('Records of a type that CALPADS knows and the extract does not use; they are passed over'),
        rejected: count('Records not stored; see the problems'),
      },
      closed,
    ),
    assigned: Type.Optional(
      Type.Object(
        {
          drawn: count('SSIDs that were new'),
          before: count('Records whose student had been given an SSID before, or by a line above'),
          joined: count('Records of earlier uploads that waited for an SSID and joined their students'),
        },
        { ...closed, description: 'Where the upload was asked to assign SSIDs: what became of blank ones' },
      ),
    ),
    problemCounts: Type.Record(Type.String(), Type.Integer(), {
      description: 'Problems by code, rejections and warnings',
    }),
    rulebookHash: Type.String({ description: 'SHA-256 of the rulebook that checked the records' }),
  },
  closed,
);
/** One upload: one or several files, loaded as a whole or not at all. */
export type Upload = Shape<typeof Upload>;

/** An upload as part of a snapshot. */
export interface StoredUpload extends Pick<Upload, 'id' | 'sender' | 'files'> {
  readonly seq: number;
}
