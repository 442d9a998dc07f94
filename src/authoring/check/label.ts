/** The version that a rulebook calls itself, when other files are already known by it. */
import type { Rulebook } from '#rulebook/load/assemble';
import { type NamedVersion, namesakesOf } from '#rulebook/load/namesakes';
import { type Note, note } from './note.ts';

/** @param versions that people know by their names */
export function labelNotes({ hash, about }: Rulebook, versions: readonly NamedVersion[]): Note[] {
  const [other] = namesakesOf({ hash, about }, versions);
  if (!other) return [];
  return [
    note(
      'version-not-raised',
      { file: 'rules/rulebook.json', pointer: '/version' },
      `the files differ from those of the version with SHA-256 ${other.hash}, and both are called "${about.version}"; write another "version", so that nobody takes one for the other`,
    ),
  ];
}
