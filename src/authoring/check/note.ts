/** What the parts of the check hand over: a finding that does not know its line and column yet. */

import { series } from '#base/text';
import type { Place } from '#rulebook/tree/nodes';
import type { Severity, Witness } from './finding.ts';
import { KINDS, type Kind, type KindEntry } from './kinds.ts';

export interface Note extends Place {
  readonly kind: Kind;
  readonly severity: Severity;
  readonly message: string;
  readonly witness?: Witness;
}

/** @param other whether the kind's other severity applies */
export function note(
  kind: Kind,
  { file, pointer }: Place,
  message: string,
  { other = false, witness }: { other?: boolean; witness?: Witness | undefined } = {},
): Note {
  const entry: KindEntry = KINDS[kind];
  return {
    kind,
    severity: other && entry.or ? entry.or : entry.severity,
    file,
    pointer,
    message,
    ...(witness && { witness }),
  };
}

export const below = (place: Place, pointer: string): Place => ({ file: place.file, pointer: place.pointer + pointer });

/** `"a"`, `"a" and "b"`, `"a", "b" and "c"`. */
export const quotedNames = (names: readonly string[], joint?: 'and' | 'or'): string =>
  series(
    names.map((name) => `"${name}"`),
    joint,
  );
