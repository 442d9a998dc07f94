/**
 * What becomes of an edited record when it is sent: the checks of incoming records see it as they see any line. A
 * change that they reject would cost the student a record instead of changing a value.
 */
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { Applier } from '#intake/apply';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import { keptLine } from '#intake/student';
import { asSent, lineNumberOf, lineOf, placeInMargin, readRecords, type SourceRecord, sourceOf } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';

/** The records of a student, and how they came to be. */
export interface SentRecords {
  readonly ssid: string;
  /** Kept lines joined by LF: the student history. */
  readonly body: string;
  /**
   * Every accepted line in the order of loading, as `body` has them: those too that a later line replaced or deleted. An
   * edited record is then a line of the files, and the files are read again. Absent for records of a store: there an
   * edited record is sent by itself.
   */
  readonly sent?: string | undefined;
}

/** A record before and after an edit. */
export interface EditedRecord {
  /** Absent for one that is added. */
  readonly record?: SourceRecord | undefined;
  /** The kept line afterwards; absent for a record that is gone. */
  readonly line?: string | undefined;
  /** Whether it has the key that it had. */
  readonly sameKey: boolean;
}

/** The history afterwards, as a body; or the codes of the checks that rejected a line which was accepted before. */
export type Resent =
  | { readonly body: string; readonly rejectedBy?: undefined }
  | { readonly body?: undefined; readonly rejectedBy: readonly string[] };

/** Sends edited records as an upload of a county or the state would. It serves any number of students. */
export class Resender {
  readonly #compiled: CompiledRulebook;
  readonly #applier: Applier;
  readonly #checkers = new Map<string, LineChecker>();

  constructor(rulebook: Rulebook) {
    this.#compiled = compileRulebook(rulebook, { recording: false });
    this.#applier = new Applier(this.#compiled, () => '');
  }

  /**
   * Sends a record after an edit.
   * @param loadDay CCYYMMDD, the day a plain record counts as loaded
   */
  send({ ssid, body, sent }: SentRecords, edited: EditedRecord, loadDay: string): Resent {
    let line = edited.line;
    if (line !== undefined) {
      const checked = this.#checker(loadDay).check(asSent(line), '', 1);
      const kept = keptLine(sourceOf(line), lineNumberOf(line), checked);
      if (kept === undefined)
        return { rejectedBy: checked.problems.filter((p) => p.severity === 'reject').map((p) => p.code) };
      line = kept;
    }
    const { plan } = this.#compiled;
    const { record } = edited;
    const isOwn = (kept: string): boolean =>
      record !== undefined && kept.startsWith(placeInMargin(record)) && kept.endsWith(lineOf(record));
    if (sent !== undefined) {
      const lines = sent.split('\n').flatMap((kept) => (isOwn(kept) ? (line ?? []) : kept));
      if (!record && line !== undefined) lines.push(line);
      const before = this.#applier.apply(ssid, [], readRecords(sent, plan)).counts.rejected;
      return this.#applied(ssid, [], readRecords(lines.join('\n'), plan), before);
    }
    // A record with another key is another record: whoever corrects it deletes the one that is stored.
    const stored = body.split('\n').filter((kept) => !(isOwn(kept) && (line === undefined || !edited.sameKey)));
    const incoming = line === undefined ? [] : readRecords(line, plan);
    return this.#applied(ssid, readRecords(stored.join('\n'), plan), incoming, 0);
  }

  /** @param rejectedBefore how many of the lines were rejected before the edit */
  #applied(
    ssid: string,
    stored: readonly SourceRecord[],
    incoming: readonly SourceRecord[],
    rejectedBefore: number,
  ): Resent {
    const { records, counts, faults } = this.#applier.apply(ssid, stored, incoming);
    if (counts.rejected <= rejectedBefore) return { body: this.#applier.bodyOf(records) };
    return { rejectedBy: faults.flatMap(({ check: { json } }) => (json.severity === 'reject' ? json.code : [])) };
  }

  #checker(loadDay: string): LineChecker {
    let checker = this.#checkers.get(loadDay);
    if (!checker) {
      const { rulebook, checks } = this.#compiled;
      checker = lineChecker(rulebook, checks, undefined, loadDay);
      this.#checkers.set(loadDay, checker);
    }
    return checker;
  }
}
