/** Names that nobody asks for, and two names for one thing. */
import { MATCH_PARAMETERS } from '#identity/parameters';
import { ACADEMIC_YEAR_PARAMETER } from '#rulebook/calculations/academic-year';
import type { Rulebook } from '#rulebook/load/assemble';
import { intervalsIn, parametersIn, rootsOf } from '#rulebook/tree/walk';
import { type Note, note } from './note.ts';
import { isSwitch } from './prover.ts';

export function nameNotes(rulebook: Rulebook): Note[] {
  return [...unused(rulebook), ...alike(rulebook)];
}

function* unused({ extract, checks, declared }: Rulebook): Generator<Note> {
  const facts = [...extract.facts, ...checks.facts];
  const roots = rootsOf({ extract, checks });
  const asked = parametersIn(roots).map(({ name }) => name);
  const parameters = new Set([...asked, ...MATCH_PARAMETERS, ACADEMIC_YEAR_PARAMETER]);
  for (const { json, ...place } of declared.parameters.values())
    if (!parameters.has(json.name))
      yield note(
        'parameter-unused',
        place,
        `no rule, check or fact in use refers to the parameter "${json.name}"; use it, or remove it`,
      );
  const names = new Set(facts.map(({ name }) => name));
  for (const { json, ...place } of declared.facts.values())
    if (!names.has(json.name))
      yield note(
        'fact-unused',
        place,
        `no rule, check or fact in use refers to the fact "${json.name}", so its content is not checked either; use it, or remove it`,
      );
  const intervals = intervalsIn(roots);
  for (const { json, ...place } of declared.intervals)
    if (!intervals.has(json))
      yield note(
        'interval-unused',
        place,
        `nothing in use refers to the interval "${json.name}" of ${json.of}; use it, or remove it`,
      );
}

function* alike({ declared }: Rulebook): Generator<Note> {
  const facts = new Map<string, string>();
  for (const { json, ...place } of declared.facts.values()) {
    const { name, says: _, ...rest } = json;
    const key = JSON.stringify(canonical(rest));
    const known = facts.get(key);
    if (known !== undefined)
      yield note(
        'facts-alike',
        place,
        `the fact "${name}" is the same as "${known}" with another name; keep one, or correct the one that is wrong`,
      );
    else facts.set(key, name);
  }
  const parameters = new Map<string, string>();
  for (const { json, ...place } of declared.parameters.values()) {
    if (isSwitch(json) || json.values.length === 0) continue;
    const { name, says: _, values, ...rest } = json;
    const key = JSON.stringify(
      canonical({ ...rest, values: values.map(({ source: __, ...value }) => JSON.stringify(canonical(value))).sort() }),
    );
    const known = parameters.get(key);
    if (known !== undefined)
      yield note(
        'parameters-alike',
        place,
        `the parameter "${name}" has the same values as "${known}"; keep one if they mean the same`,
      );
    else parameters.set(key, name);
  }
}

/** JSON with keys in order, and conditions so that the order of what stands in "all" and "any" does not count. */
function canonical(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(canonical);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).map(([key, value]): [string, unknown] => {
    const inner = canonical(value);
    return [
      key,
      (key === 'all' || key === 'any') && Array.isArray(inner)
        ? inner.map((child) => JSON.stringify(child)).sort()
        : inner,
    ];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
