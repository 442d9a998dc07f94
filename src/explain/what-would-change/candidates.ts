/**
 * Changes to one source record that might change a field, worked out from the typed tree: what the field depends on,
 * and the values that would make its comparisons come out otherwise. Whether one does change the field is for `try.ts`
 * to find out.
 */
import type { Field } from '#rulebook/tree/nodes';
import { additions } from './additions.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import type { Edit, Removal, StudentInHand } from './edits.ts';
import { LazyList } from './lazy-list.ts';
import { type Proposal, proposals } from './proposals.ts';
import { isNoticed, isPossible } from './worth-trying.ts';

/**
 * Candidates by size: a moved day, a day written or taken away, a code, a record gone, a record added; each list
 * smallest first.
 */
export type Candidates = readonly LazyList<Edit>[];

/** Every change that might make a difference to a field, in the order in which they are to be tried. */
export function candidateEdits(field: Field, inHand: StudentInHand): Candidates {
  const dependencies = dependenciesOf(field, inHand.inspector.fields);
  const { moved, written, codes } = proposals(dependencies, inHand);
  // Several comparisons may propose the same.
  const met = new Set<string>();
  const worthTrying = (proposed: readonly Proposal[]) =>
    new LazyList<Edit>(() => thoseWorthTrying(proposed, met, dependencies, inHand));
  return [
    worthTrying(moved),
    worthTrying(written),
    worthTrying(codes),
    new LazyList<Edit>(() => removals(dependencies, inHand)),
    new LazyList<Edit>(() => additions(dependencies, field, inHand)),
  ];
}

function* thoseWorthTrying(
  proposed: readonly Proposal[],
  met: Set<string>,
  dependencies: Dependencies,
  inHand: StudentInHand,
): Generator<Edit> {
  for (const { edit, layout } of proposed) {
    const id = `${edit.record.type} ${edit.record.loaded} ${edit.key} ${edit.to}`;
    if (met.has(id)) continue;
    met.add(id);
    if (isNoticed(edit, layout, dependencies, inHand) && isPossible(edit, layout, inHand)) yield edit;
  }
}

/** Every record that a look considers, gone. */
function removals({ looks }: Dependencies, { inspector, enrollment, mayChange }: StudentInHand): Removal[] {
  const records = new Set(looks.flatMap((look) => inspector.candidates(look)));
  return [...records]
    .filter((record) => record !== enrollment && mayChange(record))
    .map((record) => ({ kind: 'remove', record }));
}
