/**
 * Everything that the check of a rulebook can find, in one list. `docs/rule-check.md` is printed from it
 * (scripts/docs/rule-check-page.ts).
 */
import type { Severity } from './finding.ts';

export interface KindEntry {
  /** How bad it is as a rule; `or` when circumstances, which `says` names, make it something else. */
  readonly severity: Severity;
  readonly or?: Severity;
  /** What it means. */
  readonly says: string;
  /** What to do about it. */
  readonly solve: string;
}

export const KINDS = {
  'cannot-be-used': {
    severity: 'error',
    says: 'The rulebook cannot be loaded: a file is not JSON, does not follow the grammar, or names something that is not there. Nothing else is looked at before that is corrected.',
    solve: 'Correct what the sentence names, at its place.',
  },
  'rule-never-decides': {
    severity: 'error',
    or: 'advice',
    says: 'Whenever the conditions of a rule hold, those of a rule before it hold too, or the selection leaves the enrollment out: the rule never gives the value. It is advice for the last rule, "otherwise", which a field must have.',
    solve: 'Move the rule up, correct its conditions or those before it, or take it out.',
  },
  'condition-always-true': {
    severity: 'warning',
    or: 'error',
    says: 'A condition, or a group of conditions, holds whatever the records are. It is an error when a whole rule, check or selection always holds.',
    solve: 'Take the condition out, or write what was meant.',
  },
  'condition-always-false': {
    severity: 'warning',
    or: 'error',
    says: 'A condition, or a group of conditions, holds for no records at all. It is an error when a whole rule, check, selection or search for records never holds.',
    solve: 'Take the condition out, or write what was meant.',
  },
  'condition-adds-nothing': {
    severity: 'advice',
    says: 'What a condition asks follows from the conditions beside it, so it changes nothing.',
    solve: 'Take it out, or leave it if the rule is easier to read with it.',
  },
  'conditions-repeated': {
    severity: 'warning',
    says: 'The same condition stands twice in one "all" or "any".',
    solve: 'Take one out; if another column, code or day was meant, write that.',
  },
  'rules-give-the-same': {
    severity: 'advice',
    says: 'The rules before "otherwise" give the same value as "otherwise", so they change nothing.',
    solve: 'Take them out, or give them the value that was meant.',
  },
  'parameter-unused': {
    severity: 'warning',
    says: 'No rule, check or fact in use asks for a parameter: changing it changes nothing.',
    solve: 'Ask for it where its value is meant, or take it out.',
  },
  'fact-unused': {
    severity: 'warning',
    says: 'No rule, no check and no fact in use asks for a fact. What is wrong inside it is not found either.',
    solve: 'Ask for it, or take it out.',
  },
  'interval-unused': {
    severity: 'warning',
    says: 'Nothing in use asks for an interval.',
    solve: 'Ask for it, or take it out.',
  },
  'facts-alike': {
    severity: 'warning',
    says: 'Two facts look for, or work out, the very same: one of the two will be forgotten when the other is changed.',
    solve: 'Keep one and ask for it in both places; if they were meant to differ, correct one.',
  },
  'parameters-alike': {
    severity: 'advice',
    says: 'Two parameters of one type and code set have the same values on the same days.',
    solve: 'Keep one if they mean the same; leave both if they may part one day.',
  },
  'validity-overlap': {
    severity: 'warning',
    or: 'error',
    says: 'A list names the same value for days that meet, or a table has an entry twice. It is an error when the two entries of a table say different things: the later one is written.',
    solve: 'Keep one of the two, or correct the days or the value.',
  },
  'validity-gap': {
    severity: 'warning',
    says: 'Between two stretches of days a parameter has no value, or a list does not hold a value that it holds before and after.',
    solve: 'Let the stretches meet; if the gap is meant, leave it.',
  },
  'code-unknown': {
    severity: 'error',
    says: 'A condition compares a column with a code that its code set does not hold, or with a text longer than the column: no accepted record has it.',
    solve: 'Correct the code, or add it to the code set in schemas/codesets.',
  },
  'code-retired': {
    severity: 'warning',
    says: 'A parameter has a code in force on days after the last on which its code set allows it, or a condition names a retired code without asking for a day.',
    solve:
      'Give the value a last day ("through"), as the code set has it; if old records are meant to count, leave it.',
  },
  'code-before-its-days': {
    severity: 'advice',
    says: 'A parameter has a code in force on days before the first on which its code set allows it.',
    solve:
      'Give the value a first day ("from"), as the code set has it; where records of those days cannot have the code, it may be left.',
  },
  'code-sets-differ': {
    severity: 'warning',
    says: 'A condition compares a column with a parameter or column of another code set.',
    solve: 'Compare it with one of its own code set.',
  },
  'literal-where-a-parameter-exists': {
    severity: 'advice',
    says: 'A condition has a value written out that a parameter of the same code set or type holds: when the parameter is changed, the condition is not.',
    solve: 'Ask for the parameter if the two mean the same.',
  },
  'examples-fail': {
    severity: 'error',
    says: 'A worked example expects something else than the rules give, or cannot be run.',
    solve: 'Correct the rule or the example, whichever is wrong.',
  },
  'examples-miss-a-rule': {
    severity: 'warning',
    says: 'No worked example of a field is decided by one of its rules, or those of a check or of the selection do not show both outcomes.',
    solve: 'Add a case to the file in rules/examples.',
  },
  'last-compared-old': {
    severity: 'warning',
    says: 'Nobody has compared the file with its published source for more than a year.',
    solve: 'Compare it, correct it if need be, and set "lastCompared" to the day.',
  },
  'not-examined': {
    severity: 'advice',
    says: 'A group of conditions is so large that the check has not worked out whether it can hold.',
    solve: 'Divide it, by facts of its own or into several rules.',
  },
} as const satisfies Record<string, KindEntry>;

export type Kind = keyof typeof KINDS;
