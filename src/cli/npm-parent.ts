/**
 * A service that npm started (`npx cenr serve`, `npm start`) ends with npm. A signal that ends npm alone does not reach
 * what npm started, and a service that nobody sees any more would keep the port and the store.
 */
import { execFileSync } from 'node:child_process';

/** How often it is looked whether npm is still there. */
const LOOK_MS = 500;

/** The process that npm is, or the shell between npm and this one: when one of them ends, so does the service. */
interface Process {
  readonly parent: number;
  readonly command: string;
}

/** What the system says about a process; `undefined` where it cannot be asked. */
function processOf(pid: number): Process | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
    const [, parent, command = ''] = /^\s*(\d+)\s+(.*)$/m.exec(line) ?? [];
    return parent === undefined ? undefined : { parent: Number(parent), command: command.trim() };
  } catch {
    return undefined;
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * Calls `ended` once when the npm that started this process is gone. Does nothing for a process that npm did not start.
 * @param environment in which npm leaves its name
 */
export function whenNpmEnds(environment: NodeJS.ProcessEnv, ended: () => void): void {
  if (environment['npm_execpath'] === undefined) return;
  const parent = process.ppid;
  const shell = processOf(parent);
  // npm runs a script in a shell, which waits for it and outlives npm. Some shells put the script in their own place:
  // then npm is the parent itself, and whose child npm is does not matter.
  const npm = shell?.command.endsWith('sh') ? shell.parent : parent;
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(npm)) return;
    clearInterval(timer);
    ended();
  }, LOOK_MS);
  timer.unref();
}
