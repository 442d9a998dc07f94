/** SQL of DuckDB, 1.5. */
import { type Dialect, quoted, type SortKey } from '../dialect.ts';

const sortKey = (order: readonly SortKey[]): string =>
  `create_sort_key(${order.map(({ sql, descending }) => `${sql}, '${descending ? 'DESC' : 'ASC'} NULLS LAST'`).join(', ')})`;

const list = (texts: readonly string[]): string => `CAST([${texts.join(', ')}] AS TEXT[])`;

const day = (text: string): string => `CAST(strptime(${text}, '%Y%m%d') AS DATE)`;

export const duckdb: Dialect = {
  name: 'duckdb',
  typeOfList: 'TEXT[]',
  // Texts are compared as bytes, whatever the language.
  ordered: (text) => text,
  characters: (text, first, length) => `substr(${text}, ${first}, ${length})`,
  lengthOfList: (list) => `len(${list})`,
  holds: (list, text) => `list_contains(${list}, ${text})`,
  list,
  ofList: (list, place) => `(${list})[${place}]`,
  // The list of one list gives it a name, so that it is written once.
  distinct: (texts) =>
    `list_transform([${list(texts)}], lambda all_: list_filter(all_, lambda x, i: x IS NOT NULL AND list_position(all_, x) = i))[1]`,
  daysLater: (text, days) => `strftime(${day(text)} + CAST(${days} AS INTEGER), '%Y%m%d')`,
  daysBetween: (from, to) => `date_diff('day', ${day(from)}, ${day(to)})`,
  // Every day that is covered, as a list, each once.
  daysCovered: ([first, last], [from, through], condition) => {
    const start = day(`NULLIF(greatest(${first}, ${from}), '')`);
    const end = day(`least(NULLIF(${last}, ''), NULLIF(${through}, ''))`);
    const isThere = `${first} <> '' AND ${from} <> '' AND ${through} <> ''`;
    const all = `list(generate_series(${start}, ${end}, INTERVAL 1 DAY)) FILTER (WHERE ${condition} AND ${isThere})`;
    return `len(list_distinct(flatten(COALESCE(${all}, []))))`;
  },
  fits: (text, expression) => `regexp_full_match(${text}, ${quoted(expression)})`,
  once: { readAgain: 'MATERIALIZED ', other: 'NOT MATERIALIZED ' },
  looksRowByRow: false,
  // One aggregate for all columns: a join of its own for each record is dear. The whole order is one key of bytes.
  firstRecord: (texts, order, condition) =>
    `arg_min([${texts.join(', ')}],\n    ${sortKey(order)}\n  ) FILTER (WHERE ${condition})`,
  partOfRecord: (record, place) => `${record}[${place}]`,
  query: (sql) => sql,
  afterTable: '',
  load: (table, path) => [
    `COPY ${table} FROM ${quoted(path)} (FORMAT csv, HEADER true, DELIMITER ',', QUOTE '"', ESCAPE '"', ALLOW_QUOTED_NULLS false)`,
  ],
};
