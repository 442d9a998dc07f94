/**
 * What a report hides cannot be worked out from what it shows. Held for any cells by solving the sums: a hidden count
 * is told when it follows from the equations of totals and parts.
 */
import fc from 'fast-check';
import t from 'tap';
import { type Cell, countRow, newCell, partsOf } from '#extract/reports/cells';
import { hideSmallCells } from '#extract/reports/suppress';

t.setTimeout(900_000);

const AT_MOST = 10;

/** Cells of three columns with few values, each combination with a count. */
const cells = fc
  .array(
    fc.record({
      path: fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('c', 'd', 'e'), fc.constantFrom('f', 'g', 'h')),
      count: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 60 })),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((counted) => {
    const root = newCell('');
    let row = 0;
    for (const { path, count } of counted) for (let i = 0; i < count; i++) countRow(root, path, row++);
    return root;
  });

const allOf = (cell: Cell): Cell[] => [cell, ...partsOf(cell).flatMap(allOf)];

/** The hidden cells whose count follows from the sums. */
function told(root: Cell): Cell[] {
  const all = allOf(root);
  const hidden = all.filter((cell) => cell.isHidden);
  const rows = all
    .filter((cell) => cell.parts.size > 0)
    .map((total) => {
      const parts = partsOf(total);
      return hidden.map((cell): number => (cell === total ? -1 : parts.includes(cell) ? 1 : 0));
    });
  // Reduced row echelon form: a variable is told when a row has nothing but it.
  let lead = 0;
  for (let column = 0; column < hidden.length && lead < rows.length; column++) {
    const pivot = rows.findIndex((row, i) => i >= lead && Math.abs(row[column] as number) > 1e-9);
    if (pivot < 0) continue;
    [rows[lead], rows[pivot]] = [rows[pivot] as number[], rows[lead] as number[]];
    const own = rows[lead] as number[];
    const by = own[column] as number;
    for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) / by;
    for (const [i, row] of rows.entries()) {
      const times = row[column] as number;
      if (i !== lead && times !== 0)
        for (let c = 0; c < row.length; c++) row[c] = (row[c] as number) - times * (own[c] as number);
    }
    lead++;
  }
  return rows.flatMap((row) => {
    const left = row.flatMap((value, i) => (Math.abs(value) > 1e-9 ? [i] : []));
    return left.length === 1 ? [hidden[left[0] as number] as Cell] : [];
  });
}

t.test('no count that is hidden follows from the totals', async (t) => {
  fc.assert(
    fc.property(cells, (root) => {
      hideSmallCells(root, AT_MOST, true);
      return told(root).length === 0;
    }),
    { numRuns: 500 },
  );
  const naive = newCell('');
  for (let i = 0; i < 45; i++) countRow(naive, [i < 40 ? 'many' : 'few'], i);
  for (const cell of allOf(naive)) cell.isHidden = cell.count <= AT_MOST;
  t.equal(told(naive).length, 1, 'hiding the small cell alone would tell it: this test can fail');
});

t.test('every small count is hidden, and what is hidden of a total that is shown is not small together', async () => {
  fc.assert(
    fc.property(cells, (root) => {
      hideSmallCells(root, AT_MOST, true);
      return allOf(root).every((cell) => {
        if (cell.count <= AT_MOST && !cell.isHidden) return false;
        const hidden = partsOf(cell).filter((part) => part.isHidden);
        return cell.isHidden || hidden.length === 0 || hidden.reduce((sum, { count }) => sum + count, 0) > AT_MOST;
      });
    }),
    { numRuns: 500 },
  );
});

t.test('nothing is hidden where nothing is small', async () => {
  fc.assert(
    fc.property(cells, (root) => {
      fc.pre(allOf(root).every(({ count }) => count > AT_MOST));
      return hideSmallCells(root, AT_MOST, true) === 0;
    }),
  );
});

t.test('without totals, the small cells alone are hidden', async () => {
  fc.assert(
    fc.property(cells, (root) => {
      const hidden = hideSmallCells(root, AT_MOST, false);
      const leaves = allOf(root).filter(({ parts }) => parts.size === 0);
      return hidden === leaves.filter(({ count }) => count <= AT_MOST).length;
    }),
  );
});
