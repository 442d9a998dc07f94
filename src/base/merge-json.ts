/**
 * A three-way merge of JSON texts, part by part: what only one side changed is taken over, as it is written there. Parts
 * of a list are known by a name of their own where all have one, else by their place.
 */
import { getNodeValue, type Node } from 'jsonc-parser';
import { jsonTree } from './json.ts';

export type Side = 'mine' | 'theirs';

/** A place that both sides changed; a text is absent where the part is. */
export interface MergeConflict {
  /** Keys and names that lead to the place. */
  readonly place: readonly string[];
  readonly base?: string | undefined;
  readonly mine?: string | undefined;
  readonly theirs?: string | undefined;
}

export interface Merged {
  readonly text: string;
  readonly conflicts: readonly MergeConflict[];
}

/** A node and the text that it is in. */
interface Part {
  readonly node: Node;
  readonly text: string;
}

type Three<T> = readonly [base: T, mine: T, theirs: T];

/** An item of an object or list: what it is known by, the item itself (with its key), and its value. */
interface Item {
  readonly id: string;
  readonly whole: Part;
  readonly value: Part;
}

/** What parts of lists are known by: the first of these that all of them have, each with another value. */
const NAMES = ['key', 'name', 'code', 'title', 'recordType', 'value'];

/**
 * @param choice whose text stays where both changed the same place
 * @returns `undefined` when one of the texts is no JSON
 */
export function mergeJson(base: string, mine: string, theirs: string, choice?: Side): Merged | undefined {
  const trees = [base, mine, theirs].map((text) => ({ text, node: jsonTree(text) }));
  if (trees.some(({ node }) => node === undefined)) return undefined;
  const merge = new Merge(choice);
  const [b, m, t] = trees as unknown as Three<Part>;
  const value = merge.value([b, m, t], []) ?? '';
  const { offset, length } = t.node;
  return { text: theirs.slice(0, offset) + value + theirs.slice(offset + length), conflicts: merge.conflicts };
}

class Merge {
  readonly conflicts: MergeConflict[] = [];
  readonly #choice: Side | undefined;

  constructor(choice: Side | undefined) {
    this.#choice = choice;
  }

  /** The text of the merged part; `undefined` for none. */
  value(three: Three<Part | undefined>, place: readonly string[]): string | undefined {
    const [base, mine, theirs] = three;
    if (isSame(mine, theirs) || isSame(base, mine)) return textOf(theirs);
    if (isSame(base, theirs)) return textOf(mine);
    if (base && mine && theirs) {
      const lists = [base, mine, theirs].map((part) => itemsOf(part, [base, mine, theirs]));
      if (lists.every((list) => list !== undefined))
        return this.#items(lists as unknown as Three<Item[]>, three, place);
    }
    if (this.#choice) return textOf(this.#choice === 'mine' ? mine : theirs);
    this.conflicts.push({ place, base: textOf(base), mine: textOf(mine), theirs: textOf(theirs) });
    return textOf(theirs);
  }

  #items([base, mine, theirs]: Three<Item[]>, three: Three<Part | undefined>, place: readonly string[]): string {
    const find = (items: readonly Item[], id: string): Item | undefined => items.find((item) => item.id === id);
    const merged = new Map<string, string>();
    for (const { id } of [...theirs, ...mine]) {
      if (merged.has(id)) continue;
      const [b, m, t] = [base, mine, theirs].map((items) => find(items, id)) as unknown as Three<Item | undefined>;
      const value = this.value([b?.value, m?.value, t?.value], [...place, id]);
      const { whole, value: own } = (t ?? m) as Item;
      // The key in front of the value, as it is written.
      const key = whole.text.slice(whole.node.offset, own.node.offset);
      if (value !== undefined) merged.set(id, key + value);
    }
    const order = theirs.map(({ id }) => id).filter((id) => merged.has(id));
    for (const [i, { id }] of mine.entries()) {
      if (!merged.has(id) || order.includes(id)) continue;
      const before = mine.slice(0, i).findLast((other) => order.includes(other.id));
      order.splice(before ? order.indexOf(before.id) + 1 : 0, 0, id);
    }
    return written(order, merged, [
      [theirs, three[2] as Part],
      [mine, three[1] as Part],
    ]);
  }
}

/** Items in order, with what stands between them where they come from. */
function written(
  order: readonly string[],
  texts: ReadonlyMap<string, string>,
  sides: readonly (readonly [items: readonly Item[], of: Part])[],
): string {
  const [items, of] = sides.find(([list]) => list.length > 0) as (typeof sides)[number];
  const { text, node } = of;
  const end = node.offset + node.length;
  const [first, last] = [items[0] as Item, items.at(-1) as Item];
  const opening = text.slice(node.offset, first.whole.node.offset);
  const closing = text.slice(endOf(last.whole), end);
  const between = (a: Item, b: Item): string => a.whole.text.slice(endOf(a.whole), b.whole.node.offset);
  const gapOf = (id: string, next: string): string | undefined => {
    for (const [list] of sides)
      for (const [i, item] of list.entries()) {
        const following = list[i + 1];
        if (following && item.id === id && following.id === next) return between(item, following);
      }
    return undefined;
  };
  const usual = sides.map(([list]) => list[0] && list[1] && between(list[0], list[1])).find((gap) => gap) ?? ', ';
  let out = opening;
  for (const [i, id] of order.entries()) {
    if (i > 0) out += gapOf(order[i - 1] as string, id) ?? usual;
    out += texts.get(id);
  }
  return out + closing;
}

const endOf = ({ node }: Part): number => node.offset + node.length;

const textOf = (part: Part | undefined): string | undefined => part?.text.slice(part.node.offset, endOf(part));

const isSame = (a: Part | undefined, b: Part | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && plain(a) === plain(b));

const plain = ({ node }: Part): string => JSON.stringify(getNodeValue(node));

/** The items of an object or list, known by what items of all three can be known by; `undefined` for anything else. */
function itemsOf({ node, text }: Part, all: readonly Part[]): Item[] | undefined {
  const children = node.children ?? [];
  if (all.some((part) => part.node.type !== node.type)) return undefined;
  if (node.type === 'object')
    return children.map((property) => {
      const [key, value] = property.children as [Node, Node];
      return { id: String(key.value), whole: { text, node: property }, value: { text, node: value } };
    });
  if (node.type !== 'array') return undefined;
  const name = NAMES.find((key) => all.every((part) => areNamed(part.node, key)));
  const isOfOneLength = all.every((part) => part.node.children?.length === children.length);
  if (name === undefined && !isOfOneLength) return undefined;
  return children.map((child, i) => {
    const part = { text, node: child };
    return { id: name === undefined ? String(i) : (named(child, name) as string), whole: part, value: part };
  });
}

const named = ({ children = [], type }: Node, name: string): unknown =>
  type === 'object'
    ? children.find((property) => property.children?.[0]?.value === name)?.children?.[1]?.value
    : undefined;

function areNamed({ children = [] }: Node, name: string): boolean {
  const names = children.map((child) => named(child, name));
  return names.every((one) => typeof one === 'string') && new Set(names).size === names.length;
}
