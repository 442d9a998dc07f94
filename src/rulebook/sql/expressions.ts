/** Expressions as terms of SQL. */
import { mayBeAbsent } from '../tree/absence.ts';
import type { CalculationNode, Expression, ParameterExpression, RecordSource } from '../tree/nodes.ts';
import { eras, isDated, isFixed, ownersIn, parameterOn, tableOn } from '../tree/parameter-values.ts';
import type { Interval, Value, ValueType } from '../tree/values.ts';
import { type Dialect, NotInSQL, nothing, quoted, type Term } from './dialect.ts';
import { CANDIDATE, derivedEnd, factColumn, fieldColumn, isDerived, LOADED, of, ROW, type Saying } from './saying.ts';

/**
 * The value of an expression for a row, and for the candidate of a look.
 * @throws NotInSQL
 */
export function termOf(saying: Saying, e: Expression): Term {
  const constant = constantOf(saying, e);
  if (constant) return constantTerm(saying.dialect, e.type, constant.value);
  const term = (sql: string, end?: string): Term => ({
    type: e.type,
    sql,
    mayBeAbsent: mayBeAbsent(e),
    ...(end !== undefined && { end }),
  });
  switch (e.kind) {
    case 'column':
      return term(columnOf(saying, e.record, e.key));
    case 'interval': {
      const { start, end } = e.interval;
      const last = isDerived(e.interval) ? derivedEnd(e.interval) : end;
      return term(
        columnOf(saying, e.record, start),
        last === undefined ? quoted('') : columnOf(saying, e.record, last),
      );
    }
    case 'loaded':
      return term(`CAST(${columnOf(saying, e.record, LOADED)} AS BIGINT)`);
    case 'record':
      return term(typeof e.record === 'object' ? columnOf(saying, e.record, LOADED) : 'TRUE');
    case 'parameter':
      return term(parameterSQL(saying, e));
    case 'field':
      return term(`NULLIF(${of(ROW, fieldColumn(e.number))}, '')`);
    case 'fact': {
      const { node, part } = e;
      // Of a record: whether it is there.
      if (node.kind === 'look' && node.type === 'record') return term(columnOf(saying, node, LOADED));
      const { sql, end } = node.kind === 'look' ? { sql: of(ROW, factColumn(node)) } : calculated(saying, node);
      return part === 'end' ? term(end as string) : term(sql, part === undefined ? end : undefined);
    }
    case 'context':
    case 'codeSet':
    case 'literal':
      throw new NotInSQL('asks for something that a row of the extract does not have');
  }
}

/** A calculation: a column of the row, unless it differs from candidate to candidate. */
function calculated(saying: Saying, node: CalculationNode): Pick<Term, 'sql' | 'end'> {
  if (node.perRecord) return calculate(saying, node);
  const column = of(ROW, factColumn(node));
  return node.type === 'interval' ? { sql: column, end: of(ROW, endColumn(node)) } : { sql: column };
}

/** The column with the last day of a calculation that gives an interval. */
export const endColumn = (node: CalculationNode): string => `${factColumn(node)}_end`;

/**
 * What a calculation gives, worked out where it stands.
 * @throws NotInSQL
 */
export function calculate(
  saying: Saying,
  { calculation, operands, cases, conditions = [], by, row, type }: CalculationNode,
): Pick<Term, 'sql' | 'end'> {
  if (!calculation.sql) throw new NotInSQL(`"${calculation.name}" has no words in SQL`);
  const terms = operands.map((operand) => termOf(saying, operand));
  type Operands = Parameters<typeof calculation.sql>[0];
  const { sql } = calculation;
  const beside = {
    cases: cases ?? [],
    conditions: conditions.map((condition) => saying.condition(saying, condition)),
    type,
  };
  const withTable = (table: ReadonlyMap<string, Value>): Pick<Term, 'sql' | 'end'> =>
    sql(terms as readonly Term[] as Operands, saying.dialect, { ...beside, table });
  if (row) return withTable(row.values);
  if (!by) return withTable(NO_LABELS);
  const { parameter } = by;
  if (isFixed(parameter)) return withTable(tableOn(parameter, ''));
  return {
    sql: casesOf(
      saying,
      by,
      (day, whose) => tableOn(parameter, day, whose),
      (table) => withTable(table).sql,
    ),
  };
}

