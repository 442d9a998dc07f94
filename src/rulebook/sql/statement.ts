/** The statement that makes the rows of an extract out of plain tables, one for each record type. */
import { type OutputColumn, outputColumns, type Schemas } from '#records/layout';
import type { IntervalJson } from '../load/declarations.ts';
import type { ExtractTree, Field, Node, Place } from '../tree/nodes.ts';
import { intervalsIn, nodesIn, partsOf } from '../tree/walk.ts';
import { conditionSQL } from './conditions.ts';
import { type Dialect, named, quoted } from './dialect.ts';
import { outcomeColumns, outcomeRelations } from './outcomes.ts';
import { type Made, type Relation, Schedule, sortKeys, step } from './relations.ts';
import {
  columnsAsked,
  derivedEnd,
  fieldColumn,
  isDerived,
  LOADED,
  of,
  partsOfLooks,
  ROW,
  type Saying,
  type SQLRequest,
} from './saying.ts';

/** What a statement is made of. */
export interface Asked {
  readonly dialect: Dialect;
  readonly request: SQLRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** Name of a column set of the output layout. */
  readonly columns: string;
  /** Whether a row also has, for each condition of the fields' rules, what it came to: columns `outcome0`, … */
  readonly outcomes?: boolean;
}

/** Something that a rulebook says and SQL cannot. */
interface NotSaid extends Place {
  readonly message: string;
}

/** A statement, or what cannot be said in it. */
export interface Statement {
  readonly sql: string;
  /** When there are any, the statement is not to be run. */
  readonly findings: readonly NotSaid[];
}

/** The statement that gives the rows of an extract, in its order; its columns have the keys of the output layout. */
export function extractSQL(tree: ExtractTree, schemas: Schemas, asked: Asked): Statement {
  const { selection, fields } = tree;
  const { dialect, request, runDate } = asked;
  const findings: NotSaid[] = [];
  const roots = [selection.where, ...selection.order, ...fields.flatMap(partsOf)];
  const saying: Saying = {
    dialect,
    request,
    runDate,
    parts: partsOfLooks(roots),
    condition: conditionSQL,
    cannot: ({ file, pointer }, message) => findings.push({ file, pointer, message }),
  };
  const output = outputColumns(schemas.output, asked.columns);
  const steps = new Steps(saying, fields, [...intervalsIn(roots)].filter(isDerived));
  steps.add(enrollments(tree, output, steps.table(schemas.output.copiesFrom)));
  steps.make([selection.where, ...selection.order], []);
  steps.add(selected(saying, tree, steps.last));
  steps.make(fields.flatMap(partsOf), fields);
  if (asked.outcomes) for (const relation of outcomeRelations(saying, tree, steps.last)) steps.add(relation);
  const columns = [
    ...output.map((column) => `${outputSQL(column)} AS ${named(column.key)}`),
    ...(asked.outcomes ? outcomeColumns(tree) : []),
  ];
  const rows = [
    `SELECT ${columns.join(',\n  ')}`,
    `FROM ${steps.last} ${ROW}`,
    `ORDER BY ${rowOrder(saying, tree).join(', ')}`,
  ];
  return { sql: `${dialect.query(`${withRelations(dialect, steps.relations)}${rows.join('\n')}`)};\n`, findings };
}

/** The relations of a statement, each after those that it reads. */
class Steps {
  readonly relations: Relation[];
  /** The relation with the rows as they are so far. */
  last = '';
  readonly #saying: Saying;
  readonly #schedule: Schedule;
  readonly #withEnds: ReadonlyMap<string, readonly IntervalJson[]>;
  readonly #known = new Set<Made>();
  #count = 0;

