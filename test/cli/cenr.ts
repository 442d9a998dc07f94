/** `cenr` as a process of its own, the way a person starts it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const PROGRAM = join(import.meta.dirname, '../../bin/cenr.mjs');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** More processes at a time than this only wait for each other. */
const MOST = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs `cenr` with arguments. */
export const cenr = (...args: readonly string[]): Promise<Ran> => started([], args);

/** Runs `cenr` in a process in which a module, whose text is given, has run before. */
export const cenrAfter = (module: string, ...args: readonly string[]): Promise<Ran> =>
  started(['--import', `data:text/javascript,${encodeURIComponent(module)}`], args);

async function started(options: readonly string[], args: readonly string[]): Promise<Ran> {
  if (running >= MOST) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await run(options, args);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function run(options: readonly string[], args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [...options, PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', COLUMNS: '200' },
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}
