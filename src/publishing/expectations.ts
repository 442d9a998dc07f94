/**
 * What steps expect of a draft, of its files and of whoever takes the step. Each gives a refusal when it is not so.
 */
import { MOST_CHARACTERS } from '#base/json';
import { counted, isPrintable } from '#base/text';
import { grammarOf } from '#rulebook/load/assemble';
import { REFERENCE_ROWS } from '#rulebook/load/reference-files';
import type { RulebookTexts } from '#rulebook/load/texts';
import { type Actor, samePerson } from './actor.ts';
import type { DraftState, DraftWithTexts } from './draft.ts';
import { firstOf, type Refused, refuse, short } from './refusals.ts';

const MOST_TITLE = 200;
const MOST_REASON = 4000;
/** Ten times what the shipped rulebook has: drafts are held in memory. */
const MOST_FILES = 1000;
const MOST_CHARACTERS_IN_ALL = 10_000_000;
export const MOST_PATH = 200;

/**
 * Names that every file system takes and no tool passes over: the loader, for one, leaves out what begins with a dot.
 */
const PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** Rules are changed with a key of the role policy or admin. */
export const roleMissing = ({ role }: Actor): Refused | undefined =>
  role === 'policy' || role === 'admin'
    ? undefined
    : refuse(
        'role-missing',
        `The role of this key is ${role}. To change rules, use a key with the role policy or admin.`,
      );

/** Only the author of a draft changes or submits it. */
export const notTheAuthor = ({ author }: DraftWithTexts, by: Actor): Refused | undefined =>
  samePerson(author, by)
    ? undefined
    : refuse(
        'not-the-author',
        `${author.name} wrote this draft, and only its author can change or submit it, so that somebody else approves it. Ask ${author.name}, or make your own draft.`,
      );

/** The states of a draft that is on its way. */
export const OPEN: readonly DraftState[] = ['draft', 'submitted', 'approved'];

/** What to do with a draft in a state in which a step cannot be taken. */
const INSTEAD: Readonly<Record<DraftState, string>> = {
  draft: 'Submit it first.',
  submitted: 'Reopen it first, or change a file, which reopens it.',
  approved: 'Reopen it first, or change a file, which reopens it.',
  published: 'Make a new draft. A draft whose activation was canceled can be reopened.',
  deleted: 'Make a new draft.',
};

/** @param step what is to be done with the draft, as a participle: "submitted" */
export const notInState = (
  { state }: DraftWithTexts,
  expected: readonly DraftState[],
  step: string,
): Refused | undefined =>
  expected.includes(state)
    ? undefined
    : refuse(
        'not-in-this-state',
        `The draft is in the state "${state}"; it can be ${step} in the state ${expected.map((s) => `"${s}"`).join(' or ')}. ${INSTEAD[state]}`,
      );

/**
 * A draft is changed by its author, with a key that may change rules, while it is open.
 * @param step as in `notInState`
 */
export const notOpenTo = (draft: DraftWithTexts, by: Actor, step: string): Refused | undefined =>
  firstOf(roleMissing(by), notTheAuthor(draft, by), notInState(draft, OPEN, step));

/** A draft has a title that is not too long. */
export const titleInvalid = (title: string): Refused | undefined =>
  !isPrintable(title)
    ? refuse('title-invalid', 'The title has characters that cannot be printed, or a line break. Remove them.')
    : title.trim() !== '' && title.length <= MOST_TITLE
      ? undefined
      : refuse(
          'title-invalid',
          `The title has ${title.trim().length} characters; expected 1 to ${MOST_TITLE} that say what the draft changes.`,
        );

/** A reason, if any, is a text that is not too long. */
export const reasonTooLong = (reason: string): Refused | undefined =>
  !isPrintable(reason.replaceAll(/[\r\n\t]/g, ' '))
    ? refuse('reason-invalid', 'The reason has characters that cannot be printed. Remove them; line breaks may stay.')
    : reason.length <= MOST_REASON
      ? undefined
      : refuse(
          'reason-invalid',
          `The reason has ${reason.length} characters; expected at most ${MOST_REASON}. Name a document for the rest.`,
        );

/** What stays with a version has a reason. */
export const reasonMissing = (reason: string): Refused | undefined =>
  reason.trim() !== ''
    ? undefined
    : refuse(
        'reason-invalid',
        'There is no reason. Say in a sentence why the rules change; the reason is kept with the version.',
      );

