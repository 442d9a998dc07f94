/**
 * Correction files in a folder: of each draft, record type and step one, as the state takes them in, and a list with the
 * reason of every line.
 */
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileOutput, type Output } from '#base/output';
import { LINE_END } from '#extract/row';
import { csvLine } from '#intake/problem';
import type { CauseWords } from '#reconcile/cause-words';
import { type Correction, type CorrectionLine, DRAFTS, type Draft, STEPS, type Step } from '#reconcile/corrections';
import type { StudentCorrections } from './reconcile.ts';

/** The name of the list with the reason of every line. */
export const REASONS = 'reasons.csv';
/** The same while clusters have no numbers yet. */
const UNNUMBERED = 'reasons.ndjson';
/** The place of the number in a line of the list. */
const CLUSTER = 4;
const NAME = new RegExp(String.raw`^(${DRAFTS.join('|')})-([A-Z0-9]+)-\d-(${STEPS.join('|')})\.txt$`);

/** A correction file. */
export interface CorrectionFile {
  readonly name: string;
  readonly draft: Draft;
  readonly recordType: string;
  readonly step: Step;
  readonly lines: number;
}

/** `if-the-state-is-right-SENR-1-deletions.txt`: the number is the order in which files are sent. */
const nameOf = ({ draft, recordType, step }: Omit<CorrectionLine, 'line'>): string =>
  `${draft}-${recordType}-${STEPS.indexOf(step) + 1}-${step}.txt`;

/** Whether this can be the name of a correction file, or of the list. */
export const isCorrectionFile = (name: string): boolean => name === REASONS || NAME.test(name);

/** What each step does to the side that is corrected. */
const DOES: Readonly<Record<Draft, Readonly<Record<Step, string>>>> = {
  'if-your-records-are-right': {
    additions: 'Sends a record of yours that the state seems not to have.',
    changes: 'Sends a record again with your values.',
    deletions: 'Deletes a record that the state seems to have and that is not here.',
  },
  'if-the-state-is-right': {
    additions: 'Adds a record that the state seems to have.',
    changes: 'Gives a record of yours the values that the state seems to have.',
    deletions: 'Deletes a record of yours that the state seems not to have.',
  },
};

const HEAD = [
  'If',
  'File',
  'Line',
  'SSID',
  'Cluster',
  'What It Does',
  'Why',
  'Look Up Before You Send',
  'Or It May Be',
];
const IF: Readonly<Record<Draft, string>> = {
  'if-your-records-are-right': 'your records are right: send it to the state',
  'if-the-state-is-right': 'the state is right: load it here',
};

const jsonLine = (values: readonly string[]): string => `${JSON.stringify(values)}\n`;

/** Writes correction files, student after student. */
export class CorrectionFiles {
  readonly #dir: string;
  readonly #words: CauseWords;
  readonly #files = new Map<string, { readonly output: Output; readonly file: CorrectionFile; lines: number }>();
  readonly #reasons: Output;

  private constructor(dir: string, words: CauseWords, reasons: Output) {
    this.#dir = dir;
    this.#words = words;
    this.#reasons = reasons;
  }

  /** Begins in a folder, which is made. */
  static async in(dir: string, words: CauseWords): Promise<CorrectionFiles> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const reasons = await fileOutput(join(dir, UNNUMBERED));
    return new CorrectionFiles(dir, words, reasons);
  }

  async add({ ssid, corrections, clusters }: StudentCorrections): Promise<void> {
    for (const correction of corrections) await this.#add(ssid, correction, clusters[correction.at] as number);
  }

  async #add(ssid: string, correction: Correction, cluster: number): Promise<void> {
    const why = this.#words.cause(correction.cause);
    const rest = [correction.lookUp.join(', '), correction.others.map((other) => this.#words.cause(other)).join(' ')];
    for (const line of correction.lines) {
      const to = await this.#fileOf(line);
      await to.output.write(line.line + LINE_END);
      to.lines++;
      const place = [IF[line.draft], nameOf(line), String(to.lines)];
      await this.#reasons.write(jsonLine([...place, ssid, String(cluster), DOES[line.draft][line.step], why, ...rest]));
    }
    for (const [draft, says] of Object.entries(correction.none))
      await this.#reasons.write(
        jsonLine([IF[draft as Draft], '', '', ssid, String(cluster), says, why, '', rest[1] as string]),
      );
  }

  async #fileOf(line: CorrectionLine) {
    const name = nameOf(line);
    const known = this.#files.get(name);
    if (known) return known;
    const { draft, recordType, step } = line;
    const made = {
      output: await fileOutput(join(this.#dir, name)),
      file: { name, draft, recordType, step, lines: 0 },
      lines: 0,
    };
    this.#files.set(name, made);
    return made;
  }

  /**
   * The files there are now, in the order in which they are sent.
   * @param numberOf the number that a cluster has, by the one that it was added with
   */
  async finish(numberOf: (cluster: number) => number): Promise<CorrectionFile[]> {
    await this.#reasons.finish();
    const unnumbered = join(this.#dir, UNNUMBERED);
    const reasons = await fileOutput(join(this.#dir, REASONS));
    await reasons.write(csvLine(HEAD));
    for await (const json of createInterface({ input: createReadStream(unnumbered) })) {
      const line = JSON.parse(json) as string[];
      await reasons.write(csvLine(line.with(CLUSTER, String(numberOf(Number(line[CLUSTER]))))));
    }
    await reasons.finish();
    await rm(unnumbered);
    for (const { output } of this.#files.values()) await output.finish();
    return [...this.#files.values()]
      .map(({ file, lines }) => ({ ...file, lines }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#reasons.abandon();
    for (const { output } of this.#files.values()) await output.abandon();
  }
}
