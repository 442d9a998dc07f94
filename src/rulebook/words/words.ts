/**
 * Conditions, expressions, orders and calculations as words, from the typed tree. Pure; the printed pages are made of
 * it.
 */
import { spaced } from '#base/text';
import { withDashes } from '#records/days';
import { type Column, layoutOf, type Schemas } from '#records/layout';
import type { ParameterJson, ParameterValue } from '../load/declarations.ts';
import { isEquality, isQuestion } from '../operators/operator.ts';
import type {
  CalculationNode,
  Condition,
  Expression,
  FactNode,
  Leaf,
  LookNode,
  Order,
  ParameterExpression,
  RecordSource,
} from '../tree/nodes.ts';
import { factOf } from '../tree/walk.ts';

/** What words are made with: names of columns, and what parameters say of themselves. */
export interface Glossary {
  readonly schemas: Schemas;
  readonly says: (parameter: string) => string | undefined;
  /** For people who know schools: without the names that rule files use. */
  readonly isPlain?: true;
}

/** The words of a rulebook itself. */
export const glossaryOf = ({
  schemas,
  declared: { parameters },
}: {
  readonly schemas: Schemas;
  readonly declared: { readonly parameters: ReadonlyMap<string, { readonly json: ParameterJson }> };
}): Glossary => ({ schemas, says: (name) => parameters.get(name)?.json.says });

const CONTEXT: Readonly<Record<string, string>> = {
  window: 'the window',
  'window.start': 'the first day of the window',
  'window.end': 'the last day of the window',
  'request.reportingLEAs': 'the reporting LEAs of the request',
  'request.schools': 'the schools of the request',
  'request.grades': 'the grades of the request',
  'request.statuses': 'the enrollment statuses of the request',
  'request.academicYear': 'the academic year of the request',
  'request.adjusted': 'whether the request is adjusted',
  runDate: 'the run date',
  'transaction.does': 'what the transaction type does',
  'value.form': 'the form of the value',
  'sender.reportingLEA': "the sender's LEA",
  'replacement.ssid': 'the active SSID that replaces the retired one',
  'replacement.gender': 'the gender of the student with the active SSID',
  'replacement.birthYear': 'the birth year of the student with the active SSID',
  'replacement.sentGender': 'the gender that the record gives',
  'replacement.sentBirthYear': 'the birth year that the record gives',
  'pair.score': 'the score of the two',
  'pair.points': 'what is left of all points when a blank part takes none',
};

/** What is true or false of a request or a transaction, said both ways. */
const FLAGS: Readonly<Record<string, readonly [isSo: string, isNot: string]>> = {
  'request.adjusted': ['the request is adjusted', 'the request is not adjusted'],
  'transaction.stored': ['a record with the same key is stored', 'no record with the same key is stored'],
  'transaction.again': [
    'an earlier line of the upload has the same key',
    'no earlier line of the upload has the same key',
  ],
  'pair.nearYearAlone': [
    'the two differ in nothing but a near birth year',
    'the two differ in more than a near birth year, or not in it',
  ],
  'transaction.differs': [
    'it differs from that line in another column',
    'it does not differ from that line in another column',
  ],
};

const partOf = ({ fact, part }: { readonly fact: string; readonly part: string }): string =>
  part ? `${fact}.${part}` : fact;

const KEPT_DAYS: Readonly<Record<string, string>> = { uploaded: 'Upload Date', lastUpdated: 'Last Date Updated' };

/**
 * A condition at the end of a sentence: `when` (or another word) and what follows it on that line, and the list items
 * below.
 */
export function whenLines(
  condition: Condition,
  glossary: Glossary,
  word = 'when',
): { readonly head: string; readonly items: string[] } {
  if (condition.kind === 'all' || condition.kind === 'any') {
    const [only] = condition.of;
    if (condition.of.length === 1 && only) return whenLines(only, glossary, word);
    return {
      head: `${word} ${GROUPS[condition.kind]}:`,
      items: condition.of.flatMap((child) => conditionLines(child, glossary)),
    };
  }
  return { head: word, items: conditionLines(condition, glossary) };
}

const GROUPS = { all: 'all of these hold', any: 'at least one of these holds' } as const;

/** A condition as nested list items, two blanks deeper with every level. */
export function conditionLines(condition: Condition, glossary: Glossary, depth = 0): string[] {
  const item = (text: string): string => `${'  '.repeat(depth)}* ${text}`;
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const [only] = condition.of;
      if (condition.of.length === 1 && only) return conditionLines(only, glossary, depth);
      return [
        item(`${GROUPS[condition.kind]}:`),
        ...condition.of.flatMap((child) => conditionLines(child, glossary, depth + 1)),
      ];
    }
    case 'not':
      return [item('this does not hold:'), ...conditionLines(condition.of, glossary, depth + 1)];
    case 'leaf':
      return [item(leafWords(condition, glossary))];
  }
}

