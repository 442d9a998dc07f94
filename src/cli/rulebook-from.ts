/** The rulebook that the options name. */
import { existsSync } from 'node:fs';
import { UserError } from '#base/user-error';
import { versionsInEffect, withReferencesOfOther } from '#pipeline/versions-in-effect';
import { beginsHash, VersionUnknownError, versionByHash } from '#publishing/choose';
import { publishedAt } from '#publishing/in-effect';
import { assemble, type Rulebook, type RulebookSource } from '#rulebook/load/assemble';
import { loadRulebook } from '#rulebook/load/load';
import { holdsStore } from '#store/sqlite';
import type { Store } from '#store/store';
import { requireStore, withStore } from './open-store.ts';
import { verifiedBefore } from './verified-before.ts';

const READ = { readOnly: true } as const;

/**
 * Whether the column set exists in the rulebook.
 * @throws UserError naming those that do
 */
export function columnsFrom(rulebook: Rulebook, columns: string | undefined): string | undefined {
  const { columnSets } = rulebook.schemas.output;
  if (columns !== undefined && !Object.hasOwn(columnSets, columns))
    throw new UserError(`--columns ${columns}: expected one of ${Object.keys(columnSets).join(', ')}`);
  return columns;
}

/**
 * The rulebook of `--rules`, or of another option: that of a folder, or a version that the store keeps. When nothing is
 * given: the version that was published or restored in the store, as its service has it, else the one that comes with
 * the program.
 * @throws UserError, RulebookLoadError
 */
export async function rulebookFrom(
  { rules, store }: { rules?: string | undefined; store?: string | undefined },
  option = '--rules',
): Promise<Rulebook> {
  if (rules === undefined)
    return (store !== undefined && holdsStore(store) ? await withStore(store, publishedIn, READ) : undefined) ?? load();
  if (!beginsHash(rules) || existsSync(rules)) return load(rules);
  if (store === undefined)
    throw new UserError(
      `${option} ${rules} is not a folder; to use a version by its hash, give the store that keeps it with --store DIR`,
    );
  requireStore(store, ` that keeps the version ${rules}`);
  try {
    return await withStore(
      store,
      async (kept) =>
        assemble((await kept.rulebook(versionByHash(await kept.versions(), rules).hash)) as RulebookSource),
      READ,
    );
  } catch (error) {
    if (error instanceof VersionUnknownError) throw new UserError(`${option}: ${error.message}`);
    throw error;
  }
}

/**
 * Other rules than those in hand: the folders and hashes of `--versions`, and the versions that were in effect in a store.
 * @param rulebook the one in hand; the others get its reference files
 * @throws UserError, RulebookLoadError
 */
export async function versionsFrom(
  rulebook: Rulebook,
  { versions = [], store }: { versions?: readonly string[] | undefined; store?: string | undefined },
): Promise<Rulebook[]> {
  const named: Rulebook[] = [];
  for (const version of versions) named.push(await rulebookFrom({ rules: version, store }, '--versions'));
  const kept = store !== undefined && holdsStore(store) ? await withStore(store, versionsInEffect, READ) : [];
  return withReferencesOfOther([...named, ...kept], rulebook);
}

async function publishedIn(store: Store): Promise<Rulebook | undefined> {
  const activation = publishedAt(await store.activations(), new Date().toISOString());
  const source = activation && (await store.rulebook(activation.hash));
  return source && assemble(source);
}

/** The rulebook of a folder; the one that comes with the program when none is named. */
const load = (rules?: string): Rulebook => loadRulebook(rules, undefined, verifiedBefore(process.env['CENR_CACHE']));

/**
 * The rules that a folder of rules is most often an edited copy of: those in this program.
 * @param folder none: these rules themselves, which nobody edited
 */
export const beforeEdits = (folder: string | undefined): Rulebook | undefined =>
  folder === undefined ? undefined : loadRulebook();