/** A rulebook may have a file under this path, and no system mixes it up with one of the others. */
export function pathInvalid(path: string, others: RulebookTexts): Refused | undefined {
  const found = JSON.stringify(path.slice(0, MOST_PATH));
  if (path.length > MOST_PATH || !PATH.test(path) || !grammarOf(path) || REFERENCE_ROWS.test(path))
    return refuse(
      'path-invalid',
      `A rulebook cannot have a file at ${found}. Expected rules/rulebook.json, rules/selection.json, a .json file in parameters, facts, fields, checks or examples of rules, or in records, codesets or references of schemas; names consist of letters, digits, dots, hyphens and underscores.`,
    );
  const twin = others.find((other) => other.path.toLowerCase() === path.toLowerCase());
  if (twin)
    return refuse(
      'path-invalid',
      `The draft has a file ${twin.path}, and some systems cannot tell ${found} from it. Replace that file, or choose another name.`,
    );
  return undefined;
}

/** Half of a surrogate pair has no bytes of its own, so two such texts could have one hash. */
export const textInvalid = (text: string): Refused | undefined =>
  text.isWellFormed()
    ? undefined
    : refuse(
        'text-invalid',
        'The text has half of a two-part character (a lone surrogate), which a file cannot have. Send it as UTF-8.',
      );

/** A draft with one more file is held in memory. */
export function tooLarge(others: RulebookTexts, text: string): Refused | undefined {
  if (text.length > MOST_CHARACTERS)
    return refuse(
      'too-large',
      `The file has ${text.length} characters; a rule file has at most ${MOST_CHARACTERS}. Split it.`,
    );
  if (others.length >= MOST_FILES)
    return refuse('too-large', `The draft would have more than ${MOST_FILES} files. Remove some first.`);
  const all = others.reduce((sum, other) => sum + other.text.length, text.length);
  if (all > MOST_CHARACTERS_IN_ALL)
    return refuse(
      'too-large',
      `The files of the draft would have ${all} characters; together they have at most ${MOST_CHARACTERS_IN_ALL}. Remove some first.`,
    );
  return undefined;
}

/** The files as they are now were checked, without errors, and all examples came out. */
export function notChecked({ checked, hash }: DraftWithTexts): Refused | undefined {
  if (!checked) return refuse('check-missing', 'The current files have not been checked. Check the draft first.');
  if (checked.hash !== hash)
    return refuse(
      'check-outdated',
      `The check is about the files ${short(checked.hash)}, but the draft now has ${short(hash)}. Check it again.`,
    );
  if (checked.errors > 0)
    return refuse(
      'check-has-errors',
      `The check found ${counted(checked.errors, 'error')}. Correct all errors, and check the draft again.`,
    );
  if (checked.examplesFailed > 0)
    return refuse(
      'examples-fail',
      `Of ${counted(checked.examples, 'example')}, ${checked.examplesFailed} failed; all must pass. Correct the rules or the examples, and check the draft again.`,
    );
  return undefined;
}

/** Whether the draft was made from a version that it will take the place of. */
export const notRebased = (
  { from }: Pick<DraftWithTexts, 'from'>,
  bases: readonly string[],
  when: string,
): Refused | undefined =>
  bases.length === 0 || bases.includes(from)
    ? undefined
    : refuse(
        'not-rebased',
        `The draft was made from the version ${short(from)}, but ${when} ${bases.map(short).join(' or ')}: it would undo what was changed since. Rebase the draft, which puts its changes on top of that version, and check it again.`,
      );

/**
 * The person has read what the files as they are change of the version that the draft was made from, for the newest year
 * with rows.
 */
export function impactNotRead({ impactRead, hash, from }: DraftWithTexts, by: Actor): Refused | undefined {
  const read = impactRead.find((reading) => samePerson(reading.by, by));
  if (!read || read.hash !== hash || read.against !== from)
    return refuse(
      'impact-missing',
      `You have not read what these files change. Request an impact report for all students of the newest year, and read it: whoever approves a draft approves what it does.`,
    );
  const { newestYear, coversNewestYear } = read.numbers;
  return coversNewestYear
    ? undefined
    : refuse(
        'impact-missing',
        `The impact report that you read does not cover ${newestYear ?? 'a year with rows'}, the newest academic year for which there are rows. Request one for that whole year, without schools, grades or statuses, and read it.`,
      );
}
