/** What the parts of a rule file say, found by their place in it. */
import type { Rulebook } from '#rulebook/load/assemble';
import type { Condition, FactNode, Rule } from '#rulebook/tree/nodes';
import { conditionsIn } from '#rulebook/tree/walk';
import { columnOf, conditionWords, expressionWords, type Glossary, glossaryOf, saysOf } from '#rulebook/words/words';
import { type RecordTypes, twinOf } from './twins.ts';

/** What conditions say, found by their place. */
export class Words {
  readonly glossary: Glossary;
  readonly rulebook: Rulebook;
  readonly #nodes = new Map<string, Condition>();
  readonly #facts = new Map<string, FactNode>();
  readonly #rules = new Map<string, Rule>();

  constructor(rulebook: Rulebook, conditions: readonly Condition[], facts: readonly FactNode[]) {
    this.rulebook = rulebook;
    this.glossary = glossaryOf(rulebook);
    for (const node of conditionsIn([...conditions, ...facts])) this.#nodes.set(node.file + node.pointer, node);
    for (const fact of facts) this.#facts.set(fact.file + fact.pointer, fact);
    for (const rule of rulebook.extract.fields.flatMap(({ rules }) => rules))
      this.#rules.set(rule.file + rule.pointer, rule);
  }

  /**
   * The words of one file, or of one fact in it.
   * @param recordTypes of what stands for a record there; a fact that gives a record is known by itself
   */
  in(file: string, recordTypes: RecordTypes): FileWords {
    const { schemas, declared } = this.rulebook;
    const typesOf = (name: string): readonly string[] => {
      const look = declared.facts.get(name)?.json;
      return recordTypes[name] ?? (look && 'from' in look ? [look.from] : []);
    };
    const node = (pointer: string): Condition | undefined => this.#nodes.get(file + pointer);
    const fact = (pointer: string): FactNode | undefined => this.#facts.get(file + pointer);
    return {
      rulebook: this.rulebook,
      twin: (name, key) => twinOf(key, typesOf(name), this.rulebook),
      isRequired: (name, key) => typesOf(name).every((type) => columnOf(type, key, schemas)?.required === true),
      node,
      of: (pointer) => {
        const found = node(pointer);
        return found ? shortened(conditionWords(found, this.glossary)) : pointer;
      },
      fact: (pointer) => {
        const found = fact(pointer);
        return found ? saysOf(found, this.glossary) : pointer;
      },
      value: (rule) => {
        const found = this.#rules.get(`${file}/rules/${rule}`);
        return found ? expressionWords(found.value, this.glossary) : '';
      },
    };
  }
}

export interface FileWords {
  readonly rulebook: Rulebook;
  /** The column that is easily taken for one of what a reference names (`record`, `enrollment`, a fact). */
  readonly twin: (name: string, key: string) => string | undefined;
  /** Whether no record may leave the column blank. */
  readonly isRequired: (name: string, key: string) => boolean;
  readonly node: (pointer: string) => Condition | undefined;
  readonly of: (pointer: string) => string;
  readonly fact: (pointer: string) => string;
  /** What a rule of the field gives, by its place among the rules. */
  readonly value: (rule: number) => string;
}

const MOST_WORDS = 160;
/** A sentence may end behind it, so what is cut off ends in a whole word and three dots that are one character. */
const shortened = (text: string): string =>
  text.length > MOST_WORDS ? `${text.slice(0, text.lastIndexOf(' ', MOST_WORDS))} …` : text;
