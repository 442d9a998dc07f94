/** What json-rules-engine does otherwise than this project wants. */

/** Where this project means something else than the library does, which operator it concerns, and why. */
export interface Difference {
  readonly name: string;
  /** The library's operator that is replaced while one of its sides is absent. */
  readonly operator?: string;
  readonly reason: string;
  /** Sides on which the two differ (`undefined` is absent), and what comes of them here. */
  readonly example?: { readonly left: unknown; readonly right: unknown; readonly here: boolean };
}

/** Every deliberate difference from the library's behaviour. Nothing else is changed about it. */
export const DELIBERATE_DIFFERENCES: readonly Difference[] = [
  {
    name: 'absentEqualsNothing',
    operator: 'equal',
    reason: 'two facts that found nothing have nothing in common; the library finds undefined equal to undefined',
    example: { left: undefined, right: undefined, here: false },
  },
  {
    name: 'absentDiffersFromEverything',
    operator: 'notEqual',
    reason: 'the opposite of equal, so that not and notEqual never part',
    example: { left: undefined, right: undefined, here: true },
  },
  {
    name: 'inAbsentList',
    operator: 'in',
    reason: 'a list that is not there holds nothing; the library throws',
    example: { left: '10', right: undefined, here: false },
  },
  {
    name: 'notInAbsentList',
    operator: 'notIn',
    reason: 'a list that is not there holds nothing; the library throws',
    example: { left: '10', right: undefined, here: true },
  },
  {
    name: 'absentIsNotMissingFromList',
    operator: 'doesNotContain',
    reason: 'docs/rule-grammar.md: both contains and doesNotContain are false of what is absent, on either side',
    example: { left: ['10'], right: undefined, here: false },
  },
  {
    name: 'pathsAreProperties',
    reason:
      'a path is $. and one name by the grammar of rules, and is looked up as a property; the library would ask JSONPath, for a third of its time',
  },
  {
    name: 'daysWithoutDashes',
    reason: 'rule files write days with dashes, records do not; the library compares what stands there',
  },
  {
    name: 'leafAtRoot',
    reason: 'the library asks for all, any or not at the root of a rule: a single condition there is wrapped in all',
  },
  {
    name: 'otherwise',
    reason: 'the library asks for conditions: a rule without them gets an empty all, which the library takes as true',
  },
];
