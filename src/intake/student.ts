/**
 * The lines of a student become records and a history: what passes its checks is kept, and what is kept of a student
 * meets what is stored of it. `pipeline/steps.ts` does the same for many students, with sorting between the two steps.
 */
import { keepLine, placeText, readRecords, type SourceRecord } from '#records/record';
import type { Applied, Applier } from './apply.ts';
import type { CheckedLine } from './check-lines.ts';
import { OnceAFile, type Problem } from './problem.ts';

/**
 * The kept line of a checked line; `undefined` when it was rejected.
 * @param source which file of which upload it came from
 * @param line its number there
 */
export const keptLine = (source: number, line: number, checked: CheckedLine): string | undefined =>
  checked.text === undefined
    ? undefined
    : keepLine({ source, line, uploaded: checked.uploaded, lastUpdated: checked.lastUpdated }, checked.text);

/** Checked lines by student. */
export class StudentLines {
  /**
   * Kept lines of each student as a body, by SSID, in the order of first lines; `''` for records that ask for an SSID.
   */
  readonly bodies = new Map<string, string>();
  /** What the checks found in lines, whether kept or not. */
  readonly problems: Problem[] = [];
  /** How many lines are of a record type that the extract does not use. */
  notUsed = 0;
  /** Of kept lines that were sent with a retired number: that number, by source and line as `placeText` has them. */
  readonly sentWith = new Map<string, string>();
  readonly #once = new OnceAFile();

  /**
   * Takes a line; lines come in the order of loading.
   * @param source and line: as for `keptLine`
   * @returns whether it was kept
   */
  add(source: number, line: number, checked: CheckedLine): boolean {
    const once = this.#once.first(source, checked);
    if (once.length > 0) this.problems.push(...once);
    if (checked.problems.length > 0) this.problems.push(...checked.problems);
    if (checked.fate === 'notUsed') this.notUsed++;
    const kept = keptLine(source, line, checked);
    if (kept === undefined) return false;
    if (checked.fate === 'kept' && checked.retired !== undefined)
      this.sentWith.set(placeText(source, line), checked.retired);
    const body = this.bodies.get(checked.ssid);
    this.bodies.set(checked.ssid, body === undefined ? kept : `${body}\n${kept}`);
    return true;
  }
}

export interface Student extends Applied {
  /** What the checks of transactions and of the history found. */
  readonly problems: readonly Problem[];
}

/**
 * A student put together from what is stored and its lines of an upload.
 * @param ssid `''` for the records that ask for one, which are put together as one student
 * @param stored the student's records as stored, in the order of loading
 */
export function studentFrom(
  { bodies }: StudentLines,
  ssid: string,
  applier: Applier,
  stored: readonly SourceRecord[] = [],
): Student {
  const applied = applier.apply(ssid, stored, readRecords(bodies.get(ssid) ?? '', applier.plan));
  return { ...applied, problems: applier.problems(applied.faults) };
}
