/** What the check of a rulebook says: more than the loader, which only refuses what cannot be used. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';

/**
 * An excerpt of a student history that shows a finding: the records as in `rules/examples`, the request, and what comes
 * of them.
 */
export interface Witness {
  /** Where it is taken from, when it is a worked example: `rules/examples/….json /cases/3`. */
  readonly from?: string;
  readonly request?: object;
  readonly runDate?: string;
  readonly records: readonly object[];
  /** One sentence: what this history shows. */
  readonly shows: string;
}

export const RuleFinding = Type.Object(
  {
    /** A warning should be read; advice may be left. */
    severity: oneOf(['error', 'warning', 'advice'], { description: 'A draft with an error cannot be published' }),
    /** Words joined by hyphens: `rule-never-decides`. */
    kind: Type.String({ description: 'The kind of finding; docs/rule-check.md explains each' }),
    file: Type.String(),
    line: Type.Integer({ description: 'Counted from 1' }),
    column: Type.Integer(),
    /** `''` is the whole of it. */
    pointer: Type.String({ description: 'JSON pointer into the file' }),
    /** One sentence for policy staff: what was found, and what to do. */
    message: Type.String(),
    witness: Type.Optional(
      Type.Unsafe<Witness>(
        Type.Record(Type.String(), Type.Unknown(), {
          description: 'A synthetic student history that shows the finding: records, request, and a sentence',
        }),
      ),
    ),
  },
  closed,
);
export type RuleFinding = Shape<typeof RuleFinding>;

export type Severity = RuleFinding['severity'];
