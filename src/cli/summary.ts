/**
 * What a person sees while a command works and when it is done. Everything goes to the standard error: the standard output
 * belongs to the extract.
 */

import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { finished } from 'node:stream/promises';
import type cliProgress from 'cli-progress';
import { grouped, plural, shortList } from '#base/text';
import { broughtNothing, isEmpty } from '#intake/apply';
import { PROBLEM_KEYS, type Problem, problemAsCsv } from '#intake/problem';
import type { Tally } from '#pipeline/steps';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Terminal, terminal } from './terminal.ts';

const PATIENCE_MS = 2_000;
/** Of lists in a summary. */
const MOST_COLUMNS = 100;

export interface Progress {
  (fraction: number): void;
  stop(): void;
}

/** A progress bar on a terminal, for whatever takes longer than two seconds. */
export function progressBar(stream: Terminal['err'] = terminal.err): Progress {
  if (!stream.isTTY) return Object.assign(() => {}, { stop: () => {} });
  const begun = performance.now();
  let bar: cliProgress.SingleBar | undefined;
  const show = (fraction: number): void => {
    if (!bar && performance.now() - begun > PATIENCE_MS && fraction < 1) {
      // Few commands take so long on a terminal; the others do without it.
      const { SingleBar, Presets } = createRequire(import.meta.url)('cli-progress') as typeof cliProgress;
      bar = new SingleBar(
        { format: '{bar} {percentage} %  {duration_formatted}', stream, clearOnComplete: true, hideCursor: true },
        Presets.shades_classic,
      );
      bar.start(1, fraction);
    }
    bar?.update(fraction);
  };
  return Object.assign(show, { stop: () => bar?.stop() });
}

/** Shows a progress bar for as long as the work takes. */
export async function withProgress<T>(work: (onProgress: (fraction: number) => void) => Promise<T>): Promise<T> {
  const progress = progressBar();
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}

export const seconds = (begun: number): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;

/** Said where records were read and none of them could be used; such a command does not end with 0. */
const NONE_USED = 'none of the records could be used';
const NO_RECORD = 'there is no record in what was read';

/** The first lines of a summary: how many records were read, and what became of them. */
export function recordLines(
  read: Pick<Tally, 'linesRead' | 'blankLines' | 'counts'> & { readonly references?: readonly unknown[] },
  mode: 'kept' | 'checked',
): string[] {
  const { linesRead, blankLines, counts } = read;
  const { added, replaced, deleted, notUsed, rejected } = counts;
  const accepted =
    mode === 'kept'
      ? `added ${grouped(added)}, replaced ${grouped(replaced)}, deleted ${grouped(deleted)}`
      : `accepted ${grouped(added + replaced + deleted)}`;
  return [
    `lines read    ${grouped(linesRead)}${blankLines ? `, of which ${grouped(blankLines)} blank` : ''}`,
    `  ${accepted}${notUsed ? `, not used ${grouped(notUsed)}` : ''}, rejected ${grouped(rejected)}`,
    ...(broughtNothing(read) ? [`  ${isEmpty(counts) ? NO_RECORD : NONE_USED}`] : []),
  ];
}

/** So many files are named. */
const NAMED_FILES = 10;

/** CALPADS posts a file as a whole: which files it would keep out, as far as they have rejected records. */
export function notPostedLines({ rejectedIn }: Tally, files: readonly { readonly name: string }[]): string[] {
  const names = Object.entries(rejectedIn).map(
    ([file, count]) => `${files[Number(file)]?.name} (${grouped(count)} ${plural(count, 'rejected record')})`,
  );
  if (names.length === 0) return [];
  return [
    'CALPADS posts a file only if nothing in it is rejected.',
    `It would post no record of ${shortList(names, NAMED_FILES)}.`,
  ];
}

/** How often each problem was found: `FRMT0001 1, GERR0001 1,204`. */
export const problemWords = (problems: Readonly<Record<string, number>>): string =>
  Object.entries(problems)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, n]) => `${code} ${grouped(n)}`)
    .join(', ');

/** Words behind a label, and the rest below them; nothing without words. */
function underLabel(label: string, words: string): string[] {
  const lines: string[] = [];
  for (const word of words === '' ? [] : words.split(', ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < MOST_COLUMNS) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(`${last === undefined ? label : ' '.repeat(label.length)}${word}`);
  }
  return lines;
}

/** What a check is called, by its code. */
type Titles = Pick<Rulebook, 'declared'>;

/** The same lines, and for which problems records were rejected, warned of, or advice was given. */
export function tallyLines(
  tally: Tally & { readonly references?: readonly unknown[] },
  mode: 'kept' | 'checked',
  { declared }: Titles,
): string[] {
  const { problems, rejections, advice } = tally;
  const others = Object.entries(problems).filter(
    ([code]) => !Object.hasOwn(rejections, code) && !Object.hasOwn(advice, code),
  );
  const [rejecting, warning] = [problemWords(rejections), problemWords(Object.fromEntries(others))];
  const titles = new Map(declared.checks.map(({ json }) => [json.code, json.title]));
  const advised = Object.entries(advice).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...recordLines(tally, mode),
    ...underLabel('  rejected for: ', rejecting),
    ...underLabel('  warnings:     ', warning),
    ...advised.map(([code, n]) => `  advice:       ${code} ${grouped(n)} (${titles.get(code)})`),
  ];
}

export const say = (lines: readonly string[]): void => {
  if (lines.length > 0) terminal.err.write(`${lines.join('\n')}\n`);
};

export interface ProblemsFile {
  readonly write: (problem: Problem) => Promise<void>;
  close(): Promise<void>;
}

/**
 * A problems file: NDJSON, or CSV when its name ends in `.csv`.
 * @throws Error when the folder does not exist or cannot be written: before anything is read
 */
export function problemsFile(path: string): ProblemsFile {
  const csv = path.endsWith('.csv');
  const stream = createWriteStream(path, { fd: openSync(path, 'w') });
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  if (csv) stream.write(`${PROBLEM_KEYS.join(',')}\r\n`);
  return {
    async write(problem) {
      if (failure) throw failure;
      if (!stream.write(csv ? `${problemAsCsv(problem)}\r\n` : `${JSON.stringify(problem)}\n`))
        await once(stream, 'drain');
    },
    async close() {
      if (failure) throw failure;
      stream.end();
      await finished(stream);
    },
  };
}
