#!/usr/bin/env node
/**
 * Starts the command line. Plain JavaScript, so that an older Node can read it and say what is missing; and before all
 * else, so that whatever is loaded later is kept compiled for the next time.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const NODE = 24;

if (Number.parseInt(process.versions.node, 10) < NODE) {
  process.stderr.write(
    `cenr needs Node ${NODE} or later, and this is Node ${process.versions.node}; install Node ${NODE}, or install cenr in a folder of its own with npm, which brings it\n`,
  );
  process.exit(2);
}

const [, , first, second] = process.argv;
if (second === undefined && (first === '--version' || first === '-V')) {
  // Said at once: nothing else is loaded for it.
  process.stdout.write(`${JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version}\n`);
} else await start();

async function start() {
  // Where what can be made again is kept for this person: the system's own place, else below the home folder.
  const { CENR_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const cache = CENR_CACHE ?? join(XDG_CACHE_HOME ?? LOCALAPPDATA ?? join(homedir(), '.cache'), 'cenr');
  process.env.CENR_CACHE = cache;
  // A folder that cannot be written means no cache, and no fault. The variable is for threads: each enables its own.
  process.env.NODE_COMPILE_CACHE ??= join(cache, 'compiled');
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  // A checkout runs its sources, whatever was built in it; the package has no sources.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href);
}
