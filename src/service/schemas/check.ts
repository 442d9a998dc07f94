/** One check of incoming records, and one code set, as people look them up. */
import { Type } from 'typebox';
import type { Shape } from '#base/shape';
import { SEVERITIES } from '#intake/problem';
import { type CodeSet, incomingColumns, layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { partsOfCheck } from '#rulebook/resolve/declared';
import { conditionWords, glossaryOf } from '#rulebook/words/words';
import { Source } from './rulebook.ts';

const closed = { additionalProperties: false };

export const CheckView = Type.Object(
  {
    code: Type.String({ description: 'As CALPADS prints it, or of this project: see the source' }),
    title: Type.String(),
    recordTypes: Type.Union([Type.Literal('all'), Type.Array(Type.String())]),
    examines: Type.String({ description: 'lines, values, records, transactions or histories' }),
    problems: Type.Array(
      Type.Object(
        {
          severity: Type.String({ enum: [...SEVERITIES] }),
          asks: Type.String({ description: 'When it reports a problem, in words' }),
          fields: Type.Array(
            Type.Object({ recordType: Type.String(), field: Type.String(), name: Type.String() }, closed),
            { description: 'The fields that the problem may be in; empty for a whole line' },
          ),
          message: Type.String({ description: 'What was found; a name between braces stands for a value' }),
          fix: Type.String({ description: 'What to do' }),
        },
        closed,
      ),
      { description: 'What the check reports, each with its severity' },
    ),
    source: Source,
    reading: Type.Optional(Type.String({ description: 'Which reading was chosen where the publication is silent' })),
  },
  { ...closed, description: 'One check of incoming records' },
);

/** The check with a code; `undefined` when there is none. */
export function shownCheck(rulebook: Rulebook, code: string): Shape<typeof CheckView> | undefined {
  const check = rulebook.declared.checks.find(({ json }) => json.code === code);
  if (!check) return undefined;
  const { title, recordTypes, examines, source, reading } = check.json;
  const glossary = glossaryOf(rulebook);
  return {
    code,
    title,
    recordTypes,
    examines,
    problems: partsOfCheck(check).map(({ pointer, json }) => {
      const resolved = rulebook.checks.checks.filter((c) => c.json.code === code && c.pointer === pointer);
      const fields = resolved.flatMap(({ recordType = '', column }) => {
        const layout = layoutOf(rulebook.schemas, recordType);
        const found = column ?? (layout && incomingColumns(layout).find(({ key }) => key === json.field));
        return found ? [{ recordType, field: found.no, name: found.name }] : [];
      });
      const [first] = resolved;
      const asks = first ? conditionWords(first.condition, glossary) : '';
      return { severity: json.severity, asks, fields, message: json.message, fix: json.fix };
    }),
    source,
    ...(reading !== undefined && { reading }),
  };
}

export const CodeSetView = Type.Object(
  {
    codeSet: Type.String(),
    closed: Type.Boolean({ description: 'false: the list is not complete, and other values are accepted' }),
    complete: Type.Boolean({
      description: 'false, of a closed list: CALPADS may have newer codes, and one that looks like them is warned of',
    }),
    codes: Type.Array(
      Type.Object(
        {
          code: Type.String(),
          label: Type.String(),
          from: Type.Optional(Type.String({ description: 'The first day on which it may be used; none: no limit' })),
          through: Type.Optional(Type.String({ description: 'The last day on which it may be used; none: no limit' })),
        },
        closed,
      ),
    ),
    fields: Type.Array(Type.Object({ recordType: Type.String(), field: Type.String(), name: Type.String() }, closed), {
      description: 'The fields that hold these codes',
    }),
  },
  { ...closed, description: 'The codes of a field, with the days on which each may be used' },
);

/** The code set with a name; `undefined` when there is none. */
export function shownCodeSet({ schemas }: Rulebook, name: string): Shape<typeof CodeSetView> | undefined {
  const found: CodeSet | undefined = schemas.codeSets.find(({ codeSet }) => codeSet === name);
  if (!found) return undefined;
  return {
    codeSet: name,
    closed: found.closed,
    complete: found.closed && (found.complete ?? true),
    codes: found.codes.map(({ code, meaning, from, through }) => ({
      code,
      label: meaning,
      ...(from !== undefined && { from }),
      ...(through !== undefined && { through }),
    })),
    fields: schemas.layouts.flatMap(({ recordType, columns }) =>
      columns.filter(({ codeSet }) => codeSet === name).map((c) => ({ recordType, field: c.no, name: c.name })),
    ),
  };
}
