/** Where the slowest requests spent their time, phase by phase, as a page: what report-phases.mjs wrote, in tables. */
import { readFileSync } from 'node:fs';

/** A request, and its milliseconds as the client sees them. */
export interface Timed {
  readonly id: string;
  readonly took: number;
}

/** The same as the service sees it. */
interface Phases extends Timed {
  readonly garbage: number;
  readonly phases: readonly (readonly [phase: string, ms: number])[];
}

const SLOWEST = 100;
const OUTSIDE = 'outside';
const WORDS: Readonly<Record<string, string>> = {
  [OUTSIDE]: 'not in the service: waiting for a core, the socket, the client',
  begun: 'request read, key known',
  'row found': 'row found in the files of the extract',
  'history read': 'history read from the store',
  explained: 'explained: evaluated, in words, what would change it',
  'second opinion': 'second opinion',
  'written as JSON': 'answer written as JSON',
  'in the access log': 'entered in the access log and flushed to the disk',
  sent: 'sent',
};

/** What report-phases.mjs wrote. */
export const timesByID = (file: string): ReadonlyMap<string, Phases> =>
  new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => JSON.parse(line) as Phases)
      .map((request) => [request.id, request]),
  );

interface Row {
  readonly took: number;
  readonly garbage: number;
  readonly of: ReadonlyMap<string, number>;
}

/** @param took by what was asked for, quickest first; rate: how many were asked for in a second */
export function slowestPage(
  { both, alone }: { readonly both: readonly Timed[]; readonly alone: readonly Timed[] },
  times: ReadonlyMap<string, Phases>,
  rate: number,
): string {
  const rowOf = ({ id, took }: Timed): Row => {
    const { took: inside, garbage, phases } = times.get(id) as Phases;
    return { took, garbage, of: new Map([[OUTSIDE, took - inside], ...phases]) };
  };
  const [bothRows, aloneRows] = [both.map(rowOf), alone.map(rowOf)];
  const slowest = (rows: readonly Row[]): Row[] => rows.slice(-SLOWEST).reverse();
  return [
    `**The slowest explanations.** Milliseconds of the slowest hundred of ${both.length} with a second opinion and of ${alone.length} without, asked for at ${rate} a second, on average, beside the average of all. \`npm run bench -- explanations\` writes these tables.`,
    '',
    summary([
      ['all', bothRows],
      ['slowest hundred', slowest(bothRows)],
      ['all, without', aloneRows],
      ['slowest hundred, without', slowest(aloneRows)],
    ]),
    '',
    'Each of the slowest hundred with a second opinion:',
    '',
    each(slowest(bothRows)),
    '',
    'And without:',
    '',
    each(slowest(aloneRows)),
    '',
  ].join('\n');
}

const PHASES = Object.keys(WORDS);
const ms = (value: number): string => value.toFixed(1);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function summary(columns: readonly (readonly [name: string, rows: readonly Row[]])[]): string {
  const line = (what: string, of: (row: Row) => number): string =>
    `| ${[what, ...columns.map(([, rows]) => ms(mean(rows.map(of))))].join(' | ')} |`;
  return [
    `| phase | ${columns.map(([name]) => name).join(' | ')} |`,
    `|---|${'--:|'.repeat(columns.length)}`,
    ...PHASES.map((phase) => line(WORDS[phase] as string, ({ of }) => of.get(phase) ?? 0)),
    line('**all of it**', ({ took }) => took),
    line('of which garbage was collected', ({ garbage }) => garbage),
  ].join('\n');
}

function each(rows: readonly Row[]): string {
  const phases = PHASES.filter((phase) => rows.some(({ of }) => of.has(phase)));
  return [
    `| all | ${phases.join(' | ')} | garbage |`,
    `|--:|${'--:|'.repeat(phases.length + 1)}`,
    ...rows.map(
      ({ took, garbage, of }) =>
        `| ${[took, ...phases.map((phase) => of.get(phase) ?? 0), garbage].map(ms).join(' | ')} |`,
    ),
  ].join('\n');
}
