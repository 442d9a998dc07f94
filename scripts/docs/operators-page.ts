/** docs/operators.md: every operator and calculation of the rule grammar, from these themselves. */
import { type Block, heading, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import type { Calculation, Part } from '#rulebook/calculations/calculation';
import { CALCULATIONS } from '#rulebook/calculations/index';
import { LIBRARY_OPERATORS, type Operator, OWN_OPERATORS } from '#rulebook/operators/index';
import { isQuestion } from '#rulebook/operators/operator';
import { generatedNote } from './note.ts';

const ABSENT: Readonly<Record<string, string>> = {
  true: 'holds',
  false: 'does not hold',
  compares: 'counts as not present',
};

const INTRODUCTION = `An operator compares the two sides of a condition, \`{ "fact": …, "operator": NAME, "value": … }\`. The fact is the left side, the value is the right side; either may be a
reference ([rule grammar](rule-grammar.md)). A *blank* column is empty; a value is *absent* if a fact finds nothing. The column *absent* shows the result of the operator
if the left side is absent. Days of records are written CCYYMMDD, as in files; in a rule file a day has dashes, CCYY-MM-DD. Intervals are written as first day to last day. The tests run every example on this page.`;

const ONE_STUDENT = `A condition is about one student. It never leaves the student: what it looks up with \`any\`, \`count\` or \`record\` is among the records of that student alone. \`"gives": "count"\` counts
these records, at all LEAs and schools unless \`where\` says otherwise, and \`countOf\` counts what one list holds. Neither counts students, rows, or the records of anybody else. So no rule can say
"a school with fewer than ten students" or "the largest class", and the row of a student stays the same whoever else is in the files.`;

const CALCULATIONS_SAY = `A calculation is a fact that works a value out from others ([rule grammar](rule-grammar.md#facts-rulesfactsjson) says how each is written). These are their examples; academic years begin on 08-01 in them.`;

export const operatorsPage = (): string =>
  asMarkdown([
    heading(1, 'Operators'),
    paragraph(generatedNote('src/rulebook/operators and src/rulebook/calculations')),
    paragraph(INTRODUCTION),
    ...chapter('Operators of json-rules-engine', 'They have the names that json-rules-engine uses.', LIBRARY_OPERATORS),
    ...chapter(
      'Operators of this project',
      'They are added to json-rules-engine with these names, so that it can evaluate every condition.',
      OWN_OPERATORS,
    ),
    heading(2, 'Calculations'),
    paragraph(CALCULATIONS_SAY),
    ...[...CALCULATIONS.values()].flatMap(calculationSection),
    heading(2, 'How far a condition looks'),
    paragraph(ONE_STUDENT),
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

const calculationSection = ({ name, parts, lines, examples }: Calculation): Block[] => {
  const keys = parts.flatMap((part) => namesOf(part));
  const beside = { table: 'by', cases: ['word'], conditions: ['*holds*'] };
  const said = lines(
    keys.map((key) => `*${key}*`),
    beside,
  );
  return [
    heading(3, name),
    paragraph(`Read aloud: ${said.map((line) => line.replace(/^ +\* /, '')).join(' ')}.`),
    table(
      ['given', 'gives'],
      examples.map(([operands, gives, { conditions = [] } = {}]) => [
        [...operands.map(shown), ...conditions.map((holds) => (holds ? '*holds*' : '*does not hold*'))].join(', '),
        shown(gives),
      ]),
    ),
  ];
};

/** What the operands of a part are called; of a list or of cases there may be any number. */
const namesOf = (part: Part): readonly string[] => {
  switch (part.kind) {
    case 'operand':
      return [part.key];
    case 'list':
      return ['first', 'second'];
    case 'cases':
      return ['case'];
    case 'rules':
      return ['gives'];
    default:
      return [];
  }
};

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
