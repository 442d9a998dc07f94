/**
 * What a person sees while a verb works and when it is done. Everything goes to the standard error: the standard output
 * belongs to the extract.
 */

import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import cliProgress from 'cli-progress';
import { grouped } from '#base/text';
import { PROBLEM_KEYS, type Problem, problemAsCsv } from '#intake/problem';
import type { Tally } from '#pipeline/steps';

const PATIENCE_MS = 2_000;

export interface Progress {
  (fraction: number): void;
  stop(): void;
}

/** A progress bar on a terminal, for whatever takes longer than two seconds. */
export function progressBar(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return Object.assign(() => {}, { stop: () => {} });
  const begun = performance.now();
  let bar: cliProgress.SingleBar | undefined;
  const show = (fraction: number): void => {
    if (!bar && performance.now() - begun > PATIENCE_MS && fraction < 1) {
      bar = new cliProgress.SingleBar(
        { format: '{bar} {percentage} %  {duration_formatted}', stream, clearOnComplete: true, hideCursor: true },
        cliProgress.Presets.shades_classic,
      );
      bar.start(1, fraction);
    }
    bar?.update(fraction);
  };
  return Object.assign(show, { stop: () => bar?.stop() });
}

export const seconds = (begun: number): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;

/** The records part of a summary: read, and what became of them. */
export function tallyLines(
  { linesRead, blankLines, counts, problems, rejections }: Tally,
  verb: 'kept' | 'checked',
): string[] {
  const accepted = counts.stored + counts.updated + counts.deleted;
  const lines = [`records read  ${grouped(linesRead)}${blankLines ? ` (and ${grouped(blankLines)} blank lines)` : ''}`];
  if (verb === 'kept')
    lines.push(
      `  added ${grouped(counts.stored)}, replaced ${grouped(counts.updated)}, deleted ${grouped(counts.deleted)}, rejected ${grouped(counts.rejected)}`,
    );
  else lines.push(`  accepted ${grouped(accepted)}, rejected ${grouped(counts.rejected)}`);
  const byCode = Object.entries(problems).sort(([a], [b]) => (a < b ? -1 : 1));
  const listed = (wanted: boolean) =>
    byCode.filter(([code]) => Object.hasOwn(rejections, code) === wanted).map(([code, n]) => `${code} ${grouped(n)}`);
  if (listed(true).length) lines.push(`  rejected for: ${listed(true).join(', ')}`);
  if (listed(false).length) lines.push(`  warnings:     ${listed(false).join(', ')}`);
  return lines;
}

export const say = (lines: readonly string[]): void => void process.stderr.write(`${lines.join('\n')}\n`);

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
