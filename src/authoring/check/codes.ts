/**
 * Codes and other values in conditions: those that no record can have, those of another code set, and those written out
 * although a parameter holds them.
 */

import { closest } from '#base/closest';
import { isRealDay, withDashes } from '#records/days';
import { type Code, type CodeSet, type Column, codeSetOf, incomingColumns, layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import { lengthOfForm } from '#rulebook/operators/form';
import type { Asks, Operator } from '#rulebook/operators/operator';
import type { Expression, Leaf, Place } from '#rulebook/tree/nodes';
import { plain } from '#rulebook/tree/parameter-values';
import { conditionsOfLaw, factsIn, leavesIn, rootsOf } from '#rulebook/tree/walk';
import { below, type Note, note, quotedNames } from './note.ts';
import { isSwitch } from './prover.ts';

export function codeNotes(rulebook: Rulebook): Note[] {
  const { extract, checks } = rulebook;
  // A law says what a publication says, with its own values: a mistake in a parameter must not move the law with it.
  const others = rootsOf({ extract: { ...extract, laws: [] }, checks });
  const ofLaws = new Set(factsIn(extract.laws.flatMap(conditionsOfLaw))).difference(new Set(factsIn(others)));
  const facts = [...extract.facts, ...checks.facts].filter((fact) => !ofLaws.has(fact));
  const leaves = leavesIn([...others, ...facts]);
  const notes = leaves.flatMap((leaf) => [...leafNotes(leaf, rulebook)]);
  for (const fact of facts) {
    if (fact.kind !== 'calculation') continue;
    for (const [i, part] of fact.calculation.parts.entries()) {
      const operand = fact.operands[i];
      if (operand && part.kind === 'operand' && part.takes.includes('number') && !part.isPlace)
        notes.push(...writtenOut(operand, undefined, below(fact, `/${part.key}`), rulebook));
    }
  }
  // One condition is resolved once for each record type, column and param it stands for.
  return [...new Map(notes.map((n) => [`${n.file} ${n.pointer} ${n.kind}`, n])).values()];
}

function* leafNotes(leaf: Leaf, rulebook: Rulebook): Generator<Note> {
  for (const [side, other, place] of [
    [leaf.left, leaf.right, below(leaf, '/value')],
    [leaf.right, leaf.left, leaf],
  ] as const) {
    if (side === leaf.right && side.kind !== 'column') continue;
    const column = columnOf(side, rulebook);
    const set = column?.codeSet === undefined ? undefined : codeSetOf(rulebook.schemas, column.codeSet);
    if (column) yield* valueNotes(leaf, column, set, other, place, rulebook);
    // What a form or a length is compared with says how a column looks, and is no policy.
    if (!FORMS.includes(leaf.operator.asks)) yield* writtenOut(other, column, place, rulebook);
  }
}

function* valueNotes(
  { operator }: Leaf,
  column: Column,
  set: CodeSet | undefined,
  other: Expression,
  place: Place,
  rulebook: Rulebook,
): Generator<Note> {
  if (operator.asks === 'form') yield* formNotes(operator, column, other, place);
  if (!COMPARED.includes(operator.asks)) return;
  const values = textsOf(other);
  const named = other.kind === 'parameter' ? `the parameter "${other.parameter.name}" has` : undefined;
  for (const value of values) {
    const code = set?.codes.find((c) => c.code === value);
    if (set?.closed && !code) {
      yield note(
        'code-unknown',
        place,
        `${named ? `${named} "${value}", which` : `"${value}"`} is not a code of ${set.codeSet}, so no accepted record has it as ${column.name}.${closest(
          value,
          set.codes.map((c) => c.code),
        )} Correct it, or add it to schemas/codesets`,
      );
    } else if (column.type === 'CS' && [...value].length > column.max) {
      yield note(
        'code-unknown',
        place,
        `${named ? `${named} "${value}", which` : `"${value}"`} is longer than the ${column.max} characters of ${column.name}, so no accepted record has it; correct it`,
      );
    } else if (!named && code?.through !== undefined) {
      yield note(
        'code-retired',
        place,
        `"${value}" is a code that ${set?.codeSet} allows through ${code.through} only, and the condition does not ask for a day; remove it, or make it a parameter with that last day, unless old records should count`,
      );
    }
  }
  const otherSet = other.kind === 'parameter' ? other.parameter.codeSet : columnOf(other, rulebook)?.codeSet;
  if (
    set &&
    otherSet !== undefined &&
    otherSet !== set.codeSet &&
    codeSetOf(rulebook.schemas, otherSet) &&
    !holdsAll(set.codes, values, other)
  )
    yield note(
      'code-sets-differ',
      place,
      `${column.name} has codes of ${set.codeSet}, but is compared with one of ${otherSet}; compare it with its own`,
    );
}

/** Forms that are longer than the column. */
function* formNotes(operator: Operator, column: Column, other: Expression, place: Place): Generator<Note> {
  for (const form of textsOf(other))
    if (!operator.isNegated && column.type === 'CS' && lengthOfForm(form) > column.max)
      yield note(
        'code-unknown',
        place,
        `the form "${form}" has ${lengthOfForm(form)} characters, more than the ${column.max} of ${column.name}, so no accepted record has it; correct it`,
      );
}

const FORMS: readonly Asks[] = ['form', 'length'];
const COMPARED: readonly Asks[] = ['sameness', 'membership'];

const holdsAll = (codes: readonly Code[], values: readonly string[], other: Expression): boolean =>
  other.kind === 'parameter' && values.every((value) => codes.some(({ code }) => code === value));

/** The texts that a literal or parameter stands for, blanks aside. */
function textsOf(expression: Expression): string[] {
  const values =
    expression.kind === 'literal'
      ? [expression.value].flat()
      : expression.kind === 'parameter' && expression.parameter.type !== 'day'
        ? expression.parameter.values.map(({ value }) => value)
        : [];
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}

function columnOf(expression: Expression, { schemas }: Rulebook): Column | undefined {
  if (expression.kind !== 'column') return undefined;
  const layout = layoutOf(schemas, expression.recordType);
  return layout && incomingColumns(layout).find(({ key }) => key === expression.key);
}

/** A value written out that a parameter holds too. */
function* writtenOut(
  expression: Expression,
  column: Column | undefined,
  place: Place,
  { declared }: Rulebook,
): Generator<Note> {
  if (expression.kind !== 'literal' || expression.value === '' || typeof expression.value === 'boolean') return;
  const { value } = expression;
  const same = [...declared.parameters.values()]
    .map(({ json }) => json)
    .filter((parameter) => !isSwitch(parameter) && holdsJust(parameter, value, column));
  if (same.length)
    yield note(
      'literal-where-a-parameter-exists',
      place,
      `${JSON.stringify(expression.type === 'day' ? withDashes(String(value)) : value)} is written here, but the parameter ${quotedNames(
        same.map(({ name }) => name),
        'or',
      )} has it; use the parameter if the two mean the same`,
    );
}

/** Small numbers say how many there are, and are no policy. */
const LEAST_NUMBER = 2;

function holdsJust({ type, codeSet, values }: ParameterJson, literal: unknown, column: Column | undefined): boolean {
  const held = values.map(({ value }) => value);
  switch (type) {
    case 'number':
      return typeof literal === 'number' && literal >= LEAST_NUMBER && held.includes(literal);
    case 'day':
      return typeof literal === 'string' && isRealDay(literal) && held.some((day) => plain(String(day)) === literal);
    case 'text':
      return codeSet !== undefined && codeSet === column?.codeSet && held.includes(literal as string);
    case 'list':
      return (
        codeSet !== undefined &&
        codeSet === column?.codeSet &&
        Array.isArray(literal) &&
        literal.length === held.length &&
        literal.every((item) => held.includes(item))
      );
    default:
      return false;
  }
}
