/** Blocks as Markdown. */
import type { Block, List } from './blocks.ts';

/** A page, with a line feed at its end. */
export const asMarkdown = (blocks: readonly Block[]): string =>
  `${blocks.map((block) => blockLines(block).join('\n')).join('\n\n')}\n`;

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
      return [`${'#'.repeat(block.level)} ${block.text}`];
    case 'paragraph':
      return [block.text];
    case 'table':
      return [tableRow(block.head), `|${'---|'.repeat(block.head.length)}`, ...block.rows.map(tableRow)];
    case 'list':
      return listLines(block);
  }
}

const tableRow = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** Steps with something below them stand apart; in other lists, only what follows a list within an item does. */
function listLines({ ordered, items }: List): string[] {
  const isApart = ordered && items.some(({ blocks }) => blocks.length > 0);
  const lines = items.flatMap(({ text, blocks }, i) => {
    const marker = ordered ? `${i + 1}. ` : '* ';
    const below = blocks.flatMap((block, n) => [...(isApart || n > 0 ? [''] : []), ...blockLines(block)]);
    const indented = below.map((line) => (line === '' ? '' : `${' '.repeat(marker.length)}${line}`));
    return [`${marker}${text}`, ...indented, ...(isApart || blocks.length > 1 ? [''] : [])];
  });
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
