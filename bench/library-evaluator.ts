/**
 * json-rules-engine made as fast as it fairly can be, for the benchmark: it evaluates the conditions of the field
 * files, and every fact it asks for is one of our compiled ones. What is measured with it is the library's own work,
 * not that of slow facts. Nothing else uses it; the second opinion is `second-opinion.ts`.
 */
import { Engine } from 'json-rules-engine';
import { Slots, type SourceRecord } from '#records/record';
import { Compiler } from '#rulebook/compile/compiler';
import type { Get } from '#rulebook/compile/compiling';
import type { Evaluation } from '#rulebook/compile/evaluation';
import { compileExtract, type ExtractProgram } from '#rulebook/compile/extract-program';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ConditionJson, Reference } from '#rulebook/load/declarations';
import { installOperators, isReference, LIBRARY } from '#rulebook/second-opinion/library';
import { type RuleOfField, rulesOf } from '#rulebook/second-opinion/library-rules';
import type { Condition, Expression } from '#rulebook/tree/nodes';

export interface LibraryEvaluator {
  readonly library: { readonly name: string; readonly version: string };
  /** Reads, begins and selects, as the compiled extract does; its `evaluate` is what this one is compared with. */
  readonly program: ExtractProgram;
  /**
   * Does what `program.evaluate` does, but for outcomes: fills `x.fields` and `x.decided`. One evaluation at a time.
   * @returns how many rules were evaluated
   */
  evaluate(x: Evaluation, enrollment: SourceRecord): Promise<number>;
}

/**
 * What a fact gives when the library will ask for a part of it by path. The part is not looked up before it is asked
 * for.
 */
class Parts {
  readonly getters = new Map<string, Get>();
  /** Absent when the record is. */
  isThere: Get = () => true;
}

/**
 * @param reuse one engine for all evaluations, or a new one for each, as evaluations that overlap would need
 */
export function libraryEvaluator(rulebook: Rulebook, { reuse }: { readonly reuse: boolean }): LibraryEvaluator {
  const { schemas, declared, extract } = rulebook;
  const slots = new Slots(schemas.layouts);
  const fieldNumbers = schemas.output.columns.filter((c) => c.rule).map((c) => c.no);
  const facts = compiledFacts(rulebook, new Compiler(slots, new Map(fieldNumbers.map((no, i) => [no, i]))));
  const program = compileExtract(extract, schemas, { recording: false, slots });
  const rules = rulesOf(
    declared.fields.map((f) => f.json),
    new Map([...declared.facts].map(([name, { json }]) => [name, json])),
    (field) => schemas.output.columns.some(({ no, type }) => no === field && type === 'DT'),
  );
  const byName = new Map(
    rules.map((r) => [r.rule.name as string, { index: fieldNumbers.indexOf(r.field), rule: r.index }]),
  );

  let x: Evaluation = program.newEvaluation();
  const pathResolver = (value: object, path: string): unknown =>
    value instanceof Parts ? value.getters.get(path)?.(x) : (value as Record<string, unknown>)[path.slice(2)];
  const newEngine = (): Engine => {
    const engine = new Engine([], { allowUndefinedFacts: true, replaceFactsInEventParams: true, pathResolver });
    installOperators(engine, {});
    for (const [name, byParams] of facts)
      engine.addFact(name, ((params: object) => give(byParams, params, x)) as never, { cache: false });
    for (const { rule } of rules as readonly RuleOfField[]) engine.addRule(rule);
    engine.on('success', (event, _almanac, result) => {
      const { index, rule } = byName.get(result.name) as { index: number; rule: number };
      const former = x.decided[index] as number;
      if (former >= 0 && former < rule) return;
      x.decided[index] = rule;
      const value = event.params?.['value'];
      x.fields[index] = value === undefined ? '' : String(value);
    });
    return engine;
  };
  const kept = reuse ? newEngine() : undefined;

  return {
    library: LIBRARY,
    program,
    async evaluate(evaluation, enrollment) {
      x = evaluation;
      x.nextEnrollment(enrollment);
      x.decided.fill(-1);
      const { results, failureResults } = await (kept ?? newEngine()).run();
      const count = results.length + failureResults.length;
      if (count !== rules.length) throw new Error(`${LIBRARY.name} evaluated ${count} of ${rules.length} rules`);
      return count;
    },
  };
}

type ByParams = Map<string, { readonly get?: Get; readonly parts?: Parts }>;

const keyOf = (params: object | undefined): string => (params === undefined ? '{}' : JSON.stringify(params));

function give(byParams: ByParams, params: object, x: Evaluation): unknown {
  const { get, parts } = byParams.get(keyOf(params)) ?? {};
  if (parts) return parts.isThere(x) === undefined ? undefined : parts;
  return get?.(x);
}

/** A getter for each reference that the field files make, by fact and params. */
function compiledFacts(rulebook: Rulebook, compiler: Compiler): Map<string, ByParams> {
  const facts = new Map<string, ByParams>();
  const add = ({ fact, params, path }: Reference, expression: Expression): void => {
    const byParams: ByParams = facts.get(fact) ?? new Map();
    facts.set(fact, byParams);
    const known = byParams.get(keyOf(params));
    const isRecord = 'record' in expression;
    // The two ends of an interval are read from the interval itself, so that it can be asked for as a whole too.
    if (expression.kind === 'fact' && expression.part)
      byParams.set(keyOf(params), { get: compiler.value({ kind: 'fact', type: 'interval', node: expression.node }) });
    else if (fact === 'window')
      byParams.set(keyOf(params), { get: compiler.value({ kind: 'context', type: 'interval', fact, part: '' }) });
    else if (path === undefined && !isRecord) byParams.set(keyOf(params), { get: compiler.value(expression) });
    else {
      const parts = known?.parts ?? new Parts();
      if (isRecord) parts.isThere = compiler.value({ kind: 'record', type: 'record', record: expression.record });
      if (path !== undefined) parts.getters.set(path, compiler.value(expression));
      byParams.set(keyOf(params), { parts });
    }
  };
  const addValue = (json: unknown, expression: Expression): void => {
    if (isReference(json)) add(json, expression);
  };
  const walk = (json: ConditionJson, node: Condition): void => {
    if (node.kind === 'leaf') {
      add(json as Reference, node.left);
      addValue((json as { readonly value: unknown }).value, node.right);
    } else if (node.kind === 'not') walk((json as { readonly not: ConditionJson }).not, node.of);
    else
      for (const [i, child] of node.of.entries())
        walk((json as Readonly<Record<string, readonly ConditionJson[]>>)[node.kind]?.[i] as ConditionJson, child);
  };
  for (const field of rulebook.extract.fields)
    for (const [i, rule] of field.rules.entries()) {
      const json = field.json.rules[i];
      if (rule.condition && json?.conditions) walk(json.conditions, rule.condition);
      addValue(json?.event.params.value, rule.value);
    }
  return facts;
}
