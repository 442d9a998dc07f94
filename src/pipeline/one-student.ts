/** One student's records out of files, without a store: for explaining a single student. */

import type { CompiledRulebook } from '#extract/extractor';
import { Applier } from '#intake/apply';
import { caretBlocksOf } from '#intake/caret-blocks';
import { lineChecker } from '#intake/check-lines';
import { refuseForeign } from '#intake/file-form';
import { type Encoding, eachLine, isBlankLine, textOf } from '#intake/lines';
import type { Problem } from '#intake/problem';
import { RecordTypes } from '#intake/record-types';
import type { RetiredNumbers } from '#intake/retired-numbers';
import { StudentLines, studentFrom } from '#intake/student';
import type { InputFile } from '#intake/upload';
import { checkerOf } from '#intake/without-type';
import { placeText } from '#records/record';

export interface OneStudent {
  /** The active number of the student. */
  readonly ssid: string;
  /** The number that a line was sent with, where it is not the active one; `''` for one that was sent without. */
  readonly sentWith: (source: number, line: number) => string | undefined;
  /**
   * The student's history as a store would keep it; the source of a kept line is the place of its file among the files.
   * `''` when no record was accepted.
   */
  readonly body: string;
  /** Every accepted line of the student, as a body: those too that a later line replaced or deleted. */
  readonly sent: string;
  /** What the checks found in the student's records. */
  readonly problems: readonly Problem[];
  /** Lines of all students, blank ones left out. */
  readonly linesRead: number;
}

/**
 * Reads files and keeps the records of one SSID, checked and applied as an upload of a county or the state would be.
 * @param compiled for reading
 * @param asked an SSID; a retired one leads to the student who has its replacement
 * @param loadDay CCYYMMDD, the day plain records count as loaded
 * @throws UnreadableInputError, ForeignFileError
 */
export async function oneStudent(
  compiled: CompiledRulebook,
  files: readonly InputFile[],
  asked: string,
  loadDay: string,
  { encoding, retired }: { readonly encoding?: Encoding | undefined; readonly retired?: RetiredNumbers | undefined },
): Promise<OneStudent> {
  const ofAnyType = lineChecker(compiled.rulebook, compiled.checks, undefined, loadDay, retired);
  const ssid = retired?.replacements.get(asked)?.ssid ?? asked;
  const former = [...(retired?.replacements ?? [])].filter(([, active]) => active.ssid === ssid);
  const numbers = [ssid, ...former.map(([number]) => number)];
  const lines = new StudentLines();
  let linesRead = 0;
  const types = new RecordTypes(compiled.rulebook);
  await refuseForeign(files, types);
  for (const [source, file] of files.entries()) {
    const { name, recordType } = file;
    const checker = checkerOf(ofAnyType, recordType);
    let isFirst = true;
    for await (const block of caretBlocksOf(source, file, types)) {
      const text = textOf(block.bytes, encoding);
      let number = block.firstLine - 1;
      eachLine(text, (from, to) => {
        number++;
        if (isBlankLine(text, from, to)) return;
        linesRead++;
        const couldBeNames = isFirst;
        isFirst = false;
        const line = text.slice(from, to);
        if (!numbers.some((one) => line.includes(one))) return;
        const checked = checker.check(text, name, number, from, to, couldBeNames);
        // Of a line that cannot be split into its fields nobody knows whose it is; it names this student.
        if (checked.ssid === ssid || checked.ssid === '') lines.add(source, number, checked);
      });
    }
  }
  const applier = new Applier(compiled, (source) => files[source]?.name ?? '');
  const { records, problems } = studentFrom(lines, ssid, applier);
  return {
    ssid,
    sentWith: (source, line) => lines.sentWith.get(placeText(source, line)),
    body: applier.bodyOf(records),
    sent: lines.bodies.get(ssid) ?? '',
    problems: [...lines.problems, ...problems],
    linesRead,
  };
}
