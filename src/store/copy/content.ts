/** What a store holds, as it is copied. */
import type { KeptRecord } from '#records/block/write';
import type { CopiedRow, CopiedTable } from './tables.ts';

/** A student as it is, or as it was up to before an upload. */
export interface CopiedStudent {
  /** The SSID as a number. */
  readonly number: number;
  readonly changed: number;
  /** Ascending. */
  readonly leas: readonly string[];
  readonly records: readonly KeptRecord[];
}

export interface CopiedFormer extends CopiedStudent {
  readonly until: number;
}

/** One state of a store. */
export interface CopySource {
  rows(table: CopiedTable): AsyncIterable<readonly CopiedRow[]>;
  /** In ascending order of SSID. */
  students(): AsyncIterable<readonly CopiedStudent[]>;
  /** Those that come together have one `until`, and are in ascending order of SSID. */
  formers(): AsyncIterable<readonly CopiedFormer[]>;
  close(): Promise<void>;
}

/** An empty store that is filled: all of it is there after `finish`, or nothing. */
export interface CopyTarget {
  add(table: CopiedTable, rows: readonly CopiedRow[]): Promise<void>;
  addStudents(students: readonly CopiedStudent[]): Promise<void>;
  addFormers(formers: readonly CopiedFormer[]): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}
