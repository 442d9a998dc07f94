/**
 * Runs several test files in one process, one after another, each as a test of its own with the name of its file. What
 * a hundred processes would load and warm up again, they load once; a file alone (`npm test -- FILE`) runs as ever.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Test } from 'tap';
import { replaceModules } from './replace-modules.ts';

const ROOT = join(import.meta.dirname, '..');

/** The test of each file that has begun, by the file's address: what `import t from 'tap'` gives there. */
const tests = new Map<string, Test>();

/** What files left to be ended after the last of them. */
const ends = new Set<() => Promise<void>>();

/**
 * Where a module of the text below finds the test of its file, and what files share (`test/pages/browser.ts`) the list of
 * what is to be ended.
 */
Object.assign(globalThis, { cenrTests: tests, cenrEnds: ends });
const tapOf = (file: string): string =>
  `const t = cenrTests.get(${JSON.stringify(file)}); export const test = t.test.bind(t); export default t;`;

/**
 * Tap follows every promise, to find the test whose error nobody waits for; that takes a fifth of the time. Without, such
 * an error ends the process, and the run fails with its stack.
 */
const NO_DOMAIN = 'export class Domain { destroy() {} }';

replaceModules((name, importer) => {
  if (name === 'tap' && tests.has(importer)) return tapOf(importer);
  return name === 'async-hook-domain' ? NO_DOMAIN : undefined;
});

/** Tap writes a line at a time, and whoever reads it is woken for each: what comes at once is written at once. */
function writeTogether(): void {
  const { stdout } = process;
  const write = stdout.write.bind(stdout) as typeof stdout.write;
  stdout.write = ((...given: Parameters<typeof stdout.write>) => {
    if (stdout.writableCorked === 0) {
      stdout.cork();
      setImmediate(() => stdout.uncork());
    }
    return write(...given);
  }) as typeof stdout.write;
  // What is written from then on would never be let go.
  process.on('exit', () => {
    stdout.write = write;
    stdout.uncork();
  });
}

/** Runs test files, given by their paths in the project, in this process. */
export async function runFiles(files: readonly string[]): Promise<void> {
  writeTogether();
  const { default: tap } = await import('tap');
  // Each file has its own limit.
  tap.setTimeout(0);
  for (const file of files) {
    await tap.test(file, async (t) => {
      const address = pathToFileURL(join(ROOT, file)).href;
      tests.set(address, t);
      await import(address);
    });
  }
  for (const end of ends) await end();
}
