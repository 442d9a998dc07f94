/** What tells the rows of one student apart, and how a row is found by it. */
import { UserError } from '#base/user-error';
import type { SourceRecord } from '#records/record';
import type { Selection } from '#rulebook/tree/nodes';
import type { RecordReader } from './record-view.ts';

/** What tells the rows of a student apart: the reporting LEA, and school and grade as the selection has them. */
export interface RowKey {
  readonly reportingLEA: string;
  readonly school: string;
  readonly grade: string;
}

/** A row; its reporting LEA may be left out when school and grade say which. */
export type AskedRow = Omit<RowKey, 'reportingLEA'> & { readonly reportingLEA?: string };

/** Reads row keys off the enrollments that rows are made from. */
export class RowKeys {
  readonly #reader: RecordReader;
  /** The columns of the enrollment that have school and grade; blank when rows are not told apart by them. */
  readonly #school: string;
  readonly #grade: string;

  constructor(selection: Selection, reader: RecordReader) {
    this.#reader = reader;
    const [school = '', grade = ''] = selection.json.onePer.filter((key) => key !== 'ssid' && key !== 'reportingLEA');
    this.#school = school;
    this.#grade = grade;
  }

  /** @param row the enrollment that the row is made from */
  of(row: SourceRecord): RowKey {
    return {
      reportingLEA: this.#reader.value(row, 'reportingLEA'),
      school: this.#school && this.#reader.value(row, this.#school),
      grade: this.#grade && this.#reader.value(row, this.#grade),
    };
  }

  /**
   * The row asked for; `undefined` when none has this key.
   * @throws UserError when rows of several reporting LEAs have it; the message is a sentence
   */
  find(rows: readonly SourceRecord[], asked: AskedRow): SourceRecord | undefined {
    const fitting = rows.filter((row) => {
      const key = this.of(row);
      return (
        key.school === asked.school &&
        key.grade === asked.grade &&
        (asked.reportingLEA ?? key.reportingLEA) === key.reportingLEA
      );
    });
    const leas = new Set(fitting.map((row) => this.of(row).reportingLEA));
    if (leas.size > 1)
      throw new UserError(
        `several reporting LEAs have a row of this student for school ${asked.school} and grade ${asked.grade}: ${[...leas].join(', ')}; say for which one`,
      );
    return fitting[0];
  }
}
