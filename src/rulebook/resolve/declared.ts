/** What the files of a rulebook declare, not yet resolved, and where each declaration stands. */
import type { Schemas } from '#records/layout';
import type {
  CheckFileJson,
  CheckJson,
  FactJson,
  FieldJson,
  HorizonJson,
  IntervalJson,
  LawJson,
  ParameterJson,
  ReferenceFileJson,
  ReferenceRowsJson,
  ReportJson,
  SelectionJson,
  Severity,
} from '../load/declarations.ts';
import type { Place } from '../tree/nodes.ts';

/** A declaration and the place it was read from. */
export interface Located<T> extends Place {
  readonly json: T;
}

/** A reference file, and what stands in it when it is loaded. */
export interface ReferenceFile extends Located<ReferenceFileJson> {
  /** The rows, and the SHA-256 of the file that was loaded; absent while none is. */
  readonly loaded?: ReferenceRowsJson;
}

export interface Declarations {
  readonly schemas: Schemas;
  readonly parameters: ReadonlyMap<string, Located<ParameterJson>>;
  readonly intervals: readonly Located<IntervalJson>[];
  readonly facts: ReadonlyMap<string, Located<FactJson>>;
  readonly fields: readonly Located<FieldJson>[];
  readonly selection: Located<SelectionJson>;
  /** None in a rulebook without `rules/laws.json`. */
  readonly laws: readonly Located<LawJson>[];
  /** None in a rulebook without `schemas/references`. */
  readonly references: ReadonlyMap<string, ReferenceFile>;
  /** None in a rulebook without `rules/reports`. */
  readonly reports: readonly Located<ReportJson>[];
  /** None in a rulebook without `rules/horizons`. */
  readonly horizons: readonly Located<HorizonJson>[];
  readonly checks: readonly Located<CheckFileJson>[];
}

/** A place below another one: `pointer` goes on from its pointer. */
export const at = (place: Place, pointer: string): Place => ({ file: place.file, pointer: place.pointer + pointer });

/** The place of something that has more than a place. */
export const only = (place: Place): Place => ({ file: place.file, pointer: place.pointer });

/** The parts of a check, in order, each where it stands; the grammar sees to it that a check without parts is one. */
export function partsOfCheck({ file, pointer, json }: Located<CheckFileJson>): Located<CheckJson>[] {
  const { parts, otherwise, ...common } = json;
  if (parts) return parts.map((part, i) => ({ file, pointer: `${pointer}/parts/${i}`, json: { ...common, ...part } }));
  const own = { file, pointer, json: common as CheckJson };
  if (!otherwise) return [own];
  const { field: lacking = '' } = common;
  return [own, { file, pointer: `${pointer}/otherwise`, json: { ...own.json, ...otherwise, lacking } }];
}

/** The severities of a check's parts, each once. */
export const severitiesOf = (check: Located<CheckFileJson>): Severity[] => [
  ...new Set(partsOfCheck(check).map(({ json }) => json.severity)),
];
