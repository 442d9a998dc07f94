/**
 * Where a command writes, and what it ends with. A process has one terminal, its own; whoever runs commands within
 * another program gives each of them one, one after the other.
 */
import type { Writable } from 'node:stream';

export interface Terminal {
  /** Belongs to what was asked for: an extract, a list, a report. */
  readonly out: Writable & { readonly isTTY?: boolean };
  /** Everything that is said beside it. */
  readonly err: Writable & { readonly isTTY?: boolean };
  /** What the command ends with, when nothing is thrown; 0 at the beginning. */
  exitCode: number;
}

/** The terminal of the command that runs now. */
export let terminal: Terminal = { out: process.stdout, err: process.stderr, exitCode: 0 };

/** Takes the place of the terminal, for the commands that run from now on. */
export const useTerminal = (other: Terminal): void => {
  terminal = other;
};
