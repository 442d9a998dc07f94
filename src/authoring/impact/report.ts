/** What an impact report says: plain data, and how it is counted. */
import type { ExtractRequest } from '#extract/request';
import type { PassedOver } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { alignedTo } from './aligned.ts';
import type { Difference } from './declared.ts';
import type { BrokenBy } from './laws.ts';
import type { Reach } from './reach.ts';

/** One line of the full list: a value that is another now, or a row that is new or gone. Days are CCYYMMDD. */
export interface Change {
  readonly change: 'value' | 'appears' | 'disappears';
  /** By column key: what tells the row from all others. */
  readonly row: Readonly<Record<string, string>>;
  /** Number and name of the column; blank for a row that is new or gone. */
  readonly field: string;
  readonly name: string;
  /** `null` for a column that the rulebook does not have, and for a row that is new or gone. */
  readonly old: string | null;
  readonly new: string | null;
  /** Names of the rules that decided; blank for what no rule makes. */
  readonly ruleBefore: string;
  readonly ruleNow: string;
  /** Ids of the differences that made it. */
  readonly because: readonly string[];
  readonly sentence: string;
}

/** A change shown in full: what both rulebooks say of it. */
export interface Sample extends Change {
  readonly before?: string;
  readonly now?: string;
}

export interface ReportRulebook {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export interface ReportField {
  readonly field: string;
  readonly name: string;
  readonly rows: number;
  /**
   * By old and new value, most rows first. Of days only blank, earlier and later are told apart, of what is copied from
   * a record only blank and another value.
   */
  readonly values: readonly { readonly old: string | null; readonly new: string | null; readonly rows: number }[];
}

/** How many rows changed where, most first. */
export interface ReportPlaces {
  /** Key and published name of a column of the row key, such as the school's. */
  readonly column: string;
  readonly name: string;
  readonly places: readonly {
    readonly value: string;
    readonly rows: number;
    readonly appeared: number;
    readonly disappeared: number;
    readonly changed: number;
  }[];
}

/** What becomes of records under the checks of each rulebook. */
export interface ReportRecords {
  readonly records: number;
  readonly rejected: { readonly before: number; readonly now: number };
  /** Of a type that the rulebook does not use. */
  readonly notUsed: { readonly before: number; readonly now: number };
  /** Checks that reject another number of records now, by code. */
  readonly checks: readonly { readonly code: string; readonly before: number; readonly now: number }[];
}

export interface ImpactReport {
  readonly format: 1;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly from: ReportRulebook;
  readonly to: ReportRulebook;
  /** The number of the upload after which the store was read, or the files. */
  readonly input:
    | { readonly from: 'store'; readonly snapshot?: number }
    | { readonly from: 'files'; readonly files: readonly string[] };
  readonly differences: readonly Difference[];
  /** What the differences can reach; nothing else was evaluated. */
  readonly reach: {
    readonly selection: boolean;
    readonly fields: readonly string[];
    readonly added: readonly string[];
    readonly removed: readonly string[];
  };
  /** Students in the store or the files, as far as the request may see them. */
  readonly students: number;
  /**
   * Records under the checks of each rulebook: those of the files, or those stored, were they sent again. Absent for a
   * store when both check records alike.
   */
  readonly records?: ReportRecords;
  /** Records of types that a rulebook does not know, by type; absent when there are none. */
  readonly passedOver?: { readonly before: PassedOver; readonly now: PassedOver };
  readonly rows: {
    /** Whether there is any row, before or now. A report without says nothing of the change, and counts for nothing. */
    readonly any: boolean;
    /**
     * Absent when the selection is the same: then there are as many rows as before, and only those that could change
     * were looked at.
     */
    readonly before?: number;
    readonly after?: number;
    readonly appeared: number;
    readonly disappeared: number;
    /** Rows with at least one other value. */
    readonly changed: number;
  };
  /**
   * Laws that the new rules break, by rows that change or are new; of a law that is new itself, by any row. Absent when
   * none is broken.
   */
  readonly laws?: readonly { readonly law: string; readonly says: string; readonly rows: number }[];
  /** Changed values, one for each row and field. */
  readonly values: number;
  readonly fields: readonly ReportField[];
  readonly places: readonly ReportPlaces[];
  /** How many changes each set of differences made, most first. */
  readonly reasons: readonly { readonly because: readonly string[]; readonly changes: number }[];
  readonly samples: readonly Sample[];
}

const DAY = 'DT';

/**
 * How the values of a column are told in counts: as they are, or only whether they are there. Days and what is copied
 * from records say more about a student than a code does.
 */
export type Telling = 'value' | 'day' | 'copied';

/** By number of the column, which the new rulebook gives it. */
export function tellings(from: Rulebook, to: Rulebook): ReadonlyMap<string, Telling> {
  const all = [alignedTo(to, from), to].flatMap(({ schemas }) => schemas.output.columns);
  return new Map(all.map(({ no, type, rule }) => [no, type === DAY ? 'day' : rule ? 'value' : 'copied']));
}

/** In which group of a report a change is counted. */
export function groupOf(
  { field, old, new: now }: Change,
  telling: ReadonlyMap<string, Telling>,
): { readonly old: string | null; readonly new: string | null } {
  const how = telling.get(field) ?? 'value';
  if (how === 'value') return { old, new: now };
  const said = how === 'day' ? 'a day' : 'a value';
  if (!old || !now) return { old: old && said, new: now && said };
  return { old: said, new: how === 'copied' ? 'another value' : now < old ? 'an earlier day' : 'a later day' };
}

/** Of more places, or more pairs of values, than this only so many are told one by one. */
export const MOST_TOLD = 1_000;
const OTHERS = { old: 'any other value', new: 'any other value' } as const;

interface Places {
  rows: number;
  appeared: number;
  disappeared: number;
  changed: number;
}

/** Counts changes as they come, and keeps the first of each kind as samples. */
export class Counter {
  readonly #telling: ReadonlyMap<string, Telling>;
  readonly #nameOf: (column: string) => string;
  readonly #most: number;
  readonly #fields = new Map<
    string,
    { name: string; rows: number; values: Map<string, { old: string | null; new: string | null; rows: number }> }
  >();
  readonly #places = new Map<string, Map<string, Places>>();
  readonly #reasons = new Map<string, { because: readonly string[]; changes: number }>();
  readonly #samples = new Map<string, Sample[]>();
  #row = '';
  readonly #rows = { appeared: 0, disappeared: 0, changed: 0 };
  #values = 0;

