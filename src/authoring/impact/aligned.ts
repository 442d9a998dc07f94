/**
 * The old rulebook with the column numbers of the new one. Columns are the same column when they have the same key: a
 * column put in between moves all behind it, and what was field 36 is field 37 from then on.
 */
import { isNumbered, type OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { RulebookError } from '#rulebook/load/assemble';
import type { FieldJson } from '#rulebook/load/declarations';
import type { Declarations } from '#rulebook/resolve/declared';
import { resolveExtract } from '#rulebook/resolve/resolve';

/** A column that stands elsewhere in the file now. */
export interface Moved {
  readonly key: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

type Columns = readonly OutputColumn[];
const columnsOf = ({ schemas }: Pick<Rulebook, 'schemas'>): Columns => schemas.output.columns;

/** Columns of both rulebooks whose number is another now, in the order of the new layout. */
export function movedColumns(from: Pick<Rulebook, 'schemas'>, to: Pick<Rulebook, 'schemas'>): Moved[] {
  const before = new Map(columnsOf(from).map(({ key, no }) => [key, no]));
  return columnsOf(to).flatMap(({ key, name, no }) => {
    const old = before.get(key);
    return old === undefined || old === no ? [] : [{ key, name, from: old, to: no }];
  });
}

/**
 * The old rulebook, its columns numbered as in the new one. A column that is gone keeps its number, marked as the former
 * one where another column has it now.
 * @returns `from` itself when no column moved
 */
export function alignedTo(to: Rulebook, from: Rulebook): Rulebook {
  const isTaken = new Set(columnsOf(to).map(({ no }) => no));
  const now = new Map(columnsOf(to).map(({ key, no }) => [key, no]));
  const numbers = new Map(
    columnsOf(from).map(({ key, no }) => [no, now.get(key) ?? (isTaken.has(no) ? `${no} (before)` : no)]),
  );
  if ([...numbers].every(([no, other]) => no === other)) return from;
  const numbered = (no: string): string => numbers.get(no) ?? no;
  const { declared, schemas } = from;
  const columns = columnsOf(from).map((column) => ({ ...column, no: numbered(column.no) }));
  const columnSets = Object.fromEntries(
    Object.entries(schemas.output.columnSets).map(([name, items]) => [
      name,
      isNumbered(items) ? items.map((item) => numbered(item as string)) : items,
    ]),
  );
  const aligned: Declarations = {
    ...declared,
    schemas: { ...schemas, output: { ...schemas.output, columns, columnSets } },
    fields: declared.fields.map((field) => ({ ...field, json: fieldWith(field.json, numbered) })),
  };
  const { tree: extract, findings } = resolveExtract(aligned);
  if (findings.length > 0) throw new RulebookError(findings);
  return { ...from, declared: aligned, schemas: aligned.schemas, extract };
}

/** A field under its other number, with the numbers of the fields that it asks. */
const fieldWith = (field: FieldJson, numbered: (no: string) => string): FieldJson => ({
  ...field,
  field: numbered(field.field),
  rules: JSON.parse(JSON.stringify(field.rules), (_, value: unknown) =>
    isFieldReference(value) ? { ...value, params: { ...value.params, number: numbered(value.params.number) } } : value,
  ) as FieldJson['rules'],
});

interface FieldReference {
  readonly fact: 'field';
  readonly params: { readonly number: string };
}

const isFieldReference = (value: unknown): value is FieldReference =>
  typeof value === 'object' && value !== null && 'fact' in value && value.fact === 'field' && 'params' in value;
