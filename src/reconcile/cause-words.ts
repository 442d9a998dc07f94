/** Causes and clusters in plain sentences: what differs, what it rests on, and what to do first. */
import { counted, grouped, series } from '#base/text';
import { recordTypeWords } from '#explain/words/record-words';
import { dayWords, inWords } from '#explain/words/values-in-words';
import type { ExtractRequest } from '#extract/request';
import { withDashes } from '#records/days';
import { type Column, type Layout, layoutOf, type Schemas } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { type Glossary, glossaryOf } from '#rulebook/words/words';
import type { Cause } from './causes.ts';
import type { Cluster, Transition } from './clusters.ts';
import { isCode } from './telling.ts';

const MOST_TRANSITIONS = 4;
const MOST_COLUMNS = 4;
const SHORT_HASH = 12;
const SSID = 'ssid';

/** Puts causes into words. */
export class CauseWords {
  readonly #rulebook: Rulebook;
  readonly #glossary: Glossary;

  constructor(rulebook: Rulebook) {
    this.#rulebook = rulebook;
    this.#glossary = glossaryOf(rulebook);
  }

  /** "212 rows: field 38 is N in the state's file and Y in our records; …". */
  cluster(cluster: Cluster): string {
    const { rows, cause } = cluster;
    const head = `${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}: ${this.differences(cluster)}`;
    if (!cause) return `${head}. No single cause was found.`;
    if (!('record' in cause)) return `${head}. They would be the same ${this.#reading(cause)}.`;
    const noun = recordTypeWords(cause.record.recordType, this.#glossary);
    const [one, all] = cluster.students === 1 ? ['it rests on a', noun] : ['all rest on', `${noun}s`];
    const what = `${one} ${all}${this.#shared(cluster, cause.record.recordType)}`;
    if (cause.kind === 'notThere')
      return `${head}; ${what}: ${cluster.students === 1 ? 'was it' : 'were they'} sent to CALPADS?`;
    if (cause.kind === 'notHere') return `${head}; ${what} that the state has and our records have not.`;
    const columns = series(cause.columns.map(({ name }) => name));
    return `${head}; ${what}, with another ${columns} in the state's file.`;
  }

  /** What differs in the rows of a cluster. */
  differences({ transitions }: Pick<Cluster, 'transitions'>): string {
    const all = [...transitions.values()].sort((a, b) => b.rows - a.rows);
    const words = all.slice(0, MOST_TRANSITIONS).map(transitionWords);
    const more = all.length - words.length;
    return series([
      ...words,
      ...(more > 0 ? [`${counted(more, 'other field')} ${more === 1 ? 'differs' : 'differ'}`] : []),
    ]);
  }

  /** What to do first, and what it would bring. */
  firstAction({ cause, rows, rowsMadeSame }: Cluster): string {
    const brings =
      rows === 1
        ? rowsMadeSame === 1
          ? 'Then the row would be the same altogether.'
          : 'The row would still differ in other fields.'
        : `Then ${grouped(rowsMadeSame)} of these ${grouped(rows)} rows would be the same altogether.`;
    if (!cause) return 'Look at one of the rows with cenr explain.';
    if (cause.kind === 'reading')
      return `Change no record. Ask the state how it reads this rule, or choose the reading in the rules. ${brings}`;
    if (cause.kind === 'rulebook')
      return `Change no record. The file was made by other rules: reconcile with them (--rules), or see whether they should be in effect here. ${brings}`;
    if (cause.kind === 'request') return `Change no record. Reconcile with this request. ${brings}`;
    if (cause.kind === 'runDate') return `Change no record. Reconcile with this run date. ${brings}`;
    if (cause.kind === 'notThere')
      return `See whether CALPADS has these records; send them to it if they are right. ${brings}`;
    if (cause.kind === 'notHere')
      return `Look for these records in your own system: enter them if they are right, have the state delete them if not. ${brings}`;
    return `Compare these records with the state's, and send them again if yours are right. ${brings}`;
  }

  /** One cause of one student. */
  cause(cause: Cause): string {
    if (!('record' in cause)) return `It would be the same ${this.#reading(cause)}.`;
    const { recordType, values } = cause.record;
    const noun = `${recordTypeWords(recordType, this.#glossary)}${this.#named(recordType, values)}`;
    if (cause.kind === 'notThere') return `It would be the same without the ${noun}.`;
    if (cause.kind === 'notHere') return `It would be the same with one more record: a ${noun}.`;
    const layout = layoutOf(this.#rulebook.schemas, recordType) as Layout;
    const isDay = (key: string): boolean => layout.columns.find((column) => column.key === key)?.type === 'DT';
    const changes = cause.columns.map(
      ({ key, name, ours, theirs }) => `${name} ${inWords(theirs, isDay(key))} instead of ${inWords(ours, isDay(key))}`,
    );
    return `It would be the same if the ${noun} had ${series(changes)}${cause.isExact ? '' : ', or another value like it'}.`;
  }

  #reading(reading: Exclude<Cause, { record: unknown }>): string {
    if (reading.kind === 'runDate') return `with the run date ${withDashes(reading.runDate)}`;
    if (reading.kind === 'request') return `for another request: ${requestWords(reading.request)}`;
    if (reading.kind === 'rulebook')
      return `under other rules: rulebook ${reading.version} of "${reading.name}" (SHA-256 ${reading.sha256.slice(0, SHORT_HASH)}…)`;
    const { parameter, value } = reading;
    const json = this.#rulebook.declared.parameters.get(parameter)?.json;
    const now = json ? series([...new Set(json.values.map((one) => String(one.value)))], 'or') : '';
    return `under another reading of the rules: ${json?.says ?? parameter} (${parameter}) ${value} instead of ${now}`;
  }

  /** What the records behind a cluster share: codes, LEA and school, and the days from which they speak. */
  #shared({ shared, students }: Cluster, recordType: string): string {
    const layout = layoutOf(this.#rulebook.schemas, recordType) as Layout;
    const words: string[] = [];
    for (const column of tellingOf(layout, this.#rulebook.schemas)) {
      const value = shared.get(column.key)?.value;
      if (value !== undefined && value !== '') words.push(`${column.name} ${value}`);
    }
    const start = layout.codeDay === undefined ? undefined : shared.get(layout.codeDay);
    const days =
      !start || start.first === ''
        ? ''
        : start.first === start.last
          ? ` that ${students === 1 ? 'begins' : 'begin'} on ${dayWords(start.first)}`
          : ` that begin from ${dayWords(start.first)} through ${dayWords(start.last)}`;
    return `${words.length > 0 ? ` with ${series(words.slice(0, MOST_COLUMNS))}` : ''}${days}`;
  }

  #named(recordType: string, values: Readonly<Record<string, string>>): string {
    const layout = layoutOf(this.#rulebook.schemas, recordType) as Layout;
    const words = tellingOf(layout, this.#rulebook.schemas).flatMap(({ key, name }) =>
      values[key] ? [`${name} ${values[key]}`] : [],
    );
    const start = layout.codeDay === undefined ? '' : (values[layout.codeDay] ?? '');
    return `${start === '' ? '' : ` of ${dayWords(start)}`}${words.length > 0 ? ` (${words.slice(0, MOST_COLUMNS).join(', ')})` : ''}`;
  }
}

/** Columns whose value tells which records they are: codes of the key first, then LEA and school. */
function tellingOf({ columns, keyColumns, codeDay }: Layout, schemas: Schemas): readonly Column[] {
  const own = columns.filter(
    ({ key, type }) => keyColumns.includes(key) && key !== SSID && key !== codeDay && type !== 'DT',
  );
  return [...own.filter((column) => isCode(column, schemas)), ...own.filter((column) => !isCode(column, schemas))];
}

function transitionWords({ kind, column, ours, theirs }: Transition): string {
  if (kind === 'onlyTheirs') return 'only the state has the row';
  if (kind === 'onlyOurs') return 'only our records have the row';
  const field = `field ${column?.no} ${column?.name}`;
  if (ours === undefined || theirs === undefined) return `${field} differs`;
  return `${field} is ${inWords(theirs, false)} in the state's file and ${inWords(ours, false)} in our records`;
}

/** A request in words. */
export function requestWords({
  reportingLEAs,
  academicYear,
  adjusted,
  asOf,
  from,
  through,
  ...lists
}: ExtractRequest): string {
  const day = (text: string | undefined): string => withDashes((text ?? '').replaceAll('-', ''));
  const leas = reportingLEAs === 'all' ? 'all LEAs' : `LEA ${reportingLEAs.join(', ')}`;
  const days =
    academicYear !== undefined
      ? `academic year ${academicYear}${adjusted ? ', adjusted' : ''}`
      : asOf !== undefined
        ? `as of ${day(asOf)}`
        : `${day(from)} through ${day(through)}`;
  const only = Object.entries(lists).flatMap(([list, codes]) =>
    Array.isArray(codes) && codes.length > 0 ? [`${list} ${codes.join(', ')}`] : [],
  );
  return [leas, days, ...only].join(', ');
}