  /**
   * @param telling how values are told, by number of the column
   * @param samples how many are kept of each kind of change
   * @param nameOf the published name of a column of the row key
   */
  constructor(telling: ReadonlyMap<string, Telling>, samples: number, nameOf: (column: string) => string) {
    this.#telling = telling;
    this.#nameOf = nameOf;
    this.#most = samples;
  }

  /** Changes of one row come one after the other. */
  add(sample: Sample): void {
    const { change, row, field, name, because } = sample;
    const key = JSON.stringify(row);
    const isNewRow = key !== this.#row;
    this.#row = key;
    const what = change === 'value' ? 'changed' : change === 'appears' ? 'appeared' : 'disappeared';
    if (isNewRow) {
      this.#rows[what]++;
      for (const [column, value] of Object.entries(row).slice(1)) {
        const places = mapAt(this.#places, column, () => new Map<string, Places>());
        const place = mapAt(places, value, () => ({ rows: 0, appeared: 0, disappeared: 0, changed: 0 }));
        place.rows++;
        place[what]++;
      }
    }
    const { group, groupKey } = this.#group(sample);
    if (change === 'value') {
      this.#values++;
      const counted = mapAt(this.#fields, field, () => ({ name, rows: 0, values: new Map() }));
      counted.rows++;
      mapAt(counted.values, groupKey, () => ({ ...group, rows: 0 })).rows++;
    }
    mapAt(this.#reasons, because.join('\n'), () => ({ because, changes: 0 })).changes++;
    const samples = mapAt(this.#samples, groupKey, () => []);
    if (samples.length < this.#most) samples.push(sample);
  }

  /** Of a field with very many pairs of values, those beyond the first are counted together. */
  #group(sample: Sample): { readonly group: ReturnType<typeof groupOf>; readonly groupKey: string } {
    const { change, field } = sample;
    const keyOf = (of: ReturnType<typeof groupOf>): string => JSON.stringify([change, field, of.old, of.new]);
    const group = groupOf(sample, this.#telling);
    const known = this.#fields.get(field)?.values;
    if (!known || known.size < MOST_TOLD || known.has(keyOf(group))) return { group, groupKey: keyOf(group) };
    return { group: OTHERS, groupKey: keyOf(OTHERS) };
  }

  result(): Pick<ImpactReport, 'values' | 'fields' | 'places' | 'reasons' | 'samples'> & {
    readonly rows: Pick<ImpactReport['rows'], 'appeared' | 'disappeared' | 'changed'>;
  } {
    const byNumber = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
      Number.parseInt(a[0], 10) - Number.parseInt(b[0], 10);
    const samples = [...this.#samples.values()].flat();
    return {
      rows: this.#rows,
      values: this.#values,
      fields: [...this.#fields].sort(byNumber).map(([field, { name, rows, values }]) => ({
        field,
        name,
        rows,
        values: mostFirst([...values.values()], (v) => v.rows),
      })),
      places: Array.from(this.#places, ([column, places]) => ({
        column,
        name: this.#nameOf(column),
        places: mostFirst(
          Array.from(places, ([value, counts]) => ({ value, ...counts })),
          (p) => p.rows,
        ),
      })),
      reasons: mostFirst([...this.#reasons.values()], (r) => r.changes),
      samples: samples.sort((a, b) => byNumber([a.field, a], [b.field, b])),
    };
  }
}

function mapAt<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function mostFirst<T extends object>(items: readonly T[], rows: (item: T) => number): T[] {
  const text = (item: T): string => JSON.stringify(item);
  return items.toSorted((a, b) => rows(b) - rows(a) || (text(a) < text(b) ? -1 : 1)).slice(0, MOST_TOLD);
}

/** The laws that the new rules break. */
export function brokenLaws({ declared }: Rulebook, broken: BrokenBy): Pick<ImpactReport, 'laws'> {
  const laws = declared.laws.flatMap(({ json: { name, says } }) => {
    const rows = broken[name] ?? 0;
    return rows > 0 ? [{ law: name, says, rows }] : [];
  });
  return laws.length > 0 ? { laws } : {};
}

const about = ({ about: { name, version }, hash }: Rulebook): ReportRulebook => ({ name, version, sha256: hash });

/** The parts of a report that follow from the rulebooks alone. */
export const reportHead = (
  from: Rulebook,
  to: Rulebook,
  { selection, columns, added, removed }: Reach,
): Pick<ImpactReport, 'format' | 'from' | 'to' | 'reach'> => {
  const numbers = (of: readonly { readonly no: string }[]): string[] => of.map(({ no }) => no);
  return {
    format: 1,
    from: about(from),
    to: about(to),
    reach: { selection, fields: numbers(columns), added: numbers(added), removed: numbers(removed) },
  };
};
