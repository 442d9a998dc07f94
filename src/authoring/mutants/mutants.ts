/**
 * Small changes of a rulebook, each a mistake that a person could have made while editing a file: an operator turned
 * round, a condition left out, a code or a day exchanged. Examples that are worth their name notice every one of them.
 *
 * Mutants are made on the JSON of one file at a time. What several fields share gives a mutant for each of them, since
 * the examples of each must notice.
 */

import { segments } from '#base/json';
import type { Rulebook } from '#rulebook/load/assemble';
import type { FactJson } from '#rulebook/load/declarations';
import { type Located, partsOfCheck } from '#rulebook/resolve/declared';
import { readsOf, subjectsOf } from '../examples/reads.ts';
import type { Change, MutantKind } from './change.ts';
import { Words } from './change-words.ts';
import { factChanges } from './fact-changes.ts';
import { intervalChanges, parameterChanges } from './parameter-changes.ts';
import { checkChanges, fieldChanges, selectionChanges } from './rule-changes.ts';
import type { RecordTypes } from './twins.ts';

export interface Mutant {
  /** Stays the same as long as the place and the change do. */
  readonly id: string;
  /** Whose examples must notice: a field's number, `selection`, or a check's code. */
  readonly of: string;
  readonly kind: MutantKind;
  /**
   * Path of the changed file in the rulebook, and JSON pointer of the place in the file as it is without the change.
   */
  readonly file: string;
  readonly pointer: string;
  /** What was changed, in one sentence. */
  readonly says: string;
  /** The file's JSON with the change. */
  readonly json: unknown;
}

/**
 * The mutants that the examples of fields, selection and checks have to notice.
 * @param only some of these; all when not given
 */
export const mutantsOf = (
  rulebook: Rulebook,
  { only = subjectsOf(rulebook) }: { only?: readonly string[] } = {},
): Mutant[] => only.flatMap((of) => mutantsOfOne(rulebook, of));

function mutantsOfOne(rulebook: Rulebook, of: string): Mutant[] {
  const { declared } = rulebook;
  const { conditions, facts, parameters, intervals } = readsOf(rulebook, of);
  const words = new Words(rulebook, conditions, facts);
  const mutants = new Map<string, Mutant>();
  const add = (file: string, changes: readonly Change[]): void => {
    const json = rulebook.files.find(({ path }) => path === file)?.json;
    for (const { kind, pointer, at = pointer, to, says } of changes) {
      const id = [of, file, pointer, says].join(' ');
      mutants.set(id, { id, of, kind, file, pointer, says, json: replaced(json, segments(at), to) });
    }
  };
  const field = declared.fields.find(({ json }) => json.field === of);
  const check = declared.checks.find(({ json }) => json.code === of);
  const { layouts, output } = rulebook.schemas;
  const incoming =
    check?.json.recordTypes === 'all' ? layouts.map(({ recordType }) => recordType) : check?.json.recordTypes;
  const records: RecordTypes = incoming ? { incoming } : { enrollment: [output.copiesFrom] };
  const { selection } = declared;
  if (field) add(field.file, fieldChanges(field.json, words.in(field.file, records)));
  else if (check)
    for (const part of partsOfCheck(check)) add(part.file, checkChanges(part, words.in(part.file, records)));
  else add(selection.file, selectionChanges(selection.json, words.in(selection.file, records)));
  for (const { name, file, pointer } of facts) {
    const declaration = declared.facts.get(name) as Located<FactJson>;
    const record: RecordTypes = 'from' in declaration.json ? { record: [declaration.json.from] } : {};
    add(file, factChanges(declaration.json, pointer, words.in(file, { ...records, ...record })));
  }
  for (const { file, pointer, json } of parameters) add(file, parameterChanges(json, pointer, rulebook));
  for (const { file, pointer, json } of intervals) add(file, intervalChanges(json, pointer));
  return [...mutants.values()];
}

/** The same JSON with another value at one place; what is not on the way there is shared. */
function replaced(json: unknown, [head, ...rest]: readonly string[], to: unknown): unknown {
  if (head === undefined) return to;
  if (Array.isArray(json)) return json.with(Number(head), replaced(json[Number(head)], rest, to));
  const object = json as Record<string, unknown>;
  return { ...object, [head]: replaced(object[head], rest, to) };
}
