/** SQL of ClickHouse, 26.7. */
import { type Dialect, quoted, type SortKey } from '../dialect.ts';

/** Bytes that come the sooner, the later the text comes; a byte of ends, so that the longer of two texts comes first. */
const turnedRound = (text: string): string => `bitNot(concat(${text}, char(0)))`;

const sortKey = ({ sql, type, descending }: SortKey): string => {
  if (!descending) return sql;
  return type === 'text' || type === 'day' ? turnedRound(sql) : `-(${sql})`;
};

/** An array cannot be NULL, so a list is the text of a JSON array. */
const asList = (array: string): string => `toJSONString(CAST(${array} AS Array(String)))`;

const inList = (list: string): string => `JSONExtract(ifNull(${list}, '[]'), 'Array(String)')`;

// The types of days end in 2299.
const dayNumber = (day: string): string =>
  `CAST(toModifiedJulianDayOrNull(concat(substr(${day}, 1, 4), '-', substr(${day}, 5, 2), '-', substr(${day}, 7, 2))) AS BIGINT)`;

/** What is not so unless it is said: joins and conversions that give NULL; relations that are worked out once. */
const STANDARD = 'join_use_nulls = 1, cast_keep_nullable = 1, enable_materialized_cte = 1';

/** What it tries at every condition and order, which here finds nothing and takes most of the time of planning. */
const UNTRIED = 'optimize_and_compare_chain = 0, optimize_redundant_functions_in_order_by = 0';

// In texts and names a backslash stands for what comes after it; elsewhere SQL has none.
const withBackslashes = (sql: string): string => sql.replaceAll('\\', '\\\\');

export const clickhouse: Dialect = {
  name: 'clickhouse',
  typeOfList: 'TEXT',
  // Texts are compared as bytes.
  ordered: (text) => text,
  // Other functions of texts count bytes.
  characters: (text, first, length) => `substringUTF8(${text}, ${first}, ${length})`,
  lengthOfList: (list) => `CAST(JSONLength(${list}) AS BIGINT)`,
  holds: (list, text) => `has(${inList(list)}, ${text})`,
  list: (texts) => asList(`[${texts.join(', ')}]`),
  ofList: (list, place) => `arrayElementOrNull(${inList(list)}, ${place})`,
  distinct: (texts) => asList(`arrayDistinct(arrayFilter(x -> x IS NOT NULL, [${texts.join(', ')}]))`),
  daysLater: (day, days) => `replaceAll(fromModifiedJulianDayOrNull(${dayNumber(day)} + ${days}), '-', '')`,
  daysBetween: (from, to) => `(${dayNumber(to)} - ${dayNumber(from)})`,
  daysCovered: ([first, last], [from, through], condition) => {
    const start = dayNumber(`greatest(${first}, ${from})`);
    const end = dayNumber(`least(NULLIF(${last}, ''), NULLIF(${through}, ''))`);
    const isThere = `${first} <> '' AND ${from} <> '' AND ${through} <> ''`;
    const days = `intervalLengthSum(${start}, ${end} + 1) FILTER (WHERE ${condition} AND ${isThere} AND ${start} <= ${end})`;
    return `CAST(${days} AS BIGINT)`;
  },
  fits: (text, expression) => `match(${text}, ${quoted(`^(?:${expression})$`)})`,
  // A relation that is read once is part of the one that reads it.
  once: { readAgain: 'MATERIALIZED ', other: '' },
  looksRowByRow: false,
  firstRecord: (texts, order, condition) =>
    `argMin([${texts.join(', ')}],\n    tuple(${order.map(sortKey).join(', ')})\n  ) FILTER (WHERE ${condition})`,
  partOfRecord: (record, place) => `arrayElementOrNull(${record}, ${place})`,
  query: (sql) => `${withBackslashes(sql)}\nSETTINGS ${STANDARD}, ${UNTRIED}`,
  // Read student by student.
  afterTable: ` ENGINE = MergeTree ORDER BY ("ssid")`,
  load: (table, path) => [`INSERT INTO ${table} FROM INFILE ${withBackslashes(quoted(path))} FORMAT CSVWithNames`],
};
