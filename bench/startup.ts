/**
 * What it costs to start the command line: whole processes, user and system time, each in turn with Node's own start
 * (`node -e 0`).
 */
import { BIN, cpuRatio } from './cpu.ts';
import { type Measured, times } from './measure.ts';

const ROUNDS = 15;

const COMMANDS = [
  { words: ['--version'], most: 1.5 },
  { words: ['extract', '--help'], most: 3 },
  { words: ['rules', 'list'], most: 6 },
];

export async function startup(): Promise<Measured[]> {
  return COMMANDS.map(({ words, most }) => {
    const { ratio, own } = cpuRatio({ of: () => [BIN, ...words], against: () => ['-e', '0'], rounds: ROUNDS });
    return {
      what: `start of cenr ${words.join(' ')} : start of Node`,
      result: `${times(ratio)} (${Math.round(own)} ms of CPU)`,
      wanted: `at most ${most} times`,
      met: ratio <= most,
    };
  });
}
