/** Files that follow another day of the publication than the rulebook says that it follows. */
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import type { SourceJson } from '#rulebook/load/declarations';
import { type Note, note } from './note.ts';

interface Sourced {
  readonly source?: SourceJson & { readonly otherDay?: string };
  /** Of a ledger. */
  readonly page?: string;
  readonly updated?: string;
}

const FOLLOWING: readonly string[] = ['field', 'selection', 'laws', 'check', 'ledger'];

/** A file that follows the same page as it was on another day, and does not say why. Other pages have days of their own. */
export function* publicationNotes({ about, files }: Rulebook): Generator<Note> {
  const { page, updated } = about.publication;
  for (const { path, json } of files) {
    if (!FOLLOWING.includes(grammarOf(path) ?? '')) continue;
    const { source, ...own } = json as Sourced;
    const followed = source ?? own;
    if (followed.page !== page || followed.updated === undefined || followed.updated === updated) continue;
    if (source?.otherDay !== undefined) continue;
    yield note(
      'publication-days-differ',
      { file: path, pointer: source ? '/source/updated' : '/updated' },
      `follows the page "${page}" as updated on ${followed.updated}, but rules/rulebook.json follows it as updated on ${updated}; compare the file with that page and set the day${source ? ', or say in "otherDay" why it is another' : ''}`,
    );
  }
}
