/** docs/rules.md: the rules of the extract in sentences, from rules/. */

import { rulesInWords } from '#authoring/pages/rules-in-words';
import type { Rulebook } from '#rulebook/load/assemble';
import { generatedNote } from './note.ts';

/**
 * No clock is read for it, so it does not say which rules were not compared for long; `cenr rules list --format md`
 * does.
 */
export const rulesPage = (rulebook: Rulebook): string =>
  rulesInWords(rulebook, { format: 'md' }).replace('\n\n', `\n\n${generatedNote('rules')}\n\n`);
