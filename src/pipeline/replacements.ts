/** The Replacement SSID extract of a store. */
import { PersonReader } from '#identity/columns';
import { matchParameters } from '#identity/parameters';
import { type ReplacementLine, replacementLines } from '#identity/replacements';
import { historyOf } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';

/**
 * The lines of the extract: by retired number, then by LEA. A number is shown with the active one that stands for it.
 * @param scope whose students
 * @throws UserError when the rules lack a parameter
 */
export async function replacementsOf(
  store: Pick<Store, 'ssids' | 'forLEAs'>,
  rulebook: Rulebook,
  scope: LEAScope,
): Promise<readonly ReplacementLine[]> {
  const { layouts, output } = rulebook.schemas;
  const reader = new PersonReader(layouts, output.copiesFrom, matchParameters(rulebook));
  const inScope = store.forLEAs(scope);
  const lines: ReplacementLine[] = [];
  for (const [retired, replacement] of await store.ssids.replacements()) {
    const kept = [await inScope.history(retired), await inScope.history(replacement)];
    const histories = kept.flatMap((one) => (one ? [historyOf(one.ssid, one.records(reader.plan), reader.plan)] : []));
    lines.push(...replacementLines({ retired, replacement }, histories, reader, scope));
  }
  return lines;
}
