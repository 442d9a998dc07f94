/** SQL of PostgreSQL, 15 and later. */
import { type Dialect, quoted, type SortKey } from '../dialect.ts';

const keys = (order: readonly SortKey[]): string =>
  order.map(({ sql, descending }) => `${sql}${descending ? ' DESC' : ''}`).join(', ');

const list = (texts: readonly string[]): string => `CAST(ARRAY[${texts.join(', ')}] AS TEXT[])`;

const day = (text: string): string => `to_date(${text}, 'YYYYMMDD')`;

export const postgresql: Dialect = {
  name: 'postgresql',
  typeOfList: 'TEXT[]',
  // By bytes, whatever the language of the database.
  ordered: (text) => `${text} COLLATE "C"`,
  characters: (text, first, length) => `substr(${text}, ${first}, ${length})`,
  lengthOfList: (list) => `cardinality(${list})`,
  holds: (list, text) => `${text} = ANY(${list})`,
  list,
  ofList: (list, place) => `(${list})[${place}]`,
  distinct: (texts) =>
    `ARRAY(SELECT x FROM unnest(${list(texts)}) WITH ORDINALITY AS each(x, i) WHERE x IS NOT NULL GROUP BY x ORDER BY min(i))`,
  daysLater: (text, days) => `to_char(${day(text)} + CAST(${days} AS INTEGER), 'YYYYMMDD')`,
  daysBetween: (from, to) => `(${day(to)} - ${day(from)})`,
  // Ranges that meet or overlap become one.
  daysCovered: ([first, last], [from, through], condition) => {
    const start = day(`GREATEST(${first} COLLATE "C", ${from} COLLATE "C")`);
    const end = day(`LEAST(NULLIF(${last}, '') COLLATE "C", NULLIF(${through}, '') COLLATE "C")`);
    const isThere = `${first} <> '' AND ${from} <> '' AND ${through} <> ''`;
    const range = `CASE WHEN ${isThere} AND ${start} <= ${end} THEN daterange(${start}, ${end}, '[]') END`;
    const all = `range_agg(${range}) FILTER (WHERE ${condition})`;
    return `CAST((SELECT COALESCE(sum(upper(one) - lower(one)), 0) FROM unnest(${all}) one) AS BIGINT)`;
  },
  fits: (text, expression) => `${text} ~ ${quoted(`^(?:${expression})$`)}`,
  once: { readAgain: 'MATERIALIZED ', other: 'NOT MATERIALIZED ' },
  looksRowByRow: true,
  // There is no arg_max; the first of an ordered array, kept as an array of arrays, is the same.
  firstRecord: (texts, order, condition) =>
    `(array_agg(ARRAY[${texts.join(', ')}]\n    ORDER BY ${keys(order)}\n  ) FILTER (WHERE ${condition}))[1:1]`,
  partOfRecord: (record, place) => `(${record})[1][${place}]`,
  query: (sql) => sql,
  afterTable: '',
  // Without counts it plans for a handful of records.
  load: (table, path) => [
    `\\copy ${table} FROM ${quoted(path)} WITH (FORMAT csv, HEADER true)`,
    `CREATE INDEX ON ${table} ("ssid")`,
    `ANALYZE ${table}`,
  ],
};