const NO_LABELS: ReadonlyMap<string, Value> = new Map();

function columnOf({ dialect, parts }: Saying, record: RecordSource, column: string): string {
  if (record === 'enrollment') return of(ROW, column);
  if (record === 'record') return of(CANDIDATE, column);
  if (record === 'incoming') throw new NotInSQL('asks for the record that comes in, which only checks have');
  const place = (parts.get(record) ?? []).indexOf(column) + 1;
  return dialect.partOfRecord(of(ROW, factColumn(record)), place);
}

/** A parameter that differs from row to row. */
const parameterSQL = (saying: Saying, e: ParameterExpression): string =>
  casesOf<Value>(
    saying,
    e,
    (day, whose) => parameterOn(e.parameter, day, whose),
    (value) => constantTerm(saying.dialect, e.type, value).sql,
  );

/**
 * What a parameter is, by whose it is and by the day: a case for each owner, and in it one for each stretch of days.
 */
function casesOf<T>(
  saying: Saying,
  { parameter, on, whose }: ParameterExpression,
  valueOn: (day: string | undefined, whose?: string) => T,
  said: (value: T) => string,
): string {
  const { dialect } = saying;
  const day = on && isDated(parameter) ? termOf(saying, on).sql : undefined;
  const of = (owner?: string): string => {
    if (day === undefined) return said(valueOn('', owner));
    const cases = eras(parameter.values, (asked) => valueOn(asked, owner)).map(({ from, value }) =>
      from === ''
        ? `WHEN ${day} <> '' THEN ${said(value)}`
        : `WHEN ${dialect.ordered(day)} >= ${quoted(from)} THEN ${said(value)}`,
    );
    return `CASE ${cases.join(' ')} ELSE ${said(valueOn(undefined, owner))} END`;
  };
  const owners = whose ? ownersIn(parameter) : [];
  if (!whose || owners.length === 0) return of();
  const owner = termOf(saying, whose).sql;
  return `CASE ${owner} ${owners.map((one) => `WHEN ${quoted(one)} THEN ${of(one)}`).join(' ')} ELSE ${of()} END`;
}

/** The value of an expression that is the same for every row. */
function constantOf(saying: Saying, e: Expression): { readonly value: Value } | undefined {
  switch (e.kind) {
    case 'literal':
      return { value: e.value };
    case 'context':
      return contextOf(saying, e.fact, e.part);
    case 'parameter': {
      const { parameter, on, whose } = e;
      if (isFixed(parameter)) return { value: parameterOn(parameter, '') };
      const day = on && isDated(parameter) ? constantOf(saying, on) : { value: undefined };
      const owner = whose ? constantOf(saying, whose) : { value: undefined };
      if (!day || !owner) return undefined;
      const known = isDated(parameter) ? (day.value as string | undefined) || undefined : '';
      return { value: parameterOn(parameter, known, owner.value as string | undefined) };
    }
    default:
      return undefined;
  }
}

function contextOf({ request, runDate }: Saying, fact: string, part: string): { readonly value: Value } | undefined {
  if (fact === 'runDate') return { value: runDate };
  if (fact === 'window') {
    const window: Interval = { start: request.from, end: request.through };
    return { value: part === '' ? window : window[part as 'start' | 'end'] };
  }
  if (fact !== 'request') return undefined;
  const value = request[part as keyof typeof request];
  if (part === 'reportingLEAs' && value === 'all')
    throw new NotInSQL('asks for the LEAs of a request for all LEAs, which is no list');
  return { value };
}

/**
 * A value that is known beforehand.
 * @throws NotInSQL
 */
export function constantTerm(dialect: Dialect, type: ValueType, value: Value): Term {
  const term = (sql: string): Term => ({ type, sql, mayBeAbsent: value === undefined, is: { value } });
  if (value === undefined) return term(nothing(type, dialect));
  switch (typeof value) {
    case 'string':
      return term(quoted(value));
    case 'boolean':
      return term(value ? 'TRUE' : 'FALSE');
    case 'number':
      if (!Number.isSafeInteger(value)) throw new NotInSQL(`has the number ${value}; SQL is made for whole numbers`);
      return term(String(value));
    default: {
      if ('start' in value) return { ...term(quoted(value.start)), end: quoted(value.end) };
      return term(dialect.list(value.map(quoted)));
    }
  }
}
