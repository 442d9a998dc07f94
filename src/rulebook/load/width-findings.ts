/** What a rule writes must fit into its column: no longer than it, and without what ends a field or a line. */

import type { Declarations } from '../resolve/declared.ts';
import type { ExtractTree, FactNode, Field, Node, Rule } from '../tree/nodes.ts';
import type { Finding, ParameterJson } from './declarations.ts';

/** A text that a rule writes, and where it stands. */
interface Written {
  readonly text: string;
  readonly file: string;
  readonly pointer: string;
}

/** Every finding about texts and labels that rules write. Codes and days of records are not known here. */
export function widthFindings({ fields }: ExtractTree, { schemas, parameters }: Declarations): Finding[] {
  return fields.flatMap((field) => {
    const column = schemas.output.columns.find(({ no }) => no === field.number);
    if (!column) return [];
    return writtenBy(field, parameters).flatMap(({ text, ...place }) => {
      const message =
        text.length > column.max
          ? `"${text}" has ${text.length} characters, but column ${column.no} "${column.name}" has room for ${column.max}`
          : /[\^\r\n]/.test(text)
            ? `"${text}" holds a caret or a line end, which would end the field; leave it out`
            : undefined;
      return message === undefined ? [] : [{ ...place, message }];
    });
  });
}

const writtenBy = (field: Field, parameters: Declarations['parameters']): Written[] =>
  field.rules.flatMap((rule) => [...literalsOf(rule, field), ...labelsOf(rule, parameters)]);

function literalsOf({ value, pointer }: Rule, { file }: Field): Written[] {
  if (value.kind !== 'literal' || typeof value.value !== 'string') return [];
  return [{ text: value.value, file, pointer: `${pointer}/event/params/value` }];
}

/** The values of the parameters that a rule writes, by way of calculations too; those that a lookup asks are not written. */
function labelsOf({ value }: Rule, parameters: Declarations['parameters']): Written[] {
  const named = parametersWritten(value).filter(({ type }) => type === 'text' || type === 'table' || type === 'list');
  return named.flatMap(({ name }) => {
    const declared = parameters.get(name);
    if (!declared) return [];
    const { file, pointer, json } = declared;
    return json.values.map((one, i) => ({
      text: String(one.value),
      file,
      pointer: `${pointer}/values/${i}/value`,
    }));
  });
}

function parametersWritten(node: Node): ParameterJson[] {
  if (node.kind === 'parameter') return [node.parameter];
  if (node.kind !== 'fact') return [];
  const fact: FactNode = node.node;
  // A calculation that gives a day or a number writes none of its operands.
  if (fact.kind === 'look' || (fact.type !== 'text' && fact.type !== 'list')) return [];
  return [...(fact.by ? [fact.by.parameter] : []), ...fact.operands.flatMap(parametersWritten)];
}
