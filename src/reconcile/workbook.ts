/** A reconciliation as a workbook: summary, clusters, rows, fields. */
import type { CellValue, WriteSheet } from 'hucre/xlsx';
import { workbookLibrary } from '#base/workbook-library';
import { requestWords } from './cause-words.ts';
import type { ShownRow } from './findings-list.ts';
import { clusterLine, type Outcome } from './summary.ts';
import type { Comparison } from './views.ts';

/** A sheet for people has so many lines; the list as NDJSON has all. */
const MOST_LINES = 200_000;

/**
 * The bytes of the workbook.
 * @param list the rows that are not the same, as NDJSON
 * @param columns that were compared: for the names of those that tell rows apart
 */
export async function* findingsWorkbook(
  list: AsyncIterable<Uint8Array | string>,
  outcome: Outcome,
  { columns, keys }: Comparison,
): AsyncGenerator<Uint8Array> {
  const names = keys.map((key) => columns.find((column) => column.key === key)?.name ?? key);
  const rows: CellValue[][] = [['Found', ...names, 'Place', 'Fields That Differ', 'Clusters', 'Cause', 'Or']];
  const fields: CellValue[][] = [['Found', ...names, 'Field', 'Name', 'Theirs', 'Ours', 'Cluster']];
  let leftOut = 0;
  for await (const row of rowsOf(list)) {
    const head = [row.found, ...keys.map((key) => asText(row.row[key] ?? ''))];
    if (rows.length >= MOST_LINES) {
      leftOut++;
      continue;
    }
    rows.push([
      ...head,
      row.place ?? '',
      row.fields.map(({ field }) => field).join(', '),
      row.causes.map(({ cluster }) => cluster).join(', '),
      asText([row.because ?? [], ...row.causes.map(({ sentence }) => sentence)].flat().join(' ')),
      asText(row.causes.flatMap(({ or }) => or).join(' ')),
    ]);
    for (const { field, name, theirs, ours, cluster } of row.fields)
      if (fields.length < MOST_LINES) fields.push([...head, field, name, asText(theirs), asText(ours), cluster ?? '']);
      else leftOut++;
  }
  const clusters = outcome.clusters.map((cluster) => clusterLine(cluster, outcome.words));
  const sheets: WriteSheet[] = [
    sheet('Summary', summaryRows(outcome, leftOut), [30, 120]),
    sheet(
      'Clusters',
      [
        ['Cluster', 'Rows', 'Students', 'What Differs and Why', 'First Action'],
        ...clusters.map((c): CellValue[] => [c.cluster, c.rows, c.students, asText(c.sentence), asText(c.firstAction)]),
      ],
      [8, 8, 8, 120, 80],
    ),
    sheet('Counts', countRows(outcome.places), [8, 40, 24, ...outcome.places.by.map(() => 14), 14, 14, 12]),
    sheet('Rows', rows, [12, 12, 10, 10, 8, 12, 20, 10, 100, 80]),
    sheet('Fields', fields, [12, 12, 10, 10, 8, 8, 40, 24, 24, 8]),
  ];
  yield await (await workbookLibrary()).writeXlsx({ sheets, properties: { modified: new Date(0) } });
}

const sheet = (name: string, rows: CellValue[][], widths: readonly number[]): WriteSheet => ({
  name,
  rows,
  columns: widths.map((width) => ({ width })),
  freezePane: { rows: 1 },
});

function summaryRows({ request, runDate, facts, counts, notes }: Outcome, leftOut: number): CellValue[][] {
  return [
    ['Request', requestWords(request.value)],
    ...request.because.map((says): CellValue[] => ['', says]),
    ['Run date', runDate.value],
    ...runDate.because.map((says): CellValue[] => ['', says]),
    ['Columns of the file', facts.form?.columns.length ?? 0],
    ...Object.entries(counts).map(([name, count]): CellValue[] => [NAMES[name] ?? name, count]),
    ...[...facts.zerosPutBack].map(([name, n]): CellValue[] => [`Zeros put back: ${name}`, n]),
    ...facts.unreadableLines.map(({ place, says }): CellValue[] => [`Unreadable: ${place}`, asText(says)]),
    ...notes.map((says): CellValue[] => ['Note', says]),
    ...(leftOut > 0
      ? [['Left out', `${leftOut} lines of Rows and Fields; write the list as NDJSON to have them`]]
      : []),
  ];
}

/** Where counts of the two sides differ: a total, then each school. */
const countRows = ({ by, counts }: Outcome['places']): CellValue[][] => [
  ['Field', 'Name', 'Value', ...by, "State's File", 'Our Records', 'Difference'],
  ...counts.map(({ field = '', name = 'Rows', value = '', values, theirs, ours }): CellValue[] => [
    ...[field, name, asText(value)],
    ...by.map((_, i) => (values.length === 0 ? 'Total' : asText(values[i] ?? ''))),
    ...[theirs, ours, ours - theirs],
  ]),
];

const NAMES: Readonly<Record<string, string>> = {
  read: 'Their rows, read',
  unreadable: 'Their rows, unreadable',
  ours: 'Our rows',
  same: 'Rows that are the same',
  changed: 'Rows of both that differ',
  onlyDays: 'Rows that differ in the days each side took the record in alone',
  nearest: 'Rows matched with the nearest',
  onlyTheirs: 'Rows only theirs',
  onlyOurs: 'Rows only ours',
};

async function* rowsOf(list: AsyncIterable<Uint8Array | string>): AsyncGenerator<ShownRow> {
  const decoder = new TextDecoder();
  let left = '';
  for await (const chunk of list) {
    const lines = (left + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n');
    left = lines.pop() as string;
    for (const line of lines) yield JSON.parse(line) as ShownRow;
  }
}

/** In a workbook `_x0041_` stands for the letter A; a value that looks like that is written so that it comes back. */
const asText = (text: string): string => text.replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