/** A condition on one line. */
export const conditionWords = (condition: Condition, glossary: Glossary): string =>
  conditionLines(condition, glossary)
    .map((line) => line.trim().slice(2))
    .join('; ')
    .replaceAll(':;', ':');

/**
 * Of a comparison that asks with `true` or `false` whether something is there or so: which of the two is wanted;
 * `undefined` for every other.
 */
export const wantedBy = ({ operator, right }: Leaf): boolean | undefined =>
  right.kind === 'literal' && typeof right.value === 'boolean' && (operator.asks === 'presence' || isEquality(operator))
    ? right.value
    : undefined;

/** A comparison in words. */
export function leafWords(leaf: Leaf, glossary: Glossary): string {
  const { left, operator, right } = leaf;
  const wanted = wantedBy(leaf);
  const flag = wanted === undefined ? undefined : flagWords(left, wanted, glossary);
  if (flag !== undefined) return flag;
  const subject = expressionWords(left, glossary);
  if (isQuestion(operator) && right.kind === 'literal') return `${subject} ${operator.phrases[right.value ? 0 : 1]}`;
  if (glossary.isPlain && left.kind === 'parameter' && left.parameter.choices && right.kind === 'literal')
    return `${subject} ${operator.phrases[0]} ${spaced(String(right.value))}`;
  const days = left.type === 'day' && right.kind === 'literal' && Array.isArray(right.value) ? right.value : undefined;
  const other = days ? literalWords(days.map((day) => withDashes(String(day)))) : expressionWords(right, glossary);
  return `${subject} ${operator.phrases[0]} ${other}`;
}

/** That something is there or so (`true`), or is not. */
export function flagWords(left: Expression, isSo: boolean, glossary: Glossary): string | undefined {
  const asked = left.kind === 'context' ? askedWords(left, isSo) : undefined;
  if (asked !== undefined) return asked;
  if (left.type === 'list') return `${expressionWords(left, glossary)} is ${isSo ? 'not empty' : 'an empty list'}`;
  const node = left.kind === 'fact' || left.kind === 'record' ? factOf(left) : undefined;
  if (node?.kind === 'look') return `${isSo ? 'found' : 'not found'}: ${saysOf(node, glossary)}`;
  if (node?.kind === 'calculation' && node.calculation.isCondition)
    return `it is ${isSo ? '' : 'not '}so that ${saysOf(node, glossary)}`;
  return left.type === 'flag'
    ? undefined
    : `${expressionWords(left, glossary)} ${isSo ? 'is present' : 'is blank or absent'}`;
}

function askedWords(left: Extract<Expression, { kind: 'context' }>, isSo: boolean): string | undefined {
  const flag = FLAGS[partOf(left)];
  if (flag) return flag[isSo ? 0 : 1];
  return left.fact === 'request' && left.type === 'list'
    ? `the request names ${isSo ? '' : 'no '}${NAMED_BY_REQUEST[left.part] ?? left.part}`
    : undefined;
}

const NAMED_BY_REQUEST: Readonly<Record<string, string>> = {
  reportingLEAs: 'reporting LEAs',
  schools: 'schools',
  grades: 'grades',
  statuses: 'enrollment statuses',
};

/** An expression as a noun. */
export function expressionWords(expression: Expression, glossary: Glossary): string {
  switch (expression.kind) {
    case 'literal':
      return expression.type === 'day' && expression.value !== ''
        ? withDashes(String(expression.value))
        : literalWords(expression.value);
    case 'column':
      return ofRecord(columnName(expression.recordType, expression.key, glossary.schemas), expression.record, glossary);
    case 'interval':
      return intervalWords(expression, glossary);
    case 'loaded':
      return ofRecord('place in the order of loading', expression.record, glossary);
    case 'record':
      return typeof expression.record === 'object'
        ? saysOf(expression.record, glossary)
        : recordWords(expression.record);
    case 'context':
      return CONTEXT[partOf(expression)] ?? partOf(expression);
    case 'parameter': {
      return `${parameterWords(expression.parameter, glossary)}${askedForWords(expression, glossary)}`;
    }
    case 'codeSet':
      return 'the codes of the field';
    case 'fact':
      return saysOf(expression.node, glossary);
    case 'field':
      return `field ${expression.number}`;
  }
}

/** A record has one interval: for people who know schools its days are the record's. */
function intervalWords({ interval, record }: Extract<Expression, { kind: 'interval' }>, glossary: Glossary): string {
  if (!glossary.isPlain) return ofRecord(`interval \`${interval.name}\``, record, glossary);
  return typeof record === 'object' ? saysOf(record, glossary) : recordWords(record);
}

