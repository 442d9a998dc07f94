/**
 * Runs tap, as `npm test` does. What one test process compiled, the others, their threads and every `cenr` that they
 * start need not compile again. Without arguments that name files, the files of a folder of `test/` share processes
 * (`room.ts`), a few to each: most of what a small test takes is loading what all of them load.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const CACHE = join(ROOT, '.tap/cache');
const ROOMS = join(ROOT, '.tap/rooms');

/** So many files of a folder share a process. */
const SHARING = 16;

/** These take longest, and begin: so all cores have work until the end. */
const LONGEST = ['attack', 'store', 'peers', 'pages', 'policy', 'service', 'authoring', 'scripts', 'cli'];

process.env['CENR_CACHE'] ??= CACHE;
// Services that tests start live for seconds: what they would practice is tested by itself.
process.env['CENR_PRACTICE'] ??= 'off';
process.env['NODE_COMPILE_CACHE'] ??= CACHE;
if (process.argv.slice(2).every((argument) => argument.startsWith('-'))) process.argv.push(...(await writeRooms()));
enableCompileCache(process.env['NODE_COMPILE_CACHE']);
await import(new URL('run.mjs', import.meta.resolve('tap')).href);

/** Writes a module for each process; gives their paths. */
async function writeRooms(): Promise<readonly string[]> {
  const folders = new Map<string, string[]>();
  const found = await Array.fromAsync(glob('test/**/*.test.ts', { cwd: ROOT, exclude: ['**/node_modules/**'] }));
  for (const file of found.sort()) {
    const folder = file.split('/').length > 2 ? (file.split('/')[1] as string) : 'whole';
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  rmSync(ROOMS, { recursive: true, force: true });
  mkdirSync(ROOMS, { recursive: true });
  const first = (folder: string): number => LONGEST.toReversed().indexOf(folder);
  const inOrder = [...folders].sort(([a], [b]) => first(b) - first(a));
  return inOrder.flatMap(([folder, files], place) => {
    const rooms = Math.ceil(files.length / SHARING);
    return Array.from({ length: rooms }, (_, index) => {
      // Tap takes files by their names.
      const path = join(ROOMS, `${String(place).padStart(2, '0')}-${folder}-${index + 1}.ts`);
      const own = files.filter((_, number) => number % rooms === index);
      const room = JSON.stringify(join(ROOT, 'scripts/room.ts'));
      writeFileSync(path, `import { runRoom } from ${room};\nawait runRoom(${JSON.stringify(own)});\n`);
      return path;
    });
  });
}
