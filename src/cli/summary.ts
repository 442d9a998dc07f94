/**
 * What a person sees while a command works and when it is done. Everything goes to the standard error: the standard output
 * belongs to the extract.
 */

import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { finished } from 'node:stream/promises';
import type cliProgress from 'cli-progress';
import { grouped } from '#base/text';
import { PROBLEM_KEYS, type Problem, problemAsCsv } from '#intake/problem';
import type { Tally } from '#pipeline/steps';
import { type Terminal, terminal } from './terminal.ts';

const PATIENCE_MS = 2_000;

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

/** The first lines of a summary: how many records were read, and what became of them. */
export function recordLines(
  { linesRead, blankLines, counts }: Pick<Tally, 'linesRead' | 'blankLines' | 'counts'>,
  mode: 'kept' | 'checked',
): string[] {
  const { added, replaced, deleted, rejected } = counts;
  const accepted =
    mode === 'kept'
      ? `added ${grouped(added)}, replaced ${grouped(replaced)}, deleted ${grouped(deleted)}`
      : `accepted ${grouped(added + replaced + deleted)}`;
  return [
    `lines read    ${grouped(linesRead)}${blankLines ? ` (and ${grouped(blankLines)} blank lines)` : ''}`,
    `  ${accepted}, rejected ${grouped(rejected)}`,
  ];
}

/** How often each problem was found: `FRMT0001 1, GERR0001 1,204`. */
export const problemWords = (problems: Readonly<Record<string, number>>): string =>
  Object.entries(problems)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, n]) => `${code} ${grouped(n)}`)
    .join(', ');

/** The same lines, and for which problems records were rejected or warned of. */
export function tallyLines(tally: Tally, mode: 'kept' | 'checked'): string[] {
  const of = (isRejecting: boolean): string =>
    problemWords(
      Object.fromEntries(
        Object.entries(tally.problems).filter(([code]) => Object.hasOwn(tally.rejections, code) === isRejecting),
      ),
    );
  const [rejecting, warning] = [of(true), of(false)];
  return [
    ...recordLines(tally, mode),
    ...(rejecting ? [`  rejected for: ${rejecting}`] : []),
    ...(warning ? [`  warnings:     ${warning}`] : []),
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
