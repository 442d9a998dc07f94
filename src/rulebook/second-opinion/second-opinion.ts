/**
 * The second opinion: which enrollments are rows, and the derived fields of one of them, as json-rules-engine itself
 * works them out.
 *
 * It reads the JSON of the rule files and nothing that was made of it: neither the typed tree, nor the compiled
 * closures, nor their calculations and parameters. Looks walk records as plain objects; conditions, those inside looks
 * included, are evaluated by the library. Slow, and meant to be: its use is to disagree.
 */
import type { History, SourceRecord } from '#records/record';
import type { RequestFacts } from '../compile/evaluation.ts';
import type { Rulebook } from '../load/assemble.ts';
import type { FactJson, LawJson, ReferenceFileJson, ReferenceRowsJson } from '../load/declarations.ts';
import type { Asked } from './calculate.ts';
import { LIBRARY, newEngine } from './library.ts';
import { columnsReadIn, fieldsReadIn, type RuleOfField, rulesOf } from './library-rules.ts';
import { type PlainRecord, type PlainRecords, plainRecords } from './plain-records.ts';
import { selected } from './select.ts';
import { World } from './world.ts';

/** A field's value and the name of the rule that decided. */
export interface DecidedField {
  readonly value: string;
  readonly rule: string;
}

export interface Opinion {
  /** By field number. */
  readonly fields: ReadonlyMap<string, DecidedField>;
  /** Always the number of rules in the files of these fields. */
  readonly rulesEvaluated: number;
  /** Whether the row holds each law, by its name; of laws about these fields only. */
  readonly laws: ReadonlyMap<string, boolean>;
}

export interface SecondOpinion {
  readonly library: { readonly name: string; readonly version: string };
  /**
   * Evaluates every rule of every field, or of the fields named and those that they read.
   * @param history as read from a body: the two dates of a record are taken from its text
   * @param enrollment one of `history`
   * @param runDate CCYYMMDD
   * @param only numbers of fields; those of copied columns are passed over
   * @throws Error when the library evaluated fewer or more rules than the files have
   */
  evaluate(
    history: History,
    enrollment: SourceRecord,
    request: RequestFacts,
    runDate: string,
    only?: readonly string[],
  ): Promise<Opinion>;
  /**
   * Selects the enrollments that are rows: those that qualify, and of several for one row the one that comes first.
   * @param history and runDate: as for `evaluate`
   * @returns enrollments of `history`, in the order of rows
   */
  select(history: History, request: RequestFacts, runDate: string): Promise<readonly SourceRecord[]>;
}

