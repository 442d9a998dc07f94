/** The retired numbers of a store as reading files needs them. */
import { PersonReader } from '#identity/columns';
import { matchParameters } from '#identity/parameters';
import { type Replacement, type RetiredNumbers, yearOf } from '#intake/retired-numbers';
import { historyOf } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Store } from '#store/store';

/**
 * Every retired number with the active one that stands for it, and that student's gender and birth year by the newest
 * record.
 * @returns `undefined` when no number is retired
 * @throws UserError when the rules lack a parameter
 */
export async function retiredNumbers(
  store: Pick<Store, 'ssids' | 'forLEAs'>,
  rulebook: Rulebook,
): Promise<RetiredNumbers | undefined> {
  const active = await store.ssids.replacements();
  if (active.size === 0) return undefined;
  const { layouts, output } = rulebook.schemas;
  const parameters = matchParameters(rulebook);
  const reader = new PersonReader(layouts, output.copiesFrom, parameters);
  const histories = store.forLEAs('all');
  const known = new Map<string, Replacement>();
  const replacements = new Map<string, Replacement>();
  for (const [retired, ssid] of active) {
    let replacement = known.get(ssid);
    if (!replacement) {
      const kept = await histories.history(ssid);
      const described = kept && reader.described(historyOf(ssid, kept.records(reader.plan), reader.plan));
      replacement = { ssid, gender: described?.gender || undefined, birthYear: yearOf(described?.birthDate ?? '') };
      known.set(ssid, replacement);
    }
    replacements.set(retired, replacement);
  }
  return { replacements, columns: { gender: parameters.person.Gender, birthDate: parameters.person.BirthDate } };
}

/**
 * The same of a list that comes with the records: nothing is known of students before they are read, so every line with
 * a retired number is taken by the number alone.
 * @param active as `activeNumbers` gives them
 * @throws UserError when the rules lack a parameter
 */
export function retiredIn(active: ReadonlyMap<string, string>, rulebook: Rulebook): RetiredNumbers {
  const unknown = { gender: undefined, birthYear: undefined };
  const replacements = new Map([...active].map(([retired, ssid]) => [retired, { ssid, ...unknown }]));
  const { person } = matchParameters(rulebook);
  return { replacements, columns: { gender: person.Gender, birthDate: person.BirthDate } };
}

/**
 * The retired numbers that a file may still have, each with its replacement, of students in scope alone: whoever may not
 * see a student does not learn the number.
 * @param snapshot as the store was then: what was not retired yet is left out
 * @throws SnapshotGoneError
 */
export async function replacementsInScope(
  store: Pick<Store, 'ssids' | 'forLEAs'>,
  scope: LEAScope,
  snapshot?: number,
): Promise<ReadonlyMap<string, string>> {
  const seen = store.forLEAs(scope);
  const found = new Map<string, string>();
  for (const retired of (await store.ssids.replacements()).keys()) {
    const ssid = await store.ssids.activeOf(retired, snapshot);
    if (ssid !== retired && (await seen.history(ssid, snapshot))) found.set(retired, ssid);
  }
  return found;
}
