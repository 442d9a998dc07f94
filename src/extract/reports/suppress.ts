/**
 * Small cells are not shown, and neither are those from which they could be worked out.
 *
 * A total and its parts make one sum. A reader who knows all of a sum but one number knows that one too; and one who
 * knows the total and all large parts knows how many students the small ones have together. So in each sum either
 * nothing is hidden, or at least two numbers are, and hidden parts of a total that is shown have more than a small
 * cell's count together. Since totals are over the columns from the last to the first, the sums make a tree, and this is
 * all there is to know: what is hidden cannot be worked out by adding and subtracting.
 */
import { type Cell, partsOf } from './cells.ts';

/**
 * Hides cells of at most so many, and what would tell them.
 * @param withTotals whether totals are shown; without them nothing can be worked out
 * @returns how many cells that are shown otherwise are hidden
 */
export function hideSmallCells(root: Cell, atMost: number, withTotals: boolean): number {
  const cells = [...allOf(root)];
  for (const cell of cells) cell.isHidden = cell.count <= atMost;
  // What is hidden of one sum may leave another one open: until there is nothing more to hide.
  for (let isDone = !withTotals; !isDone; ) {
    isDone = true;
    for (const cell of cells) while (hideOneMore(cell, atMost)) isDone = false;
  }
  return cells.filter((cell) => cell.isHidden && (withTotals || cell.parts.size === 0)).length;
}

function* allOf(cell: Cell): Generator<Cell> {
  yield cell;
  for (const part of partsOf(cell)) yield* allOf(part);
}

/**
 * Hides the smallest part of a total that is still shown, if those that are hidden could be worked out. Where all parts
 * are hidden, the total is too: it is no greater than they are together.
 */
function hideOneMore(total: Cell, atMost: number): boolean {
  const parts = partsOf(total);
  const hidden = parts.filter((part) => part.isHidden);
  const together = hidden.reduce((sum, { count }) => sum + count, 0);
  const isTold = total.isHidden ? hidden.length === 0 : hidden.length > 0 && together <= atMost;
  const shown = parts.filter((part) => !part.isHidden);
  if (!isTold || shown.length === 0) return false;
  shown.reduce((least, part) => (part.count < least.count ? part : least)).isHidden = true;
  return true;
}
