/** Declared facts: looks into the student history, and calculations. */
import { layoutOf } from '#records/layout';
import type { CalculationJson, LookJson } from '../load/declarations.ts';
import type { CalculationNode, LookNode } from '../tree/nodes.ts';
import { concerns } from '../tree/walk.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located, only } from './declared.ts';
import { operandsOf } from './operands.ts';
import { resolveOrder } from './orders.ts';
import type { MakeFact, Resolution } from './resolution.ts';
import { ONE_STUDENT, type Scope } from './scope.ts';

/** Makes the node of a declared fact: a look when it says where from, or else a calculation. */
export const makeFact: MakeFact = (resolution, declared, args, scope) =>
  'from' in declared.json
    ? resolveLook(resolution, declared as Located<LookJson>, args, scope)
    : resolveCalculation(resolution, declared as Located<CalculationJson>, args, scope);

function resolveLook(
  resolution: Resolution,
  declared: Located<LookJson>,
  args: LookNode['params'],
  outer: Scope,
): LookNode {
  const { json } = declared;
  const index = resolution.nextFact();
  if (json.from === resolution.declared.schemas.output.recordType)
    resolution.found(at(declared, '/from'), `a look cannot be at rows of the extract; ${ONE_STUDENT}`);
  else if (!layoutOf(resolution.declared.schemas, json.from))
    resolution.found(at(declared, '/from'), `there is no layout for record type "${json.from}" in schemas/records`);
  const scope: Scope = { ...outer, record: json.from, args };
  const where = json.where && resolveCondition(resolution, json.where, scope, at(declared, '/where'));
  if (json.gives === 'record' && !json.order)
    resolution.found(
      declared,
      `the fact "${json.name}" gives a record, so "order" must say which one when there are several`,
    );
  if (json.gives !== 'record' && json.order)
    resolution.found(at(declared, '/order'), `"order" has no effect on a fact that gives "${json.gives}"`);
  const order = json.order ? resolveOrder(resolution, json.order, scope, at(declared, '/order'), 'record') : [];
  return {
    ...only(declared),
    kind: 'look',
    index,
    name: json.name,
    params: args,
    says: json.says,
    from: json.from,
    order,
    gives: json.gives,
    ...(where && { where }),
  };
}

function resolveCalculation(
  resolution: Resolution,
  declared: Located<CalculationJson>,
  args: LookNode['params'],
  outer: Scope,
): CalculationNode {
  const { json } = declared;
  const index = resolution.nextFact();
  const scope: Scope = { ...outer, args };
  const made = operandsOf(resolution, declared, scope);
  const asked = [...made.operands, ...(made.conditions ?? [])];
  const perRecord = scope.record !== undefined && asked.some((one) => concerns(one, 'record'));
  return {
    ...only(declared),
    kind: 'calculation',
    index,
    name: json.name,
    params: args,
    says: json.says,
    ...made,
    perRecord,
  };
}
