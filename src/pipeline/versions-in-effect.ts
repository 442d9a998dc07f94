/** The versions of the rules that a store has had in effect. */
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { referencesIn, withReferences } from '#rulebook/load/reference-files';
import type { Store } from '#store/store';

/** So many, those that came last: each is tried on many students. */
const MOST_VERSIONS = 12;

/** The rulebooks that are or were in effect in a store, or are to be, in the order of their activations. */
export async function versionsInEffect(store: Pick<Store, 'activations' | 'rulebook'>): Promise<Rulebook[]> {
  const hashes = [...new Set((await store.activations()).map(({ hash }) => hash))].slice(-MOST_VERSIONS);
  const versions: Rulebook[] = [];
  for (const hash of hashes) {
    const source = await store.rulebook(hash);
    if (source) versions.push(assemble(source));
  }
  return versions;
}

/** Rulebooks with the reference files of another one, so that only the rules differ. */
export function withReferencesOfOther(versions: readonly Rulebook[], rulebook: Rulebook): Rulebook[] {
  const rows = referencesIn(rulebook.files);
  return versions.map((version) => {
    const source = withReferences(version, rows, true);
    return source.hash === version.hash ? version : assemble(source);
  });
}
