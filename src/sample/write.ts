import { once } from 'node:events';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { SampleOptions } from './generate.ts';
import { generateSample, IDENTITIES, REQUESTS } from './generate.ts';
import type { SampleLayout } from './lines.ts';
import type { Recipe } from './recipe.ts';
import { readRecipe } from './recipe.ts';

const schemas = join(import.meta.dirname, '..', '..', 'schemas');

// A stream asks for more only when all it had is written, so it must hold enough to keep the disk at work while more is
// made: with 1 MB a tenth of the time was spent waiting.
const highWaterMark = 1 << 20;

/** Gives the recipe that comes with the program, `schemas/sample.json`. */
export function readSampleRecipe(): Recipe {
  return readRecipe(join(schemas, 'sample.json'), join(schemas, 'grammar', 'sample.schema.json'));
}

/** Takes a recipe; gives the layouts, from `schemas/records`, of the record types it makes. */
export function readSampleLayouts(recipe: Recipe): SampleLayout[] {
  return Object.keys(recipe.records).map(
    (type): SampleLayout => JSON.parse(readFileSync(join(schemas, 'records', `${type}.json`), 'utf8')),
  );
}

/** The name of the file that the lines of a chunk go to. */
export const fileOf = (recordType: string): string => `${recordType}.${recordType === IDENTITIES ? 'csv' : 'txt'}`;

/**
 * Takes the options of a sample, a folder, which is made if need be, and perhaps another recipe. Writes one file for
 * each record type (`SENR.txt` and so on), replacing older ones; gives the number of lines written for each. Waits for
 * the disk, so memory stays flat.
 */
export async function writeSample(
  options: SampleOptions,
  outDir: string,
  recipe = readSampleRecipe(),
): Promise<Record<string, number>> {
  const layouts = readSampleLayouts(recipe);
  await mkdir(outDir, { recursive: true });
  const files = new Map<string, WriteStream>();
  const counts: Record<string, number> = {};
  const failure = new AbortController();
  try {
    const names = layouts.map(({ recordType }) => recordType);
    for (const recordType of options.identities ? [...names, REQUESTS, IDENTITIES] : names) {
      const file = createWriteStream(join(outDir, fileOf(recordType)), { highWaterMark });
      file.on('error', (error) => failure.abort(error));
      files.set(recordType, file);
      counts[recordType] = 0;
    }
    for (const { recordType, bytes, lines } of generateSample(recipe, layouts, options)) {
      failure.signal.throwIfAborted();
      const file = files.get(recordType) as WriteStream;
      counts[recordType] = (counts[recordType] ?? 0) + lines;
      if (!file.write(bytes)) await once(file, 'drain', { signal: failure.signal });
    }
    await Promise.all([...files.values()].map((file) => finished(file.end())));
    return counts;
  } catch (error) {
    for (const file of files.values()) file.destroy();
    throw failure.signal.aborted ? failure.signal.reason : error;
  }
}
