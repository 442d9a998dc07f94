/**
 * The steps of a statement. Each is a relation of enrollments that has all columns of the one before it and some more:
 * what looks find, what calculations give, the values of fields. What a step asks for stands in an earlier one.
 */
import type { Aggregate } from '../aggregates/aggregate.ts';
import type { CalculationNode, Expression, FactNode, Field, LookNode, Node, Order } from '../tree/nodes.ts';
import { below } from '../tree/walk.ts';
import { conditionSQL } from './conditions.ts';
import { named, type SortKey } from './dialect.ts';
import { calculate, endColumn, termOf } from './expressions.ts';
import { CANDIDATE, factColumn, fieldColumn, LOADED, of, ROW, type Saying, saidAt } from './saying.ts';

/** What becomes a column of the rows. */
export type Made = FactNode | Field;

/** A relation by its name, and how it comes about. */
export interface Relation {
  readonly name: string;
  readonly sql: string;
  /** The relations that it reads. */
  readonly reads: readonly string[];
}

const isLook = (made: Made): made is LookNode => 'kind' in made && made.kind === 'look';
const isCalculation = (made: Made): made is CalculationNode => 'kind' in made && made.kind === 'calculation';

/** Orders what is made by when it can be: after everything that it asks for. */
export class Schedule {
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #steps = new Map<Made, number>();

  constructor(fields: readonly Field[]) {
    this.#fields = new Map(fields.map((field) => [field.number, field]));
  }

  /** Everything that nodes ask for, by way of others too, that is a column of the rows. */
  askedBy(nodes: readonly Node[]): readonly Made[] {
    const asked = new Set<Made>();
    const visit = (node: Node): void => {
      const made = this.#madeOf(node);
      if (made && asked.has(made)) return;
      if (made) asked.add(made);
      for (const child of made ? this.#askedBy(made) : below(node)) visit(child);
    };
    for (const node of nodes) visit(node);
    return [...asked];
  }

  /** What is made, step by step. */
  inSteps(all: readonly Made[]): readonly (readonly Made[])[] {
    const steps = Map.groupBy(all, (made) => this.#stepOf(made));
    return [...steps].toSorted(([a], [b]) => a - b).map(([, made]) => made);
  }

  #madeOf(node: Node): Made | undefined {
    if (node.kind === 'field') return this.#fields.get(node.number);
    return node.kind === 'look' || (node.kind === 'calculation' && !node.perRecord) ? node : undefined;
  }

  #askedBy(made: Made): readonly Node[] {
    if ('kind' in made) return below(made);
    return made.rules.flatMap(({ condition, value }) => (condition ? [condition, value] : [value]));
  }

  #stepOf(made: Made): number {
    let step = this.#steps.get(made);
    if (step === undefined) {
      step = 1 + this.#after(this.#askedBy(made));
      this.#steps.set(made, step);
    }
    return step;
  }

  #after(nodes: readonly Node[]): number {
    return nodes.reduce((most, node) => {
      const made = this.#madeOf(node);
      return Math.max(most, made ? this.#stepOf(made) : this.#after(below(node)));
    }, 0);
  }
}

/**
 * The relations of a step.
 * @param from the relation before it
 * @param name of the relation that it makes
 * @param table the relation with the records of a type
 */
export function step(
  saying: Saying,
  from: string,
  name: string,
  made: readonly Made[],
  table: (recordType: string) => string,
): Relation[] {
  const found = [...Map.groupBy(made.filter(isLook), (look) => look.from)].map(([recordType, looks]) => ({
    name: `${name}_${recordType}`,
    records: table(recordType),
    looks,
  }));
  const columns = [
    ...found.flatMap(({ name, looks }) => looks.map((look) => foundColumn(name, look))),
    ...made.flatMap((one) => (isCalculation(one) ? calculationColumns(saying, one) : [])),
    ...made.flatMap((one) =>
      'number' in one ? [`${fieldSQL(saying, one)} AS ${named(fieldColumn(one.number))}`] : [],
    ),
  ];
  const select = `SELECT ${[`${ROW}.*`, ...columns].join(',\n  ')}\nFROM ${from} ${ROW}`;
  if (saying.dialect.looksRowByRow) {
    const joins = found.map((one) => `\nLEFT JOIN LATERAL (\n${ofRow(saying, one)}\n) ${one.name} ON TRUE`);
    return [{ name, sql: `${select}${joins.join('')}`, reads: [from, ...found.map(({ records }) => records)] }];
  }
  const joins = found.map((one) => `\nLEFT JOIN ${one.name} ON ${sameRow(one.name)}`);
  return [
    ...found.map((one) => ({ name: one.name, sql: ofAllRows(saying, from, one), reads: [from, one.records] })),
    { name, sql: `${select}${joins.join('')}`, reads: [from] },
  ];
}

/** All looks of a step into one record type: they are worked out in one pass, since a join for each is dear. */
interface Found {
  readonly name: string;
  /** The relation with the records. */
  readonly records: string;
  readonly looks: readonly LookNode[];
}

const foundColumns = (saying: Saying, { looks }: Found): string[] =>
  looks.map((look) => `${lookSQL(saying, look)} AS ${named(factColumn(look))}`);

