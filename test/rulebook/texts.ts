/** The texts of the shipped rulebook, and small changes to them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RulebookTexts } from '#rulebook/load/load';

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * One change of one file. Texts to be replaced must stand in the file exactly once: a patch that no longer fits fails
 * its test.
 */
export type Patch =
  | { readonly file: string; readonly replace: readonly [from: string, to: string] }
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly remove: true };

/** Path and text of every file of the shipped rulebook, in ascending order of path. */
export const shippedTexts: RulebookTexts = ['rules', 'schemas/records', 'schemas/codesets', 'schemas/references']
  .flatMap((folder) => readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((file) => ({ path: file.slice(PROJECT.length + 1).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }))
  .sort((a, b) => (a.path < b.path ? -1 : 1));

/** The texts after patches, the first one first. */
export function patched(patches: readonly Patch[], texts: RulebookTexts = shippedTexts): RulebookTexts {
  const files = new Map(texts.map(({ path, text }) => [path, text]));
  for (const patch of patches) {
    const before = files.get(patch.file);
    if ('text' in patch) files.set(patch.file, patch.text);
    else if (before === undefined) throw new RangeError(`there is no file ${patch.file} to patch`);
    else if ('remove' in patch) files.delete(patch.file);
    else {
      const [from, to] = patch.replace;
      const parts = before.split(from);
      if (parts.length !== 2)
        throw new RangeError(
          `${JSON.stringify(from)} stands ${parts.length - 1} times in ${patch.file}; expected once`,
        );
      files.set(patch.file, parts.join(to));
    }
  }
  return Array.from(files, ([path, text]) => ({ path, text })).sort((a, b) => (a.path < b.path ? -1 : 1));
}
