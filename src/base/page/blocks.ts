/** What a printed page is made of, before it is Markdown or HTML. */

/**
 * Text of one line. It may hold `` `code` ``, `**strong**` and `[words](address)` as in Markdown; everything else
 * stands for itself.
 */
export type Line = string;

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: Line }
  | { readonly kind: 'paragraph'; readonly text: Line }
  | List
  | { readonly kind: 'table'; readonly head: readonly Line[]; readonly rows: readonly (readonly Line[])[] };

export interface List {
  readonly kind: 'list';
  readonly ordered: boolean;
  readonly items: readonly Item[];
}

export interface Item {
  readonly text: Line;
  readonly blocks: readonly Block[];
}

export const heading = (level: 1 | 2 | 3, text: Line): Block => ({ kind: 'heading', level, text });
export const paragraph = (text: Line): Block => ({ kind: 'paragraph', text });
export const table = (head: readonly Line[], rows: readonly (readonly Line[])[]): Block => ({
  kind: 'table',
  head,
  rows,
});
export const list = (items: readonly (Line | Item)[], ordered = false): List => ({
  kind: 'list',
  ordered,
  items: items.map((item) => (typeof item === 'string' ? { text: item, blocks: [] } : item)),
});

/** The list that lines such as `* text` stand for, two blanks deeper with every level (`conditionLines`). */
export function listOf(lines: readonly string[]): List {
  const items: Item[] = [];
  for (let i = 0; i < lines.length; ) {
    const text = (lines[i] as string).slice(2);
    const below: string[] = [];
    for (i++; lines[i]?.startsWith('  '); i++) below.push((lines[i] as string).slice(2));
    items.push({ text, blocks: below.length ? [listOf(below)] : [] });
  }
  return list(items);
}
