/** Columns of the extract that no extract has. */
import { outputColumns } from '#records/layout';
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import { type Note, note } from './note.ts';

export function columnNotes({ files, schemas: { output } }: Rulebook): Note[] {
  const sets = Object.keys(output.columnSets);
  const written = new Set(sets.flatMap((set) => outputColumns(output, set).map(({ key }) => key)));
  const file = files.find(({ path }) => grammarOf(path) === 'output-layout')?.path ?? '';
  return output.columns.flatMap(({ key, name }, i) =>
    written.has(key)
      ? []
      : [
          note(
            'column-in-no-set',
            { file, pointer: `/columns/${i}` },
            `the column "${name}" is in no column set, so no extract has it; add "${key}" to "columnSets", and say in "defaultColumnSet" from which academic year on that set is written`,
          ),
        ],
  );
}