/** Makes the second opinion on a rulebook. Fresh engines for each evaluation: evaluations may overlap. */
export function secondOpinion(rulebook: Rulebook): SecondOpinion {
  const { declared, extract, schemas } = rulebook;
  const fields = declared.fields.map((f) => f.json);
  const facts = new Map([...declared.facts].map(([name, { json }]): [string, FactJson] => [name, json]));
  const days = new Set(schemas.output.columns.flatMap(({ no, type }) => (type === 'DT' ? [no] : [])));
  const all = rulesOf(fields, facts, (field) => days.has(field));
  const laws = declared.laws.map(({ json }) => ({ json, columns: columnsReadIn([json.when, json.must], facts) }));
  const byName = new Map(all.map((r) => [r.rule.name, r]));
  const reads = new Map(fields.map((f) => [f.field, fieldsReadIn(f.rules, facts)]));
  const withRead = (numbers: Iterable<string>, met = new Set<string>()): ReadonlySet<string> => {
    for (const number of numbers)
      if (reads.has(number) && !met.has(number)) withRead(reads.get(number) as ReadonlySet<string>, met.add(number));
    return met;
  };

  const parameters = new Map([...declared.parameters].map(([name, { json }]) => [name, json]));
  const plainOf = plainReader(rulebook);
  const row = rowsOf(rulebook);
  const seenBy = (records: PlainRecords, request: RequestFacts, runDate: string) => ({
    facts,
    parameters,
    records: records.byType,
    row,
    request,
    runDate,
  });

  return {
    library: LIBRARY,
    async select(history, request, runDate) {
      const records = plainOf(history);
      const seen = seenBy(records, request, runDate);
      const rows = await selected(
        extract.selection.json,
        records.byType.get(schemas.output.copiesFrom) ?? [],
        (enrollment) => new World({ ...seen, enrollment, field: () => undefined }),
      );
      const recordOf = new Map([...records.plain].map(([record, plain]) => [plain, record]));
      return rows.map((row) => recordOf.get(row) as SourceRecord);
    },
    async evaluate(history, enrollment, request, runDate, only) {
      const wanted = only && withRead(only);
      const rules = wanted ? all.filter(({ field }) => wanted.has(field)) : all;
      const decided = new Map<string, { index: number; value: string; rule: string }>();
      const records = plainOf(history);
      const plain = records.plain.get(enrollment);
      if (!plain) throw new RangeError('the enrollment is not a record of the history');
      const world = new World({
        ...seenBy(records, request, runDate),
        enrollment: plain,
        field: (number) => decided.get(number)?.value || undefined,
      });
      const engine = newEngine();
      for (const { rule } of rules) engine.addRule(rule);
      // Rules of fields that others read have the greater priority, so their results are in before `field` is asked.
      engine.on('success', (event, _almanac, result) => {
        const { field, index, name } = byName.get(result.name) as RuleOfField;
        const former = decided.get(field);
        if (former && former.index < index) return;
        const value = event.params?.['value'];
        decided.set(field, { index, value: value === undefined ? '' : String(value), rule: name });
      });
      const { results, failureResults } = await engine.run({}, { almanac: world.almanac() });
      const rulesEvaluated = results.length + failureResults.length;
      if (rulesEvaluated !== rules.length)
        throw new Error(
          `${LIBRARY.name} evaluated ${rulesEvaluated} of ${rules.length} rules, so its opinion cannot be used`,
        );
      const asked = fields.filter(({ field }) => !wanted || wanted.has(field));
      const row = plainRow(schemas, plain, (no) => decided.get(no)?.value);
      const notWorked = new Set(
        schemas.output.columns.flatMap(({ key, no, rule }) => (rule && wanted && !wanted.has(no) ? [key] : [])),
      );
      const held = new Map<string, boolean>();
      for (const { json, columns } of laws)
        if (columns.isDisjointFrom(notWorked)) held.set(json.name, await isHeld(json, world, row));
      return {
        fields: new Map(asked.map(({ field }) => [field, answer(decided.get(field))])),
        rulesEvaluated,
        laws: held,
      };
    },
  };
}

/** Reads a history once: which enrollments are rows, and the fields of one of them, are asked of the same. */
function plainReader({ declared, schemas }: Rulebook): (history: History) => PlainRecords {
  const intervals = declared.intervals.map(({ json }) => json);
  const read = new WeakMap<History, PlainRecords>();
  return (history) => {
    let records = read.get(history);
    if (!records) {
      records = plainRecords(history, schemas.layouts, intervals);
      read.set(history, records);
    }
    return records;
  };
}

/** Rows of reference files, as they stand among the files of the rulebook. */
function rowsOf({ files, schemas }: Rulebook): Asked['row'] {
  const found = (path: string) => files.find((file) => file.path === path)?.json;
  return (name, key, column) => {
    const { key: keyColumn, columns } = found(`schemas/references/${name}.json`) as ReferenceFileJson;
    const loaded = found(`references/${name}.json`) as ReferenceRowsJson | undefined;
    const met = loaded?.rows.find((one) => one[keyColumn] === key);
    const { span, codeSet } = columns.find((one) => one.key === column) ?? {};
    const set = schemas.codeSets.find((one) => one.codeSet === codeSet);
    return met && { value: met[column] ?? '', spans: span ? set?.codes.map(({ code }) => code) : undefined };
  };
}

/** A row by column key, as laws ask for it: a derived field that is blank is absent. */
const plainRow = (
  { output }: Rulebook['schemas'],
  enrollment: PlainRecord,
  fieldValue: (number: string) => string | undefined,
): PlainRecord =>
  Object.fromEntries(
    output.columns.map(({ key, no, literal, copyOf, day = '' }) => [
      key,
      literal ?? enrollment[copyOf ?? day] ?? (fieldValue(no) || undefined),
    ]),
  );

const isHeld = async ({ when, must }: LawJson, world: World, row: PlainRecord): Promise<boolean> =>
  (when !== undefined && !(await world.holds(when, { row }))) || world.holds(must, { row });

const answer = (decided: DecidedField | undefined): DecidedField => ({
  value: decided?.value ?? '',
  rule: decided?.rule ?? '',
});
