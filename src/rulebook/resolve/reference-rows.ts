/** The column of a reference file that a calculation gives. */
import { closest } from '#base/closest';
import type { Part, Written } from '../calculations/calculation.ts';
import type { CalculationJson } from '../load/declarations.ts';
import { valuesInRows } from '../load/reference-files.ts';
import type { RowColumn } from '../tree/nodes.ts';
import type { ValueType } from '../tree/values.ts';
import { at, type Located } from './declared.ts';
import type { Resolution } from './resolution.ts';

/** The type of a column's values. */
export const typeInRow = ({ type, span }: RowColumn['column']): ValueType =>
  span ? 'list' : type === 'DT' ? 'day' : 'text';

/** The column that a part names; `undefined`, and found, when there is none. */
export function rowNamed(
  resolution: Resolution,
  declared: Located<CalculationJson>,
  { key, column }: Extract<Part, { kind: 'row' }>,
): RowColumn | undefined {
  const written = declared.json as Written;
  const [name, wanted] = [String(written[key]), String(written[column])];
  const { references } = resolution.declared;
  const reference = references.get(name);
  if (!reference) {
    resolution.found(
      at(declared, `/${key}`),
      `unknown reference file "${name}".${closest(name, references.keys())} schemas/references holds them`,
    );
    return undefined;
  }
  const { json, loaded } = reference;
  const found = json.columns.find((c) => c.key === wanted);
  if (!found) {
    const known = json.columns.map((c) => c.key);
    resolution.found(
      at(declared, `/${column}`),
      `${json.says} has no column "${wanted}".${closest(wanted, known)} It has ${known.join(', ')}`,
    );
    return undefined;
  }
  const values = valuesInRows(reference, found, resolution.declared.schemas.codeSets);
  return { reference: json, column: found, ...(loaded && { sha256: loaded.sha256 }), values };
}
