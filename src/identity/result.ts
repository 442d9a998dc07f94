/** The result of a match as lines: one for each request and candidate. */
import { capital } from '#base/text';
import { csvLine } from '#intake/problem';
import { type Candidate, shown } from './candidates.ts';
import { type MatchParameters, PARTS } from './parameters.ts';

/** Which lines are written: caret lines as the state's files have them, or CSV with column names. */
export type ResultForm = 'text' | 'csv';

/** What a request is known by. */
export interface RequestPlace {
  /** Number of its line; with the name of its file before it where there are several. */
  readonly line: string;
  readonly localID: string;
}

/** Stands where the SSID of a candidate would. */
export const NO_CANDIDATE = 'no candidate';

const written: Readonly<Record<ResultForm, (values: readonly string[]) => string>> = {
  text: (values) => `${values.map((value) => value.replaceAll('^', ' ')).join('^')}\r\n`,
  csv: csvLine,
};

/** The names of the columns, in order. */
export const resultColumns = (p: MatchParameters, withReasons: boolean): readonly string[] => [
  ...['Request Line', 'Local Student ID', 'Rank', 'Candidate SSID', 'Score'],
  ...PARTS.map((part) => capital(p.names[part])),
  ...['Last LEA', 'Last School', 'Last Grade', 'Last Exit Date', 'Last Exit Reason'],
  ...(withReasons ? ['Reason of Score'] : []),
];

/** Writes results. */
export class ResultWriter {
  readonly #p: MatchParameters;
  readonly #withReasons: boolean;
  readonly #line: (values: readonly string[]) => string;
  readonly #form: ResultForm;

  constructor(p: MatchParameters, form: ResultForm, withReasons: boolean) {
    this.#p = p;
    this.#withReasons = withReasons;
    this.#line = written[form];
    this.#form = form;
  }

  /** What stands before the first request: column names in CSV, nothing in text. */
  begin(): string {
    return this.#form === 'csv' ? this.#line(resultColumns(this.#p, this.#withReasons)) : '';
  }

  /** The lines of a request; one that says so when it has no candidate. */
  request({ line, localID }: RequestPlace, candidates: readonly Candidate[]): string {
    if (candidates.length === 0) {
      const blanks = resultColumns(this.#p, this.#withReasons)
        .slice(FIRST.length)
        .map(() => '');
      return this.#line([line, localID, '', NO_CANDIDATE, ...blanks]);
    }
    return candidates.map((candidate, i) => this.#candidate([line, localID, String(i + 1)], candidate)).join('');
  }

  #candidate(before: readonly string[], candidate: Candidate): string {
    const { ssid, score, parts, lastLEA, lastSchool, lastGrade, lastExit, lastExitReason, reason } = shown(
      candidate,
      this.#p,
    );
    return this.#line([
      ...before,
      ...[ssid, String(score), ...PARTS.map((part) => parts[part])],
      ...[lastLEA, lastSchool, lastGrade, lastExit, lastExitReason],
      ...(this.#withReasons ? [reason] : []),
    ]);
  }
}

const FIRST = ['Request Line', 'Local Student ID', 'Rank', 'Candidate SSID'] as const;
