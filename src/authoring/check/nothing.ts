/** Numbers that are 0 when no record is found, compared so that the comparison then holds. */
import type { Rulebook } from '#rulebook/load/assemble';
import { Identities } from '#rulebook/tree/identity';
import type { Condition, Leaf, LookNode } from '#rulebook/tree/nodes';
import { leavesIn, lookOf } from '#rulebook/tree/walk';
import { glossaryOf, leafWords } from '#rulebook/words/words';
import { type Note, note } from './note.ts';
import type { RowsOfExamples } from './witness.ts';

export function nothingNotes(rulebook: Rulebook, rows: RowsOfExamples): Note[] {
  const { extract, schemas } = rulebook;
  const glossary = glossaryOf(rulebook);
  const terms = new Identities();
  // Of every student with a row there is an enrollment.
  const mayFindNothing = ({ from, where }: LookNode): boolean =>
    from !== schemas.output.copiesFrom || where !== undefined;
  return extract.fields.flatMap(({ number, rules }) =>
    rules.flatMap(({ condition }) =>
      (condition ? aloneIn(condition, terms) : []).flatMap((leaf) => {
        const look = lookOf(leaf.left);
        if (look?.aggregate?.ofNothing !== 0 || !mayFindNothing(look) || !isUpperBound(leaf)) return [];
        const message = `that ${leafWords(leaf, glossary)} holds too when no ${look.from} record is found; ask beside it whether there is one, unless that is meant`;
        return [note('holds-of-nothing', leaf, message, { witness: rows.foundNothing(number, leaf) })];
      }),
    ),
  );
}

/** The comparisons beside which nothing else is asked of the same look. */
function aloneIn(condition: Condition, terms: Identities): Leaf[] {
  if (condition.kind === 'leaf') return [condition];
  if (condition.kind === 'not') return [];
  const of = condition.of.flatMap((child) => aloneIn(child, terms));
  if (condition.kind === 'any') return of;
  const asked = leavesIn([condition]);
  return of.filter((leaf) =>
    asked.every((other) => other === leaf || terms.expression(other.left) !== terms.expression(leaf.left)),
  );
}

const isUpperBound = ({ operator, right }: Leaf): boolean => {
  const most = right.kind === 'literal' ? right.value : undefined;
  return (
    operator.asks === 'order' && typeof most === 'number' && operator.holds(0, most) && !operator.holds(most + 1, most)
  );
};
