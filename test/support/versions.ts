/** Other versions of the shipped rulebook: as if policy staff had changed it. */
import type { Rulebook, RulebookSource } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import { fileHash, hashOf, type RulebookTexts } from '#rulebook/load/texts';
import { shipped } from './histories.ts';

export const shippedTexts: RulebookTexts = shipped.files.map(({ path, text }) => ({ path, text: text as string }));

/** The shipped texts with some files changed. */
export const changedTexts = (changes: Readonly<Record<string, (text: string) => string>>): RulebookTexts =>
  shippedTexts.map(({ path, text }) => ({ path, text: changes[path]?.(text) ?? text }));

/**
 * A rulebook whose field 40 says `value` where the shipped one says Y, and whose publication is perhaps of another day.
 */
export const saying = (value: string, updated = shipped.about.publication.updated): Rulebook =>
  verify(
    changedTexts({
      'rules/fields/40-homeless-program-eligible.json': (text) => text.replace('"Y"', JSON.stringify(value)),
      'rules/rulebook.json': (text) =>
        text.replaceAll(`"updated": "${shipped.about.publication.updated}"`, `"updated": "${updated}"`),
    }),
  );

/** The texts of a rulebook that no loader accepts: field 40 asks for a fact that is not declared. */
export const brokenTexts = changedTexts({
  'rules/fields/40-homeless-program-eligible.json': (text) => text.replace('"programAtSchool"', '"nowhereDeclared"'),
});

/** Texts as a store keeps them, whether a loader would accept them or not. */
export const unverified = (texts: RulebookTexts): RulebookSource => ({
  hash: hashOf(texts),
  files: texts.map(({ path, text }) => ({ path, json: JSON.parse(text) as unknown, sha256: fileHash(text), text })),
});
