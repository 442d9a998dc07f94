/** The rules of field files as json-rules-engine takes them. */
import type { RuleProperties } from 'json-rules-engine';
import type { FactJson, FieldJson, Reference } from '../load/declarations.ts';
import { isReference, rootOf, withDaysAsInRecords } from './library.ts';

/** A rule of a field file as the library takes it, and where it came from. */
export interface RuleOfField {
  readonly field: string;
  readonly index: number;
  readonly name: string;
  readonly rule: RuleProperties;
}

/**
 * All rules of all fields under names of their own (`45 provisional`), those of fields that others read with the
 * greater priority.
 * @param isDay whether a field is a day: what its rules write out is one too
 */
export function rulesOf(
  fields: readonly FieldJson[],
  facts: ReadonlyMap<string, FactJson>,
  isDay: (field: string) => boolean,
): RuleOfField[] {
  const reads = new Map(fields.map((f) => [f.field, fieldsReadIn(f.rules, facts)]));
  const depth = (number: string): number => 1 + Math.max(0, ...[...(reads.get(number) ?? [])].map(depth));
  const deepest = Math.max(1, ...fields.map((f) => depth(f.field)));
  return fields.flatMap((f) =>
    f.rules.map(({ name, conditions, event }, index): RuleOfField => {
      const priority = deepest - depth(f.field) + 1;
      const { value } = event.params;
      const written = isDay(f.field) ? { ...event, params: { value: withDaysAsInRecords(value) } } : event;
      return {
        field: f.field,
        index,
        name,
        rule: { name: `${f.field} ${name}`, priority, conditions: rootOf(conditions), event: written },
      };
    }),
  );
}

/** The fields that a piece of JSON refers to, by way of declared facts too. */
export const fieldsReadIn = (json: unknown, facts: ReadonlyMap<string, FactJson>): Set<string> =>
  readIn(json, facts, ({ fact, params }) => (fact === 'field' ? String(params?.['number']) : undefined));

/** The columns of a row that laws refer to, by their keys. */
export const columnsReadIn = (json: unknown, facts: ReadonlyMap<string, FactJson>): Set<string> =>
  readIn(json, facts, ({ fact, path }) => (fact === 'row' ? path?.slice('$.'.length) : undefined));

function readIn(
  json: unknown,
  facts: ReadonlyMap<string, FactJson>,
  named: (reference: Reference) => string | undefined,
): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if (isReference(part)) {
      const name = named(part);
      if (name !== undefined) found.add(name);
      else if (!seen.has(part.fact)) {
        seen.add(part.fact);
        walk(facts.get(part.fact));
      }
    }
    for (const child of Object.values(part)) walk(child);
  };
  walk(json);
  return found;
}
