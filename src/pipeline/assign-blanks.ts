/** Numbers for the enrollments of an upload that come without one, as part of the upload. */
import { compileRulebook } from '#extract/extractor';
import { PersonReader } from '#identity/columns';
import { matchParameters } from '#identity/parameters';
import { drawnNumber, randomFrom } from '#identity/who';
import { transactionsOf } from '#intake/keys';
import type { Encoding } from '#intake/lines';
import type { InputFile } from '#intake/upload';
import type { Rulebook } from '#rulebook/load/assemble';
import type { UploadWriter } from '#store/store';
import { blankEnrollments } from './match-requests.ts';
import { numberRequest } from './waiting-records.ts';

/** That an upload assigns numbers. Plain data. */
export interface AssignBlanks {
  /** Random bytes as a text: numbers are drawn from it. */
  readonly seed: string;
  /** Who asks. */
  readonly by: string;
}

export interface BlankNumbers {
  /** By file: numbers for its lines. */
  readonly byFile: readonly ReadonlyMap<number, string>[];
  /** How many were drawn. */
  readonly drawn: number;
  /** Lines whose student had a number before, or by a line above. */
  readonly before: number;
}

export interface BlanksOf extends AssignBlanks {
  readonly files: readonly InputFile[];
  readonly encoding?: Encoding | undefined;
  readonly rulebook: Rulebook;
  readonly sender: string | undefined;
  /** CCYYMMDD */
  readonly loadDay: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

const TRANSACTION = 'transactionTypeCode';

/**
 * Gives a number to the student of each enrollment that has none and is not rejected by itself. Whoever asked before
 * gets the number of then; a line that deletes asks for none.
 * @throws UserError when no free number is drawn, and when the rules lack a parameter
 */
export async function assignBlanks(writer: UploadWriter, asked: BlanksOf): Promise<BlankNumbers> {
  const { files, encoding, rulebook, sender, loadDay, at, by, seed } = asked;
  const { layouts, output } = rulebook.schemas;
  const reader = new PersonReader(layouts, output.copiesFrom, matchParameters(rulebook));
  const columns = layouts.find(({ recordType }) => recordType === output.copiesFrom)?.columns ?? [];
  const transaction = columns.findIndex(({ key }) => key === TRANSACTION);
  const does = transactionsOf(rulebook.schemas);
  const below = randomFrom(seed);
  const { newSSIDsBeginWith } = matchParameters(rulebook);
  const byFile = files.map(() => new Map<number, string>());
  let [drawn, before] = [0, 0];
  const { checks } = compileRulebook(rulebook);
  for await (const request of blankEnrollments({ files, rulebook, checks, reader, sender, loadDay, encoding })) {
    const { line, index, text, enrollment } = request;
    if (does.get(text.split('^')[transaction] ?? '') === 'delete') continue;
    const draw = (): string => drawnNumber(newSSIDsBeginWith, below);
    const [given] = await writer.ssids.assign([numberRequest(request)], draw, { at, by });
    const { ssid, isNew } = given as NonNullable<typeof given>;
    if (isNew) drawn++;
    else before++;
    byFile[index]?.set(line, ssid);
    writer.ssids.keepGiven({ source: writer.source(index), line, localID: enrollment.localID, ssid, isNew });
  }
  return { byFile, drawn, before };
}
