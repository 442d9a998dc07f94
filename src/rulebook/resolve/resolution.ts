/** The state of resolving one program: what was found wrong, the facts so far, and the numbers given. */
import type { FactJson, Finding } from '../load/declarations.ts';
import type { FactNode, Place } from '../tree/nodes.ts';
import type { Declarations, Located } from './declared.ts';
import type { Scope } from './scope.ts';

/** Makes the node of a declared fact; `args` are its params, all known. */
export type MakeFact = (
  resolution: Resolution,
  declared: Located<FactJson>,
  args: Readonly<Record<string, string>>,
  scope: Scope,
) => FactNode;

/** One program (the extract's or the checks') as far as it is resolved; all of it shares one numbering of facts. */
export class Resolution {
  readonly findings: Finding[] = [];
  /** Each after those it asks for. */
  readonly facts: FactNode[] = [];
  /** The names of parameters that were asked for. */
  readonly asks = new Set<string>();
  readonly declared: Declarations;
  readonly fieldNumbers: ReadonlySet<string>;
  readonly #makeFact: MakeFact;
  readonly #instances = new Map<string, FactNode>();
  readonly #resolving: string[] = [];
  #nextCondition = 0;
  #nextFact = 0;

  /** @param makeFact given here, since what resolves references asks for facts and facts are made of references */
  constructor(declared: Declarations, makeFact: MakeFact) {
    this.declared = declared;
    this.fieldNumbers = new Set(declared.fields.map((f) => f.json.field));
    this.#makeFact = makeFact;
  }

  found(place: Place, message: string): void {
    this.findings.push({ file: place.file, pointer: place.pointer, message });
  }

  /** The number of the next condition. */
  nextCondition(): number {
    return this.#nextCondition++;
  }

  /** The number of the next fact. */
  nextFact(): number {
    return this.#nextFact++;
  }

  /**
   * Resolves what has conditions numbered from 0: each fact, and the rules of all fields together.
   * @returns what `resolve` gives, and how many conditions it has
   */
  numberedApart<T>(resolve: () => T): readonly [resolved: T, conditionCount: number] {
    const outer = this.#nextCondition;
    this.#nextCondition = 0;
    const resolved = resolve();
    const conditionCount = this.#nextCondition;
    this.#nextCondition = outer;
    return [resolved, conditionCount];
  }

  /**
   * The node of a declared fact: one for all places that ask the same.
   * @param place who asks, for the finding about a circle
   * @returns `undefined` when the fact depends on itself
   */
  factOf(
    declared: Located<FactJson>,
    args: Readonly<Record<string, string>>,
    scope: Scope,
    place: Place,
  ): FactNode | undefined {
    const { json } = declared;
    const record = 'from' in json ? '' : scope.record;
    const key = [json.name, JSON.stringify(args), record, scope.incoming, scope.alone, scope.names.has('row')].join(
      '|',
    );
    const known = this.#instances.get(key);
    if (known) return known;
    if (this.#resolving.includes(json.name)) {
      const circle = [...this.#resolving.slice(this.#resolving.indexOf(json.name)), json.name];
      this.found(place, `the fact "${json.name}" depends on itself: ${circle.join(' asks for ')}`);
      return undefined;
    }
    this.#resolving.push(json.name);
    const [node] = this.numberedApart(() => this.#makeFact(this, declared, args, scope));
    this.#resolving.pop();
    this.#instances.set(key, node);
    this.facts.push(node);
    return node;
  }
}
