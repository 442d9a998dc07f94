/**
 * Which rulebooks this person's program verified before: empty files in the cache folder, one for each, named by what was
 * verified. A cache that cannot be read or written means that a rulebook is verified again.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifiedBefore } from '#rulebook/load/load';
import { VERSION } from './version.ts';

/** @param cache the folder; nothing is remembered without one */
export function verifiedBefore(cache: string | undefined): VerifiedBefore | undefined {
  if (cache === undefined) return undefined;
  // What one version of the program accepts, another may not.
  const dir = join(cache, 'verified', VERSION);
  return {
    has: (key) => existsSync(join(dir, key)),
    add(key) {
      try {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        writeFileSync(join(dir, key), '');
      } catch {
        // Next time it is verified again.
      }
    },
  };
}
