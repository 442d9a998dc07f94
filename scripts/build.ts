/**
 * Makes `dist`, the JavaScript of the npm package: `npm pack` calls it. A checkout never runs it. `dist` has the folders
 * of `src`, so that every path from a file to `rules` and `schemas` holds in both; its own package.json says where the
 * files of another room lie.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');
const DIST = join(PROJECT, 'dist');
/** Files of `src` that are read as they are. */
const COPIED = ['**/*.sql', '**/*.cjs', 'pages/assets/*'];

rmSync(DIST, { recursive: true, force: true });
const compiler = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [compiler, '-p', join(PROJECT, 'tsconfig.build.json')], { stdio: 'inherit' });
for (const file of globSync(COPIED, { cwd: join(PROJECT, 'src') })) {
  mkdirSync(dirname(join(DIST, file)), { recursive: true });
  copyFileSync(join(PROJECT, 'src', file), join(DIST, file));
}
writeFileSync(
  join(DIST, 'package.json'),
  `${JSON.stringify({ type: 'module', imports: { '#*': './*.js' } }, null, 2)}\n`,
);
