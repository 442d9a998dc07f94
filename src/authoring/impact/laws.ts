/**
 * Which laws the new rules break: asked of rows that change or are new; of a law that is new or another than before, of
 * every row.
 */
import type { History, SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Law } from '#rulebook/tree/nodes';
import { conditionsOfLaw, factsIn, parametersIn } from '#rulebook/tree/walk';
import { meaning } from './declared.ts';
import { View, type ViewOptions } from './view.ts';

/** How many rows break each law, by its name; only laws that are broken. Plain data. */
export type BrokenBy = Record<string, number>;

export class LawsOfRows {
  /** Whether rows have to be looked at that do not change. */
  readonly asksEveryRow: boolean;
  readonly #view: View;
  /** Names of laws that the old rules did not have, or have otherwise. */
  readonly #fresh: ReadonlySet<string>;
  #broken: BrokenBy = {};

  /** @param options of the new rules; the read plan is to be made afterwards */
  constructor(from: Rulebook, to: Rulebook, options: Omit<ViewOptions, 'columns'>) {
    const known = new Map(from.extract.laws.map((law) => [law.json.name, textOf(law, from)]));
    this.#fresh = new Set(
      to.extract.laws.flatMap((law) => (known.get(law.json.name) === textOf(law, to) ? [] : [law.json.name])),
    );
    this.asksEveryRow = this.#fresh.size > 0;
    const read = new Set(to.extract.laws.flatMap(({ reads }) => reads));
    const columns = to.schemas.output.columns.filter(({ no }) => read.has(no));
    this.#view = new View(to, { ...options, columns });
  }

  /**
   * Looks at a row of the new rules.
   * @param changed numbers of the columns whose values are others; `all` for a row that is new or made from another
   * enrollment
   */
  look(history: Pick<History, 'byType'>, enrollment: SourceRecord, changed: ReadonlySet<string> | 'all'): void {
    const laws = this.#view.program.laws.filter(
      ({ law }) =>
        this.#fresh.has(law.json.name) || changed === 'all' || law.reads.some((number) => changed.has(number)),
    );
    if (laws.length === 0) return;
    const x = this.#view.evaluate(history, enrollment);
    for (const { law, isBroken } of laws)
      if (isBroken(x)) this.#broken[law.json.name] = (this.#broken[law.json.name] ?? 0) + 1;
  }

  /** What was found since this was last asked. */
  take(): BrokenBy {
    const broken = this.#broken;
    this.#broken = {};
    return broken;
  }
}

/** A law with what it refers to, in a text that is another when it means something else. */
const textOf = (law: Law, { declared }: Rulebook): string =>
  [
    law.json,
    ...factsIn(conditionsOfLaw(law)).map(({ name }) => declared.facts.get(name)?.json),
    ...parametersIn(conditionsOfLaw(law)),
  ]
    .map(meaning)
    .join('\n');

export function addBroken(to: BrokenBy, more: BrokenBy): void {
  for (const [name, rows] of Object.entries(more)) to[name] = (to[name] ?? 0) + rows;
}