  /** @param derived intervals whose last day follows from the next record */
  constructor(saying: Saying, fields: readonly Field[], derived: readonly IntervalJson[]) {
    this.#saying = saying;
    this.#schedule = new Schedule(fields);
    this.#withEnds = Map.groupBy(derived, (interval) => interval.of);
    this.relations = Array.from(this.#withEnds, ([recordType, intervals]) => ({
      name: this.table(recordType),
      sql: endsSQL(saying, recordType, intervals),
      reads: [],
    }));
  }

  /** The relation with the records of a type, their derived ends among the columns. */
  table(recordType: string): string {
    return this.#withEnds.has(recordType) ? `${recordType}_with_ends` : named(recordType);
  }

  add(relation: Relation): void {
    this.relations.push(relation);
    this.last = relation.name;
  }

  /** Makes columns of what nodes ask for, and of some others. */
  make(nodes: readonly Node[], others: readonly Made[]): void {
    const asked = [...new Set([...this.#schedule.askedBy(nodes), ...others])];
    for (const made of this.#schedule.inSteps(asked.filter((one) => !this.#known.has(one)))) {
      for (const one of made) this.#known.add(one);
      const name = `step${++this.#count}`;
      for (const relation of step(this.#saying, this.last, name, made, (type) => this.table(type))) this.add(relation);
    }
  }
}

/** A relation that several others read is worked out once. */
const withRelations = ({ once }: Dialect, relations: readonly Relation[]): string => {
  const isReadAgain = ({ name }: Relation): boolean =>
    relations.flatMap(({ reads }) => reads).filter((read) => read === name).length > 1;
  const each = relations.map(
    (relation) => `${relation.name} AS ${isReadAgain(relation) ? once.readAgain : once.other}(\n${relation.sql}\n)`,
  );
  return `WITH ${each.join(',\n')}\n`;
};

/** A blank end is the day before the next record with the same values in some columns. */
function endsSQL({ dialect }: Saying, recordType: string, intervals: readonly IntervalJson[]): string {
  const next = ({ name }: IntervalJson): string => `${name}_next`;
  const nexts = intervals.map((interval) => {
    const { blankEnd, start } = interval;
    const same = blankEnd === 'open' ? [] : blankEnd.dayBeforeNext.sameColumns;
    const alike = ['ssid', ...same].map((key) => of(ROW, key)).join(', ');
    return `lead(${of(ROW, start)}) OVER (PARTITION BY ${alike} ORDER BY ${dialect.ordered(of(ROW, start))}, ${of(ROW, LOADED)}) AS ${named(next(interval))}`;
  });
  const ends = intervals.map((interval) => {
    const sent = interval.end === undefined ? [] : [`NULLIF(${of(ROW, interval.end)}, '')`];
    const follows = dialect.daysLater(`NULLIF(${of(ROW, next(interval))}, '')`, '-1');
    return `COALESCE(${[...sent, follows].join(', ')}, '') AS ${named(derivedEnd(interval))}`;
  });
  return `SELECT ${[`${ROW}.*`, ...ends].join(',\n  ')}\nFROM (SELECT ${[`${ROW}.*`, ...nexts].join(', ')} FROM ${named(recordType)} ${ROW}) ${ROW}`;
}

/** The record type that rows are made from, with those of its columns that the statement needs. */
function enrollments({ selection, fields }: ExtractTree, columns: readonly OutputColumn[], table: string): Relation {
  const nodes = nodesIn([selection.where, ...selection.order, ...fields.flatMap(partsOf)]);
  const asked = nodes.flatMap((node) => ('record' in node && node.record === 'enrollment' ? columnsAsked(node) : []));
  const written = columns.flatMap(({ copyOf, day }) => copyOf ?? day ?? []);
  const keys = new Set(['ssid', LOADED, ...selection.json.onePer, ...selection.json.rowOrder, ...asked, ...written]);
  const select = [...keys].map((key) => of(ROW, key)).join(', ');
  return { name: 'enrollments', sql: `SELECT ${select}\nFROM ${table} ${ROW}`, reads: [table] };
}

/** The place of a row among those of its student, for rows that their order leaves alike. */
const FIRST = 'row_first';

/** One enrollment of those that qualify, for each combination of values. */
function selected(saying: Saying, { selection }: ExtractTree, from: string): Relation {
  const alike = [...new Set(['ssid', ...selection.json.onePer])].map((key) => of(ROW, key)).join(', ');
  const order = sortKeys(saying, selection.order, ROW).map(({ sql, descending }) => (descending ? `${sql} DESC` : sql));
  const sql = [
    'SELECT *',
    `FROM (SELECT ${ROW}.*,`,
    `  row_number() OVER (PARTITION BY ${alike} ORDER BY ${order.join(', ')}) AS row_place,`,
    `  min(${of(ROW, LOADED)}) OVER (PARTITION BY ${alike}) AS ${FIRST}`,
    `FROM ${from} ${ROW}`,
    `WHERE ${conditionSQL(saying, selection.where)}) ${ROW}`,
    'WHERE row_place = 1',
  ].join('\n');
  return { name: 'selected', sql, reads: [from] };
}

const rowOrder = ({ dialect }: Saying, { selection }: ExtractTree): string[] => [
  ...['ssid', ...selection.json.rowOrder].map((key) => dialect.ordered(of(ROW, key))),
  of(ROW, FIRST),
];

function outputSQL({ literal, rule, no, day, copyOf }: OutputColumn): string {
  if (literal !== undefined) return quoted(literal);
  return of(ROW, rule ? fieldColumn(no) : (day ?? (copyOf as string)));
}
