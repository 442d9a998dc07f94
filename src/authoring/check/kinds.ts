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
  readonly fix: string;
}

export const KINDS = {
  'cannot-be-used': {
    severity: 'error',
    says: 'The rulebook cannot be loaded: a file is not JSON, does not follow the grammar, or names something that does not exist. Nothing else is checked until this is corrected.',
    fix: 'Correct what the sentence names.',
  },
  'rule-never-decides': {
    severity: 'error',
    or: 'advice',
    says: 'Whenever the conditions of a rule hold, those of a rule before it hold too, or the selection leaves the enrollment out: the rule never gives the value. It is advice for the last rule, "otherwise", which a field must have.',
    fix: 'Move the rule up, correct its conditions or those before it, or remove it.',
  },
  'condition-always-true': {
    severity: 'warning',
    or: 'error',
    says: 'A condition, or a group of conditions, holds whatever the records are. It is an error when a whole rule, check or selection always holds.',
    fix: 'Remove the condition, or write what was meant.',
  },
  'condition-always-false': {
    severity: 'warning',
    or: 'error',
    says: 'A condition, or a group of conditions, holds for no records at all. It is an error when a whole rule, check, selection or search for records never holds.',
    fix: 'Remove the condition, or write what was meant.',
  },
  'condition-adds-nothing': {
    severity: 'advice',
    says: 'A condition follows from the conditions beside it, so it changes nothing.',
    fix: 'Remove it, or leave it if the rule reads better with it.',
  },
  'conditions-repeated': {
    severity: 'warning',
    says: 'The same condition appears twice in one "all" or "any".',
    fix: 'Remove one; if another column, code or day was meant, write that.',
  },
  'rules-give-the-same': {
    severity: 'advice',
    says: 'The rules before "otherwise" give the same value as "otherwise", so they change nothing.',
    fix: 'Remove them, or give them the value that was meant.',
  },
  'parameter-unused': {
    severity: 'warning',
    says: 'No rule, check or fact in use refers to a parameter: a change to it changes nothing.',
    fix: 'Use it where its value is meant, or remove it.',
  },
  'fact-unused': {
    severity: 'warning',
    says: 'No rule, check or fact in use refers to a fact. Errors inside it are not found either.',
    fix: 'Use it, or remove it.',
  },
  'interval-unused': {
    severity: 'warning',
    says: 'Nothing in use refers to an interval.',
    fix: 'Use it, or remove it.',
  },
  'facts-alike': {
    severity: 'warning',
    says: 'Two facts find or calculate the same: when one is changed, the other may be forgotten.',
    fix: 'Keep one and use it in both places; if they should differ, correct one.',
  },
  'parameters-alike': {
    severity: 'advice',
    says: 'Two parameters of one type and code set have the same values on the same days.',
    fix: 'Keep one if they mean the same; keep both if they may differ later.',
  },
  'validity-overlap': {
    severity: 'warning',
    or: 'error',
    says: 'A list has the same value twice for the same days, or a table has the same key twice. It is an error if the two values of a table differ: the later one is used.',
    fix: 'Keep one of the two, or correct the days or the value.',
  },
  'validity-gap': {
    severity: 'warning',
    says: 'A parameter has no value on some days between two others, or a list lacks a value that it has before and after.',
    fix: 'Close the gap; if it is intended, leave it.',
  },
  'value-for-no-difference': {
    severity: 'warning',
    says: 'A parameter has a value for some LEAs, counties, schools or grades that is the same as the one for all on all of its days: it changes nothing.',
    fix: 'Remove it, or write the value that was meant.',
  },
  'asked-for-another': {
    severity: 'warning',
    says: 'A parameter that differs by LEA, county, school or grade is asked for something that never is one: a text that is too short or too long, or a code of another set. It always gives the value for all.',
    fix: 'Ask "for" what the parameter differs by, as its "differsBy" says.',
  },
  'value-for-nobody': {
    severity: 'warning',
    says: 'A parameter has a value for an LEA or a school that the school directory does not have. It is found where the directory is at hand: in the check of a draft at a service, and with `--store DIR`.',
    fix: 'Correct the LEA or the school, or load a directory that has it.',
  },
  'looked-up-by-another': {
    severity: 'warning',
    says: 'A row of a reference file is looked up by something that never is its key: a column with codes of another set. Nothing is found for any student.',
    fix: 'Look it up by a column with codes of the set of its key.',
  },
  'record-type-without-key': {
    severity: 'warning',
    says: 'Nothing tells one record of a record type from another: one that is sent again with a correction stands beside the former one.',
    fix: 'Name the columns of the key in "keyColumns" of the layout; if only whole lines are alike, leave it.',
  },
  'column-in-no-set': {
    severity: 'warning',
    says: 'A column of the extract is in no column set: no extract has it.',
    fix: 'Add its key to "columnSets" of schemas/records/CENR.json, and say in "defaultColumnSet" from which academic year on that set is written.',
  },
  'table-lacks-a-code': {
    severity: 'warning',
    says: 'A table has no text for a code of its code set, on days on which records may have it: the code is passed over.',
    fix: 'Add the text for those days; if the code should be passed over, leave it.',
  },
  'holds-of-nothing': {
    severity: 'advice',
    says: 'A sum, or a number of days or of different values, is compared so that the comparison holds when no record is found, since it then is 0.',
    fix: 'Ask beside it whether there is any such record, unless a student without one is meant too.',
  },
  'code-unknown': {
    severity: 'error',
    says: 'A condition compares a column with a code that its code set does not have, or with a text longer than the column: no accepted record has it.',
    fix: 'Correct the code, or add it to the code set in schemas/codesets.',
  },
  'code-retired': {
    severity: 'warning',
    says: 'A parameter has a code on days after the last day on which its code set allows it, or a condition names a retired code without asking for a day.',
    fix: 'Give the value a last day ("through"), as the code set has it; if old records should count, leave it.',
  },
  'code-before-its-days': {
    severity: 'advice',
    says: 'A parameter has a code on days before the first day on which its code set allows it.',
    fix: 'Give the value a first day ("from"), as the code set has it; if records of those days cannot have the code, leave it.',
  },
  'code-sets-differ': {
    severity: 'warning',
    says: 'A condition compares a column with a parameter or column of another code set.',
    fix: 'Compare it with one of its own code set.',
  },
  'literal-where-a-parameter-exists': {
    severity: 'advice',
    says: 'A condition has a value that a parameter of the same code set or type also has: when the parameter is changed, the condition is not.',
    fix: 'Use the parameter if the two mean the same.',
  },
  'calculation-doubtful': {
    severity: 'advice',
    or: 'warning',
    says: 'A calculation gives what was hardly meant, for a student whom the checks let in: an age below 0, a number of days below 0, an interval that ends before it starts, or no day at all because a month has no fifth one of a day of the week. It is a warning when a rule writes the value into the extract.',
    fix: 'Ask first which day comes before the other, or say what then holds; the sentence says how.',
  },
  'examples-fail': {
    severity: 'error',
    says: 'A worked example expects something other than the rules give, or cannot be run.',
    fix: 'Correct the rule or the example, whichever is wrong.',
  },
  'law-broken': {
    severity: 'error',
    says: 'The rows of worked examples break a law of rules/laws.json: the rules contradict each other.',
    fix: 'Correct the rules of the fields that the law names. If the law is no longer true, correct the law and say where that is published.',
  },
  'examples-miss-a-rule': {
    severity: 'warning',
    says: 'No worked example of a field is decided by one of its rules, or those of a check or of the selection do not show both outcomes.',
    fix: 'Add a case to the file in rules/examples.',
  },
  'sentences-do-not-match': {
    severity: 'warning',
    says: 'The selection has not one sentence in "keepsOut" for each condition of "where": the list of students who are not in an extract says the words of the conditions instead.',
    fix: 'Write a sentence for each condition, in their order.',
  },
  'version-not-raised': {
    severity: 'warning',
    says: 'The rulebook has the same "version" as other files that people know by it: the version that a draft was made from, another version that the store keeps, or the rules in the program.',
    fix: 'Write another "version" in rules/rulebook.json.',
  },
  'publication-days-differ': {
    severity: 'error',
    says: 'A file follows the same page as the rulebook, as it was updated on another day, and does not say why.',
    fix: 'Compare the file with the page of the day in rules/rulebook.json, and set "updated" and "lastCompared". If the other day is meant, say why in "otherDay" of its source.',
  },
  'last-compared-old': {
    severity: 'warning',
    says: 'Nobody has compared the file with its published source for more than a year, or no day says when.',
    fix: 'Compare it, correct it if necessary, and set "lastCompared" to that day.',
  },
  'not-examined': {
    severity: 'advice',
    says: 'A group of conditions is so large that the check does not know whether it can hold.',
    fix: 'Split it into facts or into several rules.',
  },
} as const satisfies Record<string, KindEntry>;

export type Kind = keyof typeof KINDS;
