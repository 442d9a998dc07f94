/**
 * Lines that do not begin with their record type (records.md section 1): some files are published without it, and are
 * read when the sender says what they are.
 */
import type { Schemas } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';
import type { LineChecker } from './check-lines.ts';

/**
 * The same checker for lines of which the sender says that they are of one record type. A line that begins with a
 * record type is read as what it is.
 * @param recordType one with a layout; `undefined` when the sender says nothing
 */
export function checkerOf(checker: LineChecker, schemas: Schemas, recordType: string | undefined): LineChecker {
  if (recordType === undefined) return checker;
  const known = recordTypesOf(schemas);
  return {
    check(text, file, number, from = 0, to = text.length) {
      if (known.has(firstField(text, from, to))) return checker.check(text, file, number, from, to);
      return checker.check(`${recordType}^${text.slice(from, to)}`, file, number);
    },
  };
}

/** What may stand in field 1: the record types of the layouts, and all that the code sets of field 1 have. */
function recordTypesOf({ layouts, codeSets }: Schemas): ReadonlySet<string> {
  const sets = new Set(layouts.map(({ columns }) => columns[0]?.codeSet));
  return new Set([
    ...layouts.flatMap(({ recordType }) => [recordType, recordType + ODS_SUFFIX]),
    ...codeSets.filter(({ codeSet }) => sets.has(codeSet)).flatMap(({ codes }) => codes.map(({ code }) => code)),
  ]);
}

function firstField(text: string, from: number, to: number): string {
  const end = text.indexOf('^', from);
  return text.slice(from, end < 0 || end > to ? to : end).trimEnd();
}
