/**
 * `cenr`, the way a person uses it: within this process, which is what most tests need, or as a process of its own where
 * that is what is tested. A command tells the two apart only by what a process alone has: signals, pipes, an end.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCommandLine } from '#cli/command-line';
import { terminal, useTerminal } from '#cli/terminal';

export const PROGRAM = join(import.meta.dirname, '../../bin/cenr.mjs');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Where a command is run. */
interface Place {
  /** The folder it is run in. */
  readonly dir?: string;
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Commands in this process share its terminal, folder and environment: they run one after the other. */
let former: Promise<unknown> = Promise.resolve();

/** Runs `cenr` with arguments. */
export const cenr = (...args: readonly string[]): Promise<Ran> => cenrIn({}, ...args);

/** Runs `cenr` with arguments in a folder, with an environment. */
export function cenrIn(place: Place, ...args: readonly string[]): Promise<Ran> {
  const ran = former.then(() => runHere(place, args));
  former = ran.catch(() => {});
  return ran;
}

/** Runs `cenr` with arguments in a process of its own. */
export const cenrProcess = (...args: readonly string[]): Promise<Ran> => started([], args);

/** Runs `cenr` in a process in which a module, whose text is given, has run before. */
export const cenrAfter = (module: string, ...args: readonly string[]): Promise<Ran> =>
  started(['--import', `data:text/javascript,${encodeURIComponent(module)}`], args);

async function runHere({ dir, env = {} }: Place, args: readonly string[]): Promise<Ran> {
  const own = terminal;
  const folder = process.cwd();
  const variables = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const [out, err] = [new Gathered(), new Gathered()];
  useTerminal({ out, err, exitCode: 0 });
  Object.assign(process.env, env);
  try {
    if (dir !== undefined) process.chdir(dir);
    const code = await runCommandLine(args);
    return { code, out: out.text, err: err.text };
  } finally {
    process.chdir(folder);
    for (const [name, value] of variables)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    useTerminal(own);
  }
}

/** Keeps what is written. */
class Gathered extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

/** More processes at a time than this only wait for each other. */
const MOST = 4;
let running = 0;
const waiting: (() => void)[] = [];

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
