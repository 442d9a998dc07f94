/** Which columns tell records apart for a reader. */
import { type Column, codeSetOf, type Schemas } from '#records/layout';

/** Whether a column has one of a known list of codes; a school is no code. */
export const isCode = ({ codeSet }: Pick<Column, 'codeSet'>, schemas: Schemas): boolean =>
  codeSet !== undefined && codeSetOf(schemas, codeSet)?.closed === true;
