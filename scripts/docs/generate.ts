/** Writes every generated file: `npm run generate`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { generatedFiles } from './generated-files.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

for (const { path, text } of generatedFiles()) {
  const file = join(PROJECT, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await text());
  process.stdout.write(`${path}\n`);
}
