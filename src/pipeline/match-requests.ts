/** Files of requests for SSIDs: enrollments without one, checked whole before anything is done with them. */
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import type { LastEnrollment, PersonReader } from '#identity/columns';
import type { Description } from '#identity/person';
import { caretBlocksOf } from '#intake/caret-blocks';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import { refuseForeign } from '#intake/file-form';
import { type Encoding, eachLine, isBlankLine, textOf } from '#intake/lines';
import { RecordTypes } from '#intake/record-types';
import type { InputFile } from '#intake/upload';
import { keepLine, plainType, readRecords } from '#records/record';
import type { CheckProgram } from '#rulebook/compile/check-program';
import type { Rulebook } from '#rulebook/load/assemble';

/** An enrollment that asks for an SSID. */
export interface SSIDRequest {
  /** The name of its file, and its place among the files. */
  readonly file: string;
  readonly index: number;
  /** From 1. */
  readonly line: number;
  readonly described: Description;
  readonly enrollment: LastEnrollment;
  /** As it was sent, dates as CCYYMMDD. */
  readonly text: string;
}

/** Why a line cannot be a request. */
export interface RefusedLine {
  readonly file: string;
  readonly line: number;
  readonly says: string;
}

const MOST_NAMED = 10;

/** Thrown for files of which a line is no request: nothing is done with any of them. */
export class RequestsRefusedError extends UserError {
  /** The first of them. */
  readonly lines: readonly RefusedLine[];

  constructor(lines: readonly RefusedLine[], total: number) {
    super(
      [
        `nothing was done: ${grouped(total)} ${total === 1 ? 'line is' : 'lines are'} no request for an SSID`,
        ...lines.map(({ file, line, says }) => `  ${file}:${line}: ${says}`),
        ...(total > lines.length ? [`  and ${grouped(total - lines.length)} more`] : []),
      ].join('\n'),
    );
    this.name = 'RequestsRefusedError';
    this.lines = lines;
  }
}

export interface RequestFiles {
  readonly files: readonly InputFile[];
  readonly rulebook: Rulebook;
  readonly checks: CheckProgram;
  readonly reader: PersonReader;
  /** The LEA that asks; `undefined` for a county or the state. */
  readonly sender: string | undefined;
  /** CCYYMMDD */
  readonly loadDay: string;
  readonly encoding?: Encoding | undefined;
}

/**
 * Reads files of requests, all of them twice: a request is handed on only when every line is one.
 * @throws RequestsRefusedError for a line with an SSID, of another record type, or that a check rejects;
 * UnreadableInputError, ForeignFileError
 */
export async function* requestsOf(asked: RequestFiles): AsyncGenerator<SSIDRequest> {
  await refuseForeign(asked.files, new RecordTypes(asked.rulebook));
  const refused: RefusedLine[] = [];
  let total = 0;
  let requests = 0;
  for await (const line of linesOf(asked)) {
    if (!('says' in line)) requests++;
    else if (++total <= MOST_NAMED) refused.push(line);
  }
  if (total > 0) throw new RequestsRefusedError(refused, total);
  if (requests === 0) throw new UserError('the files hold no request; expected enrollments with a blank SSID');
  for await (const line of linesOf(asked)) if (!('says' in line)) yield line;
}

/** The enrollments without an SSID among the lines of files of every kind: those that are requests by themselves. */
export async function* blankEnrollments(asked: RequestFiles): AsyncGenerator<SSIDRequest> {
  const { layouts, output } = asked.rulebook.schemas;
  const layout = layouts.find(({ recordType }) => recordType === output.copiesFrom);
  const place = layout?.columns.findIndex(({ key }) => key === SSID) ?? -1;
  const mayBe = (text: string, from: number, to: number): boolean => {
    if (!text.startsWith(output.copiesFrom, from)) return false;
    const fields = text.slice(from, to).split('^', place + 1);
    return (fields[place] ?? '').trim() === '';
  };
  for await (const line of linesOf(asked, mayBe)) if (!('says' in line)) yield line;
}

const SSID = 'ssid';

/** @param mayBe whether a line is looked at; all are when absent */
async function* linesOf(
  asked: RequestFiles,
  mayBe: (text: string, from: number, to: number) => boolean = () => true,
): AsyncGenerator<SSIDRequest | RefusedLine> {
  const { files, rulebook, checks, sender, loadDay, encoding } = asked;
  const checker = lineChecker(rulebook, checks, sender, loadDay);
  for (const [index, file] of files.entries()) {
    let isFirst = true;
    for await (const block of caretBlocksOf(index, file, checker.types)) {
      const text = textOf(block.bytes, encoding);
      const found: (SSIDRequest | RefusedLine)[] = [];
      let number = block.firstLine - 1;
      eachLine(text, (from, to) => {
        number++;
        if (isBlankLine(text, from, to) || !mayBe(text, from, to)) return;
        const line = requestIn(checker, asked, { text, from, to, isFirst, file: file.name, index, number });
        isFirst = false;
        if (line) found.push(line);
      });
      yield* found;
    }
  }
}

interface Place {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly isFirst: boolean;
  readonly file: string;
  readonly index: number;
  readonly number: number;
}

/** The request or refusal of a line; `undefined` for a line of column names. */
function requestIn(
  checker: LineChecker,
  { reader, rulebook }: RequestFiles,
  { text, from, to, isFirst, file, index, number }: Place,
): SSIDRequest | RefusedLine | undefined {
  const checked = checker.check(text, file, number, from, to, isFirst);
  if (checked.fate === 'blank') return undefined;
  const at = { file, line: number };
  const expected = rulebook.schemas.output.copiesFrom;
  const recordType = plainType(text.slice(from, to).split('^', 1)[0]?.trim() ?? '');
  if (recordType !== expected)
    return { ...at, says: `found a record of another type; a match reads ${expected} records with a blank SSID` };
  if (checked.ssid !== '')
    return { ...at, says: 'the SSID is not blank; only enrollments with a blank SSID ask for one. Remove the line' };
  const rejected = checked.problems.find(({ severity }) => severity === 'reject');
  if (checked.text === undefined || rejected)
    return { ...at, says: rejected ? `${rejected.code} ${rejected.message}` : 'the line cannot be read' };
  const [record] = readRecords(
    keepLine({ source: 0, line: number, uploaded: '', lastUpdated: '' }, checked.text),
    reader.plan,
  );
  if (!record) return { ...at, says: 'the line cannot be read' };
  return {
    ...{ ...at, index, described: reader.describedBy(record), enrollment: reader.enrollment(record) },
    text: checked.text,
  };
}
