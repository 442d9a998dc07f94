/** Parameters that differ by something, asked for something else. */
import { layoutOf } from '#records/layout';
import { CALCULATIONS } from '#rulebook/calculations/index';
import type { Rulebook } from '#rulebook/load/assemble';
import { lengthOfForm } from '#rulebook/operators/form';
import type { Expression, ParameterExpression, Place } from '#rulebook/tree/nodes';
import { expressionsIn, nodesIn, rootsOf } from '#rulebook/tree/walk';
import { expressionWords, glossaryOf } from '#rulebook/words/words';
import { below, type Note, note } from './note.ts';

export function askedForNotes(rulebook: Rulebook): Note[] {
  const glossary = glossaryOf(rulebook);
  const notes = askedParameters(rulebook).flatMap(([place, asked]) => {
    const { parameter, whose } = asked;
    const why = whose && whyNever(asked, whose, rulebook);
    if (!whose || !why) return [];
    const says = `the parameter "${parameter.name}" differs by ${parameter.differsBy?.says}, but is asked for ${expressionWords(whose, glossary)}, which ${why}`;
    return [note('asked-for-another', place, `${says}; ask for the ${parameter.differsBy?.says}`)];
  });
  return [...new Map(notes.map((n) => [`${n.file} ${n.pointer}`, n])).values()];
}

/** Every parameter asked for, and where: at a comparison, a rule or a fact. */
export function askedParameters(rulebook: Rulebook): [Place, ParameterExpression][] {
  const { fields } = rulebook.extract;
  const rules = fields.flatMap(({ rules }) =>
    rules.map((rule) => [below(rule, '/event/params/value'), rule.value] as const),
  );
  const nodes = nodesIn(rootsOf(rulebook)).flatMap((node) =>
    node.kind === 'leaf' || node.kind === 'calculation' || node.kind === 'look' ? [[node, node] as const] : [],
  );
  return [...rules, ...nodes].flatMap(([place, node]) =>
    expressionsIn([node]).flatMap((e): [Place, ParameterExpression][] => (e.kind === 'parameter' ? [[place, e]] : [])),
  );
}

/** Why something is never what a parameter differs by. */
function whyNever({ parameter }: ParameterExpression, whose: Expression, { schemas }: Rulebook): string | undefined {
  const { form, codeSet } = parameter.differsBy ?? {};
  const column =
    whose.kind === 'column'
      ? layoutOf(schemas, whose.recordType)?.columns.find(({ key }) => key === whose.key)
      : undefined;
  if (codeSet !== undefined && column && column.codeSet !== codeSet) return `has no codes of ${codeSet}`;
  if (form === undefined) return undefined;
  const wanted = lengthOfForm(form);
  const length = lengthOfPart(whose);
  if (length !== undefined && length !== wanted) return `has ${length} characters and not ${wanted}`;
  if (!column || column.max === wanted || !(column.lengthKnown || column.max < wanted)) return undefined;
  const most = `has up to ${column.max} characters and not ${wanted}`;
  return column.max < wanted ? most : `${most} (a calculation "${OF_LENGTH?.name}" gives so many of them)`;
}

/** What gives so many characters of a text. */
const OF_LENGTH = [...CALCULATIONS.values()].find(({ isOfLength }) => isOfLength);

/** How many characters a part of a text has, where that is written out. */
export function lengthOfPart(e: Expression): number | undefined {
  if (e.kind !== 'fact' || e.node.kind !== 'calculation' || !e.node.calculation.isOfLength) return undefined;
  const length = e.node.operands.at(-1);
  return length?.kind === 'literal' ? Number(length.value) : undefined;
}
