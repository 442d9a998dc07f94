/** What a look into a student history came to: the records it considered, and what was asked for on the way. */
import type { SourceRecord } from '#records/record';
import type { FactNode } from '#rulebook/tree/nodes';
import type { ShownParameter } from './explanation.ts';

/** A record that a look considered. */
export interface TracedRecord {
  readonly record: SourceRecord;
  readonly taken: boolean;
  readonly passedOver?: {
    readonly sentence: string;
    readonly pointer: string;
  };
}

/**
 * What conditions and values ask for while they are looked at: facts and parameters, each once, in the order in which
 * they are met.
 */
export class Reads {
  readonly facts = new Set<FactNode>();
  readonly parameters = new Map<string, ShownParameter>();

  add({ facts, parameters }: Reads): void {
    for (const fact of facts) this.facts.add(fact);
    for (const [key, parameter] of parameters) this.parameters.set(key, parameter);
  }
}

export interface LookupTrace {
  /** Every record of the look's type, in the order of loading. */
  readonly candidates: readonly TracedRecord[];
  /** The record it gives, or the first that makes it true. */
  readonly found: SourceRecord | undefined;
  readonly reads: Reads;
}
