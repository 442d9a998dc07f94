/** Records and rows by column, with code sets as lists: made of the layouts of the rules in effect. */
import { incomingColumns, type Layout, layoutOf, type OutputLayout, type Schemas } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';

type JSONSchema = Readonly<Record<string, unknown>>;

/** Name of the schema of a record type. */
const recordName = (recordType: string): string => `${recordType}Record`;

/** The schemas of records that come in, and of rows, by their names. */
export function columnSchemas({ layouts, output, ...rest }: Schemas): Readonly<Record<string, JSONSchema>> {
  const schemas = { layouts, output, ...rest };
  return Object.fromEntries([
    ...layouts.map((layout) => [recordName(layout.recordType), recordSchema(layout, schemas)] as const),
    ['Row', rowSchema(output, schemas)],
  ]);
}

/** References to the schemas of all record types. */
export const recordReferences = ({ layouts }: Schemas): readonly JSONSchema[] =>
  layouts.map(({ recordType }) => ({ $ref: `#/components/schemas/${recordName(recordType)}` }));

/** Of a closed set its codes, and blank. */
function valueSchema(schemas: Schemas, name: string, codeSet: string | undefined): JSONSchema {
  const codes = schemas.codeSets.find((set) => set.codeSet === codeSet && set.closed)?.codes;
  const listed = codes && { enum: [...new Set(['', ...codes.map(({ code }) => code)])] };
  return { type: 'string', ...listed, description: name };
}

function recordSchema(layout: Layout, schemas: Schemas): JSONSchema {
  const [, ...columns] = incomingColumns(layout);
  const values = columns.map(({ key, name, codeSet, type }) => {
    // A day may be written in several ways, a code in one.
    const { description, ...value } = valueSchema(schemas, name, type === 'DT' ? undefined : codeSet);
    return [key, { anyOf: [value, { type: 'null' }], description }] as const;
  });
  const { recordType } = layout;
  return {
    type: 'object',
    required: ['recordType'],
    properties: {
      recordType: { type: 'string', enum: [recordType, recordType + ODS_SUFFIX] },
      ...Object.fromEntries(values),
    },
    additionalProperties: false,
    description: `${layout.name}: columns by key; those that are not named are blank. Days as CCYYMMDD, CCYY-MM-DD or MM/DD/YYYY`,
  };
}

function rowSchema({ columns, copiesFrom }: OutputLayout, schemas: Schemas): JSONSchema {
  const from = layoutOf(schemas, copiesFrom);
  const properties = columns.map(({ key, name, copyOf }) => {
    const codeSet = from?.columns.find((column) => column.key === copyOf)?.codeSet;
    return [key, valueSchema(schemas, name, codeSet)] as const;
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    description: 'A row by column, in the order of the extract; a column set with fewer columns leaves out the others',
  };
}
