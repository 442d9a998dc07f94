/** docs/operators.md: every operator of the rule grammar, from the operators themselves. */
import { type Block, heading, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import { LIBRARY_OPERATORS, type Operator, OWN_OPERATORS } from '#rulebook/operators/index';
import { isQuestion } from '#rulebook/operators/operator';
import { generatedNote } from './note.ts';

const ABSENT: Readonly<Record<string, string>> = {
  true: 'holds',
  false: 'does not hold',
  compares: 'counts as not there',
};

const INTRODUCTION = `An operator compares two sides of a condition, \`{ "fact": …, "operator": NAME, "value": … }\`. On the left stands the fact, on the right the value; either may be a
reference ([rule grammar](rule-grammar.md)). *Blank* is a column that is empty; *absent* is what a fact did not find. The column *absent* says what the operator
makes of an absent left side. Days are written CCYYMMDD, intervals as first day to last day. The tests run every example of this page.`;

export const operatorsPage = (): string =>
  asMarkdown([
    heading(1, 'Operators'),
    paragraph(generatedNote('src/rulebook/operators')),
    paragraph(INTRODUCTION),
    ...chapter(
      'Operators of json-rules-engine',
      'These have the names that json-rules-engine gives them.',
      LIBRARY_OPERATORS,
    ),
    ...chapter(
      'Operators of this project',
      'These are added to json-rules-engine under their names, so that every condition runs on it.',
      OWN_OPERATORS,
    ),
  ]);

const chapter = (title: string, says: string, operators: readonly Operator[]): Block[] => [
  heading(2, title),
  paragraph(says),
  table(
    ['operator', 'left', 'right', 'read aloud', 'absent'],
    operators.map(({ name, left, right, phrases, absent }) => [
      `[\`${name}\`](#${anchor(name)})`,
      left.join(', '),
      rightWords(right),
      phrases[0],
      ABSENT[String(absent)] as string,
    ]),
  ),
  ...operators.flatMap(section),
];

const section = (operator: Operator): Block[] => [
  heading(3, operator.name),
  paragraph(`Read aloud: ${aloud(operator)}.`),
  table(
    ['left', 'right', 'outcome'],
    operator.examples.map(([left, right, holds]) => [shown(left), shown(right), holds ? 'holds' : 'does not hold']),
  ),
];

/** The right side of a question is not read: it says which of the two answers is wanted. */
const aloud = (operator: Operator): string => {
  const [holds, fails] = operator.phrases;
  return isQuestion(operator) ? `*left* ${holds} (\`true\`), or ${fails} (\`false\`)` : `*left* ${holds} *right*`;
};

const anchor = (name: string): string => name.toLowerCase();

const rightWords = (right: Operator['right']): string => (right === 'same' ? 'the same type' : right.join(', '));

/** A side of an example. Control characters and the replacement character are written as JSON escapes. */
function shown(side: unknown): string {
  if (side === null) return 'absent';
  if (side === '') return 'blank';
  if (Array.isArray(side)) return side.length === 0 ? 'an empty list' : `\`${side.join('`, `')}\``;
  if (typeof side === 'object') {
    const { start, end } = side as { start: string; end: string };
    return `${start} to ${end || 'open'}`;
  }
  const text = typeof side === 'string' ? JSON.stringify(side).slice(1, -1) : String(side);
  return `\`${text.replaceAll('\ufffd', '\\ufffd')}\``;
}
