/**
 * Runs tap, as `npm test` does. What one test process compiled, the others, their threads and every `cenr` that they
 * start need not compile again. Without arguments that name files, the files of a folder of `test/` share processes
 * (`shared-process.ts`), a few to each: most of what a small test takes is loading what all of them load.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';
import { replaceModules } from './replace-modules.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CACHE = join(ROOT, '.tap/cache');
const SHARED = join(ROOT, '.tap/shared');

/** So many files of a folder share a process. */
const SHARING = 16;

/** These take longest, and begin: so all cores have work until the end. */
const LONGEST = ['attack', 'store', 'peers', 'pages', 'policy', 'service', 'authoring', 'scripts', 'cli'];

process.env['CENR_CACHE'] ??= CACHE;
// Services that tests start live for seconds: what they would practice is tested by itself.
process.env['CENR_PRACTICE'] ??= 'off';
process.env['NODE_COMPILE_CACHE'] ??= CACHE;
if (process.argv.slice(2).every((argument) => argument.startsWith('-'))) {
  process.argv.push(...(await writeShared()));
  followNothing();
}
enableCompileCache(process.env['NODE_COMPILE_CACHE']);
await import(new URL('run.mjs', import.meta.resolve('tap')).href);

/**
 * Tap has every process and thread that comes of a test note each module that it loads, for coverage and for running only
 * what changed. A run of all has no use for that, and a `cenr` that a test starts takes a third less time without.
 */
function followNothing(): void {
  const instead: Readonly<Record<string, string>> = {
    './test-argv.js': 'export const testArgv = () => [];',
    '@tapjs/processinfo': "import { spawn } from 'node:child_process'; export const ProcessInfo = { spawn };",
  };
  replaceModules((name, importer) => (importer.includes('/@tapjs/') ? instead[name] : undefined));
}

/** Writes a module for each process; gives their paths. */
async function writeShared(): Promise<readonly string[]> {
  const found = await Array.fromAsync(glob('test/**/*.test.ts', { cwd: ROOT, exclude: ['**/node_modules/**'] }));
  const folders = Map.groupBy(found.sort(), (file) => file.split('/').slice(1, -1)[0] ?? 'whole');
  const module = JSON.stringify(join(ROOT, 'scripts/shared-process.ts'));
  rmSync(SHARED, { recursive: true, force: true });
  mkdirSync(SHARED, { recursive: true });
  return [...new Set([...LONGEST, ...folders.keys()])].flatMap((folder, place) => {
    const files = folders.get(folder) ?? [];
    const processes = Math.ceil(files.length / SHARING);
    return Array.from({ length: processes }, (_, index) => {
      // Tap takes files by their names.
      const path = join(SHARED, `${String(place).padStart(2, '0')}-${folder}-${index + 1}.ts`);
      const own = files.filter((_, number) => number % processes === index);
      writeFileSync(path, `import { runFiles } from ${module};\nawait runFiles(${JSON.stringify(own)});\n`);
      return path;
    });
  });
}
