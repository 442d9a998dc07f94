/** The program as processes of their own, which can be killed: the service, and commands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../bin/cenr.mjs');

const ENVIRONMENT = {
  ...process.env,
  CENR_LOG_LEVEL: 'error',
  CENR_REQUESTS_PER_MINUTE: '0',
  CENR_EVALUATIONS_PER_MINUTE: '0',
  CENR_WAITING_UPLOADS: '1000',
  CENR_WAITING_JOBS: '1000',
};

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a body is whatever is expected of it
  readonly body: any;
}

export interface Running {
  readonly child: ChildProcess;
  /** A request; `undefined` when the connection breaks. */
  ask(
    method: string,
    path: string,
    more?: { headers?: object; body?: string | Uint8Array<ArrayBuffer> },
  ): Promise<Answered | undefined>;
  /** Ends the process at once; nothing in it can do anything about that. */
  kill(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/** Starts the service on a store; it listens when this resolves. */
export async function startService(storeDir: string, environment: object = {}): Promise<Running> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--store', storeDir, '--port', '0'], {
    env: { ...ENVIRONMENT, ...environment } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      const found = /listens on (http:\S+?),/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', (code) => {
      if (code) process.stderr.write(`cenr serve ended with ${code}: ${said.slice(-2_000)}\n`);
      reject(new Error(`cenr serve ended with ${code}: ${said}`));
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    child,
    async ask(method, path, { headers = {}, body } = {}) {
      try {
        const response = await fetch(address + path, {
          method,
          headers: { connection: 'close', ...headers } as Record<string, string>,
          ...(body !== undefined && { body }),
        });
        const text = await response.text();
        const isJSON = /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
        return {
          status: response.status,
          headers: response.headers,
          text,
          body: isJSON ? JSON.parse(text) : undefined,
        };
      } catch {
        return undefined;
      }
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

export interface Command {
  readonly child: ChildProcess;
  /** Its exit code, `null` when it was killed, and what it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** Starts a command. */
export function startCommand(...args: readonly string[]): Command {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: ENVIRONMENT as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    err += String(chunk);
  });
  return { child, ended: once(child, 'close').then(() => ({ code: child.exitCode, out, err })) };
}
