/** docs/benchmarks.md, from what the last full run of `npm run bench` measured (bench/results.json), and bench/profiles. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measured } from '../../bench/measure.ts';
import { generatedNote } from './note.ts';

interface Results {
  readonly machine: {
    readonly commit: string;
    readonly node: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryGB: number;
  };
  readonly measured: readonly Measured[];
}

const PROFILES = join(import.meta.dirname, '../../bench/profiles');

/** What profiles show of goals that are hard to meet: written by hand, a file for each part of the program. */
const profiles = (): string[] =>
  readdirSync(PROFILES)
    .sort()
    .map((name) => readFileSync(join(PROFILES, name), 'utf8'));

export function benchmarksPage(): string {
  const { machine, measured } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../bench/results.json'), 'utf8'),
  ) as Results;
  const rows = measured.map(
    ({ what, result, wanted, met }) =>
      `| ${what} | ${result} | ${wanted ?? ''} | ${met === undefined ? '' : met ? 'met' : '**not met**'} |`,
  );
  return `# Benchmarks

${generatedNote('bench/results.json and bench/profiles')}

Measured at commit ${machine.commit} with Node ${machine.node} on ${machine.cores} cores of "${machine.processor}", ${machine.memoryGB} GB of memory. \`npm run bench\` measures again, with synthetic
students of its own making; every ratio is of two measurements of one run. Numbers of another machine differ, ratios much less.

| what | measured | wanted | |
|---|---|---|---|
${rows.join('\n')}

What is compared with what, and why that is fair, stands at the head of each file in \`bench/\`.

## Where the time goes

${profiles().join('\n')}`;
}