const ofRow = (saying: Saying, found: Found): string =>
  `SELECT ${foundColumns(saying, found).join(',\n  ')}\nFROM ${found.records} ${CANDIDATE}\nWHERE ${sameStudent}`;

function ofAllRows(saying: Saying, from: string, found: Found): string {
  const keys = ['ssid', LOADED];
  const rowKey = keys.map((key) => of(ROW, key));
  // Named again: where both sides of a join have a column, some engines keep the name of the relation.
  const kept = keys.map((key) => `${of(ROW, key)} AS ${named(key)}`);
  return [
    `SELECT ${[...kept, ...foundColumns(saying, found)].join(',\n  ')}`,
    `FROM ${from} ${ROW} JOIN ${found.records} ${CANDIDATE} ON ${sameStudent}`,
    `GROUP BY ${rowKey.join(', ')}`,
  ].join('\n');
}

const sameStudent = `${of(CANDIDATE, 'ssid')} = ${of(ROW, 'ssid')}`;

const sameRow = (relation: string): string =>
  ['ssid', LOADED].map((key) => `${of(relation, key)} = ${of(ROW, key)}`).join(' AND ');

/** What a look finds, as an aggregate over the candidates. */
function lookSQL(saying: Saying, look: LookNode): string {
  const condition = look.where ? conditionSQL(saying, look.where) : 'TRUE';
  // Counts something of the candidate: an aggregate of nothing but the row's own columns would be one of all rows.
  const count = `CAST(count(${of(CANDIDATE, LOADED)}) FILTER (WHERE ${condition}) AS BIGINT)`;
  if (look.gives === 'count') return count;
  if (look.gives === 'any') return `(${count} > 0)`;
  if (look.aggregate) return aggregateSQL(saying, look, look.aggregate, condition);
  const texts = (saying.parts.get(look) ?? [LOADED]).map((column) =>
    column === LOADED ? `CAST(${of(CANDIDATE, column)} AS TEXT)` : of(CANDIDATE, column),
  );
  return saying.dialect.firstRecord(texts, sortKeys(saying, look.order, CANDIDATE), condition);
}

const aggregateSQL = (saying: Saying, look: LookNode, { sql }: Aggregate, condition: string): string =>
  saidAt(saying, look, () =>
    sql(
      termOf(saying, look.value as Expression),
      condition,
      saying.dialect,
      look.within && termOf(saying, look.within),
    ),
  );

/** What a look gives where it finds nothing; nothing when it then is absent. */
function ofNothing({ gives, aggregate }: LookNode): string | undefined {
  if (aggregate) return aggregate.ofNothing === undefined ? undefined : String(aggregate.ofNothing);
  return gives === 'any' ? 'FALSE' : gives === 'count' ? '0' : undefined;
}

function foundColumn(relation: string, look: LookNode): string {
  const column = factColumn(look);
  const none = ofNothing(look);
  const sql = of(relation, column);
  return `${none === undefined ? sql : `COALESCE(${sql}, ${none})`} AS ${named(column)}`;
}

/**
 * The keys by which records are put in order, the decisive one first.
 * @param relation that of the records
 */
export const sortKeys = (saying: Saying, orders: readonly Order[], relation: string): SortKey[] =>
  orders.flatMap((order): SortKey[] => {
    switch (order.kind) {
      case 'loaded':
        return [{ sql: of(relation, LOADED), type: 'number', descending: order.last }];
      case 'preferring':
        return [{ sql: conditionSQL(saying, order.condition), type: 'flag', descending: true }];
      default: {
        const { sql, type } = termOf(saying, order.by);
        return [
          { sql: `(${sql} = '')`, type: 'flag', descending: order.blankFirst },
          { sql: saying.dialect.ordered(sql), type, descending: order.kind === 'greatest' },
        ];
      }
    }
  });

function calculationColumns(saying: Saying, node: CalculationNode): string[] {
  let end: string | undefined;
  const sql = saidAt(saying, node, () => {
    const said = calculate(saying, node);
    end = said.end;
    return said.sql;
  });
  return [
    `${sql} AS ${named(factColumn(node))}`,
    ...(node.type === 'interval' ? [`${end} AS ${named(endColumn(node))}`] : []),
  ];
}

/** The value of a field: that of the first rule that holds, blank when it is absent. */
function fieldSQL(saying: Saying, { rules }: Field): string {
  const cases = rules.map((rule) => {
    const value = saidAt(saying, rule, () => {
      const { type, sql, mayBeAbsent, is } = termOf(saying, rule.value);
      if (mayBeAbsent && is) return "''";
      const text = type === 'text' || type === 'day' ? sql : `CAST(${sql} AS TEXT)`;
      return mayBeAbsent ? `COALESCE(${text}, '')` : text;
    });
    return { condition: rule.condition && conditionSQL(saying, rule.condition), value };
  });
  const [last, ...others] = cases.toReversed();
  if (others.length === 0) return last?.value ?? "''";
  const whens = others.toReversed().map(({ condition, value }) => `  WHEN ${condition} THEN ${value}`);
  return `CASE\n${whens.join('\n')}\n  ELSE ${last?.value}\nEND`;
}
