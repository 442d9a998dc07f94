/** Rows looked up by what never is their key, and record types of which nothing tells one record from another. */
import { type Layout, layoutOf } from '#records/layout';
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import type { CalculationNode } from '#rulebook/tree/nodes';
import { nodesIn, rootsOf } from '#rulebook/tree/walk';
import { expressionWords, glossaryOf } from '#rulebook/words/words';
import { type Note, note } from './note.ts';
import type { RowsOfExamples } from './witness.ts';

export const referenceNotes = (rulebook: Rulebook, rows: RowsOfExamples): Note[] => [
  ...nodesIn(rootsOf(rulebook)).flatMap((node) => (node.kind === 'calculation' ? lookedUp(node, rulebook, rows) : [])),
  ...rulebook.files.flatMap(({ path, json }) => {
    const { recordType, keyColumns } = json as Partial<Layout>;
    if (grammarOf(path) !== 'layout' || keyColumns) return [];
    const says = `the record type ${recordType} has no "keyColumns": a record that is sent again with a correction stands beside the former one, and both count; name the columns that tell one record from another`;
    return [note('record-type-without-key', { file: path, pointer: '' }, says)];
  }),
];

function lookedUp(
  { name, operands: [key], row, ...place }: CalculationNode,
  rulebook: Rulebook,
  rows: RowsOfExamples,
): Note[] {
  if (!row || key?.kind !== 'column') return [];
  const { reference } = row;
  const asked = layoutOf(rulebook.schemas, key.recordType)?.columns.find((column) => column.key === key.key);
  const known = reference.columns.find((column) => column.key === reference.key);
  if (!known?.codeSet || !asked?.codeSet || asked.codeSet === known.codeSet) return [];
  const words = expressionWords(key, glossaryOf(rulebook));
  const says = `the fact "${name}" looks for ${words} in ${reference.says}, whose rows are known by their ${known.name}: nothing is found for any student; ask for a column that has a ${known.name}`;
  const witness = rows.withValue(key.recordType, asked, (value) => `the fact looks for a ${known.name} ${value}`);
  return [note('looked-up-by-another', place, says, { witness })];
}
