/** Values of parameters for LEAs and schools that a reference file in use does not have. */
import { shortList } from '#base/text';
import { layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ReferenceRowsJson, SourceFile } from '#rulebook/load/declarations';
import { REFERENCE_ROWS } from '#rulebook/load/reference-files';
import type { ParameterExpression } from '#rulebook/tree/nodes';
import { askedParameters } from './asked-for.ts';
import { below, type Note, note } from './note.ts';
import type { RowsOfExamples } from './witness.ts';

const MOST_NAMED = 5;

/** @param references rows of the reference files in use; nothing is found without them */
export function directoryNotes(rulebook: Rulebook, rows: RowsOfExamples, references: readonly SourceFile[]): Note[] {
  if (references.length === 0) return [];
  const asked = askedParameters(rulebook).flatMap(([, expression]) => columnAsked(expression, rulebook));
  return [...rulebook.declared.parameters.values()].flatMap(({ json, ...place }) => {
    const column = asked.find(({ parameter }) => parameter === json.name);
    const file = column && fileOf(rulebook, references, column.codeSet);
    if (!file) return [];
    return json.values.flatMap(({ for: only = [], from }, i) => {
      const unknown = only.filter((one) => !file.known.has(one));
      const [first] = unknown;
      if (first === undefined) return [];
      const says = `the parameter "${json.name}" has a value for ${shortList(unknown, MOST_NAMED)}, but ${file.says} has no such ${file.name}: the value is for nobody; correct it, or load a directory that has it`;
      const witness = rows.forOwner(json, column, first, from);
      return [note('value-for-nobody', below(place, `/values/${i}`), says, { witness })];
    });
  });
}

/** The column for whose value a parameter is asked, when its values are codes of a set. */
function columnAsked({ parameter, whose }: ParameterExpression, { schemas }: Rulebook) {
  if (whose?.kind !== 'column') return [];
  const { recordType, key } = whose;
  const codeSet = layoutOf(schemas, recordType)?.columns.find((column) => column.key === key)?.codeSet;
  return codeSet === undefined ? [] : [{ parameter: parameter.name, recordType, key, codeSet }];
}

/** The reference file in use that has a column of such codes, and those that stand in it. */
function fileOf({ declared }: Rulebook, references: readonly SourceFile[], codeSet: string) {
  for (const { path, json } of references) {
    const reference = declared.references.get(REFERENCE_ROWS.exec(path)?.[1] ?? '')?.json;
    const column = reference?.columns.find((one) => one.codeSet === codeSet && !one.span);
    if (!reference || !column) continue;
    const known = new Set((json as ReferenceRowsJson).rows.map((row) => row[column.key]));
    return { says: reference.says, name: column.name, known };
  }
  return undefined;
}
