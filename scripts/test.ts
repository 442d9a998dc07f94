/**
 * Runs tap, as `npm test` does. What one test process compiled, the others, their threads and every `cenr` that they
 * start need not compile again: a hundred processes load much the same.
 */
import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';

const CACHE = resolve(import.meta.dirname, '../.tap/cache');

process.env['CENR_CACHE'] ??= CACHE;
process.env['NODE_COMPILE_CACHE'] ??= CACHE;
enableCompileCache(process.env['NODE_COMPILE_CACHE']);
await import(new URL('run.mjs', import.meta.resolve('tap')).href);