/** For which day and whom a parameter is asked. */
function askedForWords({ parameter, on, whose }: ParameterExpression, glossary: Glossary): string {
  const asked = [
    ...(on ? [`the day of ${expressionWords(on, glossary)}`] : []),
    ...(whose ? [`${parameter.differsBy?.says}: ${expressionWords(whose, glossary)}`] : []),
  ];
  return asked.length === 0 ? '' : `, asked for ${asked.join(' and for ')}`;
}

function literalWords(value: unknown): string {
  if (value === '') return 'blank';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map((item) => `"${item}"`).join(', ');
  return typeof value === 'string' ? `"${value}"` : String(value);
}

/** A fact in its own words, params put in. */
export const saysOf = ({ says, params }: FactNode, glossary: Glossary): string =>
  says.replaceAll(/\{([a-zA-Z]+)\}/g, (_, name: string) => glossary.says(params[name] ?? '') ?? params[name] ?? '');

export const recordWords = (record: Exclude<RecordSource, LookNode>): string =>
  ({ enrollment: 'the enrollment', record: 'the record', incoming: 'the record sent' })[record];

const ofRecord = (what: string, record: RecordSource, glossary: Glossary): string =>
  typeof record === 'object'
    ? `the ${what} of ${saysOf(record, glossary)}`
    : record === 'incoming'
      ? `the ${what} of the record sent`
      : `${recordWords(record)}'s ${what}`;

/** The published name of a column. */
export function columnName(recordType: string, key: string, schemas: Schemas): string {
  return KEPT_DAYS[key] ?? columnOf(recordType, key, schemas)?.name ?? key;
}

export const columnOf = (recordType: string, key: string, schemas: Schemas): Column | undefined =>
  layoutOf(schemas, recordType)?.columns.find((c) => c.key === key);

const MOST_VALUES_IN_A_SENTENCE = 3;

/** A parameter in a sentence: what it says of itself, its name, and its values where they are few and always hold. */
function parameterWords({ name, says, values, choices }: ParameterJson, { isPlain }: Glossary): string {
  const short =
    values.length > 0 &&
    values.length <= MOST_VALUES_IN_A_SENTENCE &&
    values.every((v) => v.from === undefined && v.through === undefined && v.for === undefined);
  const written = short ? values.map((v) => v.value).join(', ') : '';
  if (isPlain) return short ? `${says} (${choices ? spaced(written) : written})` : says;
  return `${says} (\`${name}\`${short ? `: ${written}` : ''})`;
}

/** One value of a parameter with its days. */
export function parameterValueWords({ key, value, for: only, from, through }: ParameterValue): string {
  const days =
    from && through
      ? ` from ${from} through ${through}`
      : from
        ? ` from ${from}`
        : through
          ? ` through ${through}`
          : '';
  return `${key === undefined ? '' : `\`${key}\` is written `}\`${value === '' ? ' ' : value}\`${only ? ` for ${only.join(', ')}` : ''}${days}`;
}

/** Which of several records wins, decisive first. */
export const orderLines = (order: readonly Order[], glossary: Glossary): string[] =>
  order.map((entry) => orderWords(entry, glossary));

function orderWords(entry: Order, glossary: Glossary): string {
  switch (entry.kind) {
    case 'greatest':
    case 'least': {
      const what =
        entry.by.kind === 'column'
          ? columnName(entry.by.recordType, entry.by.key, glossary.schemas)
          : expressionWords(entry.by, glossary);
      return `the ${entry.kind} ${what}${entry.blankFirst ? ', a blank before all' : ''}`;
    }
    case 'preferring': {
      const lines = conditionLines(entry.condition, glossary).map((line) => line.trim().slice(2));
      return `the one for which ${lines.join(' ')}`;
    }
    case 'loaded':
      return `the one loaded ${entry.last ? 'last' : 'first'}`;
  }
}

/** What a look gives: up to "record", behind which may stand "for which". */
export function lookWords({ gives, from, aggregate, value, within }: LookNode, glossary: Glossary): string {
  if (aggregate && value) {
    const around = within ? expressionWords(within, glossary) : '';
    return `It is ${aggregate.words(expressionWords(value, glossary), around)}; of each ${from} record`;
  }
  const what = gives === 'any' ? 'It is true when there is a' : gives === 'count' ? 'It is the number of' : 'It is a';
  return `${what} ${from} record`;
}

/** What a calculation does, in words. */
export const calculationLines = (
  { calculation, operands, by, row, cases, conditions }: CalculationNode,
  glossary: Glossary,
): string[] => [
  ...calculation.lines(
    operands.map((operand) => expressionWords(operand, glossary)),
    {
      ...(by && { table: `\`${by.parameter.name}\`${askedForWords(by, glossary)}` }),
      ...(row && { table: `${row.column.name} of ${row.reference.says}` }),
      ...(cases && { cases }),
      ...(conditions && { conditions: conditions.map((condition) => conditionWords(condition, glossary)) }),
    },
  ),
];
