/** Declared facts: looks into the student history, and calculations. */
import { codeSetOf, layoutOf } from '#records/layout';
import type { Aggregate } from '../aggregates/aggregate.ts';
import { AGGREGATES } from '../aggregates/index.ts';
import type { CalculationJson, LookJson, Reference } from '../load/declarations.ts';
import { mayBeOpen } from '../tree/absence.ts';
import type { CalculationNode, Expression, LookNode } from '../tree/nodes.ts';
import { concerns } from '../tree/walk.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located, only } from './declared.ts';
import { operandsOf } from './operands.ts';
import { resolveOrder } from './orders.ts';
import { resolveReference } from './references.ts';
import type { MakeFact, Resolution } from './resolution.ts';
import { ONE_STUDENT, type Scope } from './scope.ts';
import { fits, fitsType, foundType, oneOf } from './types.ts';

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
    ...given(resolution, declared, scope, outer),
    ...(where && { where }),
  };
}

/** What a look gives, and what is asked of each record for that. */
function given(
  resolution: Resolution,
  declared: Located<LookJson>,
  scope: Scope,
  outer: Scope,
): Pick<LookNode, 'type' | 'aggregate' | 'value' | 'within' | 'most'> {
  const { json } = declared;
  const aggregate = AGGREGATES.get(json.gives);
  if (!aggregate) return { type: GIVEN[json.gives as keyof typeof GIVEN] };
  const value = asked(resolution, declared, aggregate, scope);
  const { record: _, ...around } = { ...outer, args: scope.args ?? {} };
  const within = aggregate.isWithin ? whole(resolution, declared, around) : undefined;
  return {
    type: aggregate.gives === 'same' ? value.type : aggregate.gives,
    aggregate,
    value,
    ...(aggregate.countsValues && mostOf(resolution, value)),
    ...(within && { within }),
  };
}

const GIVEN = { any: 'flag', count: 'number', record: 'record' } as const;

/** How many different values there can be: as many as the code set of a column has, when no others are accepted. */
function mostOf(resolution: Resolution, value: Expression): Pick<LookNode, 'most'> | undefined {
  if (value.kind !== 'column') return undefined;
  const { schemas } = resolution.declared;
  const column = layoutOf(schemas, value.recordType)?.columns.find(({ key }) => key === value.key);
  const set = column?.codeSet === undefined ? undefined : codeSetOf(schemas, column.codeSet);
  return set?.closed ? { most: set.codes.length } : undefined;
}

/** What is asked of each record: something that differs from record to record. */
function asked(
  resolution: Resolution,
  declared: Located<LookJson>,
  { name, takes }: Aggregate,
  scope: Scope,
): Expression {
  const place = at(declared, '/value');
  const value = resolveReference(resolution, declared.json.value as Reference, scope, place);
  if (!fitsType(value.type, takes))
    resolution.found(
      place,
      `a look that gives "${name}" takes ${oneOf(takes)} of each record, but ${foundType(value, [])}`,
    );
  else if (value.type !== 'unknown' && !concerns(value, 'record'))
    resolution.found(
      place,
      `"${name}" asks something of each record, but this is the same for all of them; ask for a column or an interval of "record"`,
    );
  return value;
}

/** The interval within which days are counted, which has an end. */
function whole(resolution: Resolution, declared: Located<LookJson>, scope: Scope): Expression {
  const place = at(declared, '/within');
  const within = resolveReference(resolution, declared.json.within as Reference, scope, place);
  if (!fits(within, ['interval'])) resolution.found(place, `"within" takes an interval, but ${foundType(within, [])}`);
  else if (within.type === 'interval' && mayBeOpen(within, 'end', { schemas: resolution.declared.schemas }))
    resolution.found(
      place,
      'the days within an interval that may be open cannot be counted; ask for the window, or for an intersection with it',
    );
  return within;
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
  const asked = [...made.operands, ...(made.conditions ?? []), ...(made.by ? [made.by] : [])];
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
