/**
 * Conditions, references and facts of the typed tree as closures over an `Evaluation`. Compiled once when a rulebook is
 * loaded; nothing here can fail at run time, because `resolve/` has refused whatever could.
 */
import { Slots } from '#records/record';
import type { CalculationNode, Condition, Expression, LookNode, Order } from '../tree/nodes.ts';
import { compileAggregate } from './aggregates.ts';
import { compileCalculation, rememberedAsLong } from './calculations.ts';
import type { ColumnPlaces, Compiling, Get, GetRecord, IsBefore, Observer, Test } from './compiling.ts';
import { compileCondition } from './conditions.ts';
import { compileFind, compileScan } from './lookups.ts';
import { compileOrder } from './orders.ts';
import { compileValue } from './values.ts';

export class Compiler implements Compiling {
  readonly places: ColumnPlaces;
  readonly fieldIndex: ReadonlyMap<string, number>;
  readonly recording: boolean;
  readonly observer: Observer | undefined;
  readonly #looks = new Map<number, GetRecord>();
  readonly #facts = new Map<number, Get>();

  /**
   * @param fieldIndex by field number, the index under which `Evaluation.fields` keeps its value
   * @param recording whether looks that give no record write down the first one that matched, for the trace
   * @param observer for the coverage of examples; slow, since nothing is spared
   */
  constructor(
    places: ColumnPlaces = new Slots([]),
    fieldIndex: ReadonlyMap<string, number> = new Map(),
    recording = false,
    observer?: Observer,
  ) {
    this.places = places;
    this.fieldIndex = fieldIndex;
    this.recording = recording;
    this.observer = observer;
  }

  /** @param recording whether each node's outcome is written down, for the trace */
  condition(node: Condition, recording: boolean): Test {
    return compileCondition(this, node, recording);
  }

  value(node: Expression): Get {
    return compileValue(this, node);
  }

  /**
   * Whether one record comes before another.
   * @param focus the name under which the order's references know the record
   */
  order(orders: readonly Order[], focus: 'record' | 'enrollment'): IsBefore {
    return compileOrder(this, orders, focus);
  }

  fact(node: LookNode | CalculationNode): Get {
    let get = this.#facts.get(node.index);
    if (!get) {
      if (node.kind === 'calculation') get = rememberedAsLong(node, compileCalculation(this, node));
      else if (node.gives === 'record') get = this.look(node) as Get;
      else get = node.aggregate ? compileAggregate(this, node, node.aggregate) : compileScan(this, node);
      this.#facts.set(node.index, get);
    }
    return get;
  }

  look(node: LookNode): GetRecord {
    let get = this.#looks.get(node.index);
    if (!get) {
      get = compileFind(this, node);
      this.#looks.set(node.index, get);
    }
    return get;
  }
}
