/** The counts of a report: a tree of cells, the root for all rows, a level for each column by which is counted. */

export interface Cell {
  /** The value of the column of its level; `''` for the root, too. */
  readonly value: string;
  count: number;
  /** The student who was counted last. */
  student: number;
  readonly parts: Map<string, Cell>;
  /** It is not shown, since it is small or would tell one that is. */
  isHidden: boolean;
}

export const newCell = (value: string): Cell => ({
  value,
  count: 0,
  student: -1,
  parts: new Map(),
  isHidden: false,
});

/**
 * Counts a row.
 * @param student its number among the students; counted once in each cell
 */
export function countRow(root: Cell, values: readonly string[], student: number): void {
  let cell = root;
  add(cell, student);
  for (const value of values) {
    let part = cell.parts.get(value);
    if (!part) {
      part = newCell(value);
      cell.parts.set(value, part);
    }
    add(part, student);
    cell = part;
  }
}

function add(cell: Cell, student: number): void {
  if (cell.student === student) return;
  cell.student = student;
  cell.count++;
}

/** The parts of a cell in the order of a report. */
export const partsOf = ({ parts }: Cell): Cell[] => [...parts.values()].sort((a, b) => (a.value < b.value ? -1 : 1));
