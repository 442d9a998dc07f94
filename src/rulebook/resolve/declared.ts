/** What the files of a rulebook declare, not yet resolved, and where each declaration stands. */
import type { Schemas } from '#records/layout';
import type {
  CheckJson,
  FactJson,
  FieldJson,
  IntervalJson,
  ParameterJson,
  SelectionJson,
} from '../load/declarations.ts';
import type { Place } from '../tree/nodes.ts';

/** A declaration and the place it was read from. */
export interface Located<T> extends Place {
  readonly json: T;
}

export interface Declarations {
  readonly schemas: Schemas;
  readonly parameters: ReadonlyMap<string, Located<ParameterJson>>;
  readonly intervals: readonly Located<IntervalJson>[];
  readonly facts: ReadonlyMap<string, Located<FactJson>>;
  readonly fields: readonly Located<FieldJson>[];
  readonly selection: Located<SelectionJson>;
  readonly checks: readonly Located<CheckJson>[];
}

/** A place below another one: `pointer` goes on from its pointer. */
export const at = (place: Place, pointer: string): Place => ({ file: place.file, pointer: place.pointer + pointer });

/** The place of something that has more than a place. */
export const only = (place: Place): Place => ({ file: place.file, pointer: place.pointer });
