/** The sentences of what keeps an enrollment out, one for each condition of the selection. */
import { amount } from '#base/text';
import { partsOf } from '#explain/missing-students';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Note, note } from './note.ts';

export function keptOutNotes({ extract: { selection } }: Rulebook): Note[] {
  const { keepsOut } = selection.json;
  const conditions = partsOf(selection.where).length;
  if (keepsOut === undefined || keepsOut.length === conditions) return [];
  return [
    note(
      'sentences-do-not-match',
      { file: selection.where.file, pointer: '/keepsOut' },
      `"keepsOut" has ${amount(keepsOut.length, 'sentence')}, and "where" has ${amount(conditions, 'condition')}: none of the sentences is used; write one for each condition, in their order`,
    ),
  ];
}
