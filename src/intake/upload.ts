/** An upload: the files that came in as one, and what became of their lines. */
import type { Counts } from './apply.ts';

export interface InputFile {
  /** As the sender calls it; shown in reports, decides nothing. */
  readonly name: string;
  /** Where its bytes are. */
  readonly path: string;
}

/** One upload: one or several files, loaded as a whole or not at all. */
export interface Upload {
  readonly id: string;
  /** The LEA whose records these are; `all` for a county or the state. */
  readonly sender: string;
  /** When it arrived, ISO 8601 in UTC. */
  readonly receivedAt: string;
  /** CCYYMMDD: Upload Date and Last Date Updated of plain records it brought. */
  readonly loadDay: string;
  readonly files: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
  /** linesRead = counts.stored + counts.updated + counts.deleted + counts.rejected. Blank lines are not lines read. */
  readonly linesRead: number;
  readonly blankLines: number;
  readonly counts: Counts;
  /** Problems by code, of both severities. */
  readonly problemCounts: Readonly<Record<string, number>>;
  readonly rulebookHash: string;
}

/** An upload as part of a snapshot. */
export interface StoredUpload {
  readonly seq: number;
  readonly id: string;
  /** As in `Upload`. */
  readonly sender: string;
  readonly files: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
}
