/**
 * The trace of an extract: one line of JSON for each row, in the order of rows, ending in LF. From it, the rulebook and
 * the records named in it, the full explanation of a row can be made again and be checked to be the same.
 *
 *     {"key":["9900000001","9900001","9900011","05"],"decided":[4,0,2],"outcomes":"kQAR","enrollment":[2,117],"records":[[0,3,58],[9,4,12]]}
 *
 * - `key`: the values of what tells a row from every other, in the order of `onePer` of the selection: SSID, reporting
 *   LEA, school, grade;
 * - `decided`: for each derived field, in the order of the output layout, the index of the rule that decided;
 * - `outcomes`: for each condition node of the field rules, in the order of their ids, what it came to (OUTCOME, three
 *   bits each), as base64;
 * - `enrollment`: the record the row is made from, as source and line. A source is a file: its number, from 1, among
 *   all files of the extract's inputs;
 * - `records`: the records that looks gave, or that matched first: index of the fact in the rulebook, source, line. A
 *   look that is missing here was not
 *   reached, or found nothing: `outcomes` tells which.
 */
import type { Texts } from '#base/byte-builder';
import { UserError } from '#base/user-error';
import type { RecordPlace, SourceRecord } from '#records/record';
import { type Evaluation, OUTCOME } from '#rulebook/compile/evaluation';
import type { ExtractProgram } from '#rulebook/compile/extract-program';
import type { ExtractTree } from '#rulebook/tree/nodes';

/** Ends every line of a trace. */
export const TRACE_LINE_END = '\n';

/** What a line of a trace says. */
export interface TraceLine {
  readonly key: readonly string[];
  readonly decided: readonly number[];
  /** By condition node: one of OUTCOME. */
  readonly outcomes: Uint8Array;
  readonly enrollment: RecordPlace;
  readonly records: readonly ({ readonly fact: number } & RecordPlace)[];
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BITS = 3;
const MOST = (1 << BITS) - 1;
/** Base64 comes in groups of four digits, of two outcomes each. */
const OUTCOMES_A_GROUP = 8;

/** Two digits of four outcomes: half as many texts to be put together. */
const DIGITS: readonly string[] = Array.from(BASE64, (first) => Array.from(BASE64, (second) => first + second)).flat();

function outcomesText(outcomes: Uint8Array): string {
  let text = '';
  const at = (i: number): number => outcomes[i] ?? 0;
  const length = Math.ceil(outcomes.length / OUTCOMES_A_GROUP) * OUTCOMES_A_GROUP;
  for (let i = 0; i < length; i += 4)
    text += DIGITS[(((((at(i) << BITS) | at(i + 1)) << BITS) | at(i + 2)) << BITS) | at(i + 3)];
  return text;
}

/** Most values of a key are digits; only the others need to be escaped. */
const PLAIN = /^[\w-]*$/;
const quoted = (value: string): string => (PLAIN.test(value) ? `"${value}"` : JSON.stringify(value));

/**
 * Writes the line of a row, its end included, after `evaluate`.
 * @param program compiled with recording
 */
export function traceWriter(program: ExtractProgram): (x: Evaluation, enrollment: SourceRecord, to: Texts) => void {
  const { rowKey } = program;
  let to: Texts;
  let before = '';
  const addPlace = ({ kept, at }: SourceRecord): void => {
    to.addNumber(kept.source(at));
    to.add(',');
    to.addNumber(kept.lineNumber(at));
  };
  const addRecord = (fact: number, record: SourceRecord): void => {
    to.add(before);
    to.addNumber(fact);
    to.add(',');
    addPlace(record);
    before = '],[';
  };
  return (x, enrollment, out) => {
    to = out;
    to.add('{"key":[');
    for (let i = 0; i < rowKey.length; i++) {
      if (i > 0) to.add(',');
      to.add(quoted(enrollment.values[rowKey[i] as number] as string));
    }
    to.add('],"decided":[');
    for (let i = 0; i < x.decided.length; i++) {
      if (i > 0) to.add(',');
      to.addNumber(x.decided[i] as number);
    }
    to.add('],"outcomes":"');
    to.add(outcomesText(x.outcomes));
    to.add('","enrollment":[');
    addPlace(enrollment);
    to.add('],"records":[');
    before = '[';
    program.usedRecords(x, addRecord);
    to.add(before === '[' ? ']}' : ']]}');
    to.add(TRACE_LINE_END);
  };
}

/**
 * What a line of a trace says.
 * @param tree of the rulebook that the extract was made with
 * @throws UserError for a line that is none, or one of another rulebook
 */
export function readTraceLine(line: string, tree: Pick<ExtractTree, 'conditionCount' | 'fields'>): TraceLine {
  const { key, decided, outcomes, enrollment, records } = parsed(line);
  const codes = outcomesFrom(outcomes, tree.conditionCount);
  if (decided.length !== tree.fields.length || codes === undefined)
    throw new UserError('the trace line was made with another rulebook: its number of fields or conditions differs');
  const place = ([source, line]: readonly number[]): RecordPlace => ({
    source: source as number,
    line: line as number,
  });
  return {
    key,
    decided,
    outcomes: codes,
    enrollment: place(enrollment),
    records: records.map(([fact, ...at]) => ({ fact: fact as number, ...place(at) })),
  };
}

interface LineJson {
  readonly key: readonly string[];
  readonly decided: readonly number[];
  readonly outcomes: string;
  readonly enrollment: readonly number[];
  readonly records: readonly (readonly number[])[];
}

function parsed(line: string): LineJson {
  const numbers = (list: unknown, length?: number): boolean =>
    Array.isArray(list) && list.every(Number.isSafeInteger) && (length === undefined || list.length === length);
  try {
    const json = JSON.parse(line) as LineJson;
    if (
      Array.isArray(json.key) &&
      json.key.every((value) => typeof value === 'string') &&
      numbers(json.decided) &&
      typeof json.outcomes === 'string' &&
      numbers(json.enrollment, 2) &&
      Array.isArray(json.records) &&
      json.records.every((record) => numbers(record, 3))
    )
      return json;
  } catch {
    // Said below.
  }
  throw new UserError('this is not a trace line; expected JSON with key, decided, outcomes, enrollment and records');
}

/** @returns `undefined` when the text does not hold so many outcomes */
function outcomesFrom(text: string, count: number): Uint8Array | undefined {
  if (text.length * 2 !== Math.ceil(count / OUTCOMES_A_GROUP) * OUTCOMES_A_GROUP) return undefined;
  const outcomes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const digit = BASE64.indexOf(text[i >> 1] as string);
    const outcome = i % 2 === 0 ? digit >> BITS : digit & MOST;
    if (digit < 0 || outcome > OUTCOME.absentTrue) return undefined;
    outcomes[i] = outcome;
  }
  return outcomes;
}
