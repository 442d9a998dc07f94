/**
 * Lines that do not begin with their record type (records.md section 1): some files are published without it, and are
 * read when the sender says what they are.
 */
import type { LineChecker } from './check-lines.ts';

/**
 * The same checker for lines of which the sender says that they are of one record type. A line that begins with a
 * record type is read as what it is, and so is a first line of column names.
 * @param recordType one with a layout; `undefined` when the sender says nothing
 */
export function checkerOf(checker: LineChecker, recordType: string | undefined): LineChecker {
  if (recordType === undefined) return checker;
  const { types } = checker;
  return {
    types,
    get quick() {
      return checker.quick;
    },
    check(text, file, number, from = 0, to = text.length, isFirst = number === 1) {
      const line = text.slice(from, to);
      const [first = ''] = line.split('^', 1);
      if (types.has(first.trimEnd()) || (isFirst && types.areColumnNames(line.split('^'))))
        return checker.check(text, file, number, from, to, isFirst);
      return checker.check(`${recordType}^${line}`, file, number, undefined, undefined, false);
    },
  };
}
