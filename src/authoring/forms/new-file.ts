/** A file that there is not yet, with the least that its grammar asks for: blanks, for somebody to fill in. Pure. */
import { spaced } from '#base/json-edits';
import { grammarOf } from '#rulebook/load/assemble';
import { grammarSchema } from '#rulebook/load/grammar-schemas';
import { blankOf } from './shape.ts';

/**
 * @param path in a folder whose files have a grammar
 * @throws Error for one that has none
 */
export function blankFile(path: string): string {
  const grammar = grammarOf(path);
  if (grammar === undefined) throw new Error(`no grammar is for ${path}`);
  const up = '../'.repeat(path.split('/').length - 1);
  const blank = blankOf(grammarSchema(grammar)) as object;
  return `${spaced({ $schema: `${up}schemas/grammar/${grammar}.schema.json`, ...blank })}\n`;
}
