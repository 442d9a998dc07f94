/**
 * A folder of rules that people work in: what became of it since the last look. Looking is all it does; watch-rules.ts
 * decides when.
 */
import type { Rulebook } from '#rulebook/load/assemble';
import { RulebookLoadError, readTexts, verify } from '#rulebook/load/load';
import { hashOf, type RulebookTexts } from '#rulebook/load/texts';

export interface RulesFolder {
  /**
   * Reads the folder. Gives what is new in it once two looks in a row have found the same: editors write a file in
   * steps, and a checkout writes many. `undefined` when there is nothing new, or not yet.
   */
  look(): { readonly rulebook: Rulebook } | { readonly refused: RulebookLoadError } | undefined;
}

/** What a folder holds: its texts by their hash, or the reason why it cannot be read. */
type Found = { readonly known: string } & ({ readonly texts: RulebookTexts } | { readonly refused: RulebookLoadError });

/**
 * @param dir the folder `rules`, with `schemas` beside it or not
 * @param hash of the files that are known to be in it
 */
export function rulesFolder(dir: string, hash: string): RulesFolder {
  let judged = hash;
  let seen = hash;
  return {
    look() {
      const found = read(dir);
      const settled = found.known === seen;
      seen = found.known;
      if (!settled || seen === judged) return undefined;
      judged = seen;
      if ('refused' in found) return { refused: found.refused };
      try {
        return { rulebook: verify(found.texts) };
      } catch (error) {
        if (error instanceof RulebookLoadError) return { refused: error };
        throw error;
      }
    },
  };
}

function read(dir: string): Found {
  try {
    const texts = readTexts(dir);
    return { known: hashOf(texts), texts };
  } catch (error) {
    const refused = error instanceof RulebookLoadError ? error : unreadable(error);
    return { known: refused.message, refused };
  }
}

/** Perhaps only because a file was renamed between being listed and being read: the next look tells. */
function unreadable(error: unknown): RulebookLoadError {
  if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  return new RulebookLoadError([
    {
      file: 'rules',
      pointer: '',
      line: 1,
      column: 1,
      message: `the folder cannot be read: ${(error as Error).message}`,
    },
  ]);
}
