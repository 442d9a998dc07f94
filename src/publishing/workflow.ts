/**
 * The steps by which a draft becomes the rulebook in force, and by which one goes back. Each step takes the draft, who
 * acts and the present moment, and gives the draft as it is then, or a refusal: nothing is read, kept or thrown here.
 * Whoever keeps the outcome does so only if the draft still has the revision it was decided on (`Store.replaceDraft`).
 *
 * Moments are ISO 8601 in UTC with milliseconds, as `Date.toISOString` writes them.
 */

import { closest } from '#base/closest';
import { MOST_CHARACTERS } from '#base/json';
import { counted } from '#base/text';
import { grammarOf } from '#rulebook/load/assemble';
import { hashOf, inOrder, type RulebookTexts } from '#rulebook/load/texts';
import { inForceAt, type TakesForce, type TookForce } from './activation.ts';
import type { DraftCheck, DraftState, DraftWithTexts } from './draft.ts';
import type { ImpactJob } from './job.ts';
import type { Person, Role } from './person.ts';

/** Whoever takes a step, with the role of the key. */
export interface Actor extends Person {
  readonly role: Role;
}

export interface WorkflowSettings {
  /** How many people must approve a draft, the author not counted. */
  readonly approvals: 1 | 2;
}

export const REFUSALS = [
  'role-missing',
  'not-the-author',
  'not-in-this-state',
  'title-invalid',
  'reason-invalid',
  'path-invalid',
  'text-invalid',
  'too-large',
  'no-such-file',
  'nothing-changed',
  'check-missing',
  'check-outdated',
  'check-has-errors',
  'examples-fail',
  'own-draft',
  'approved-already',
  'approvals-missing',
  'impact-unfinished',
  'impact-outdated',
  'impact-missing',
  'moment-invalid',
  'moment-past',
  'another-to-come',
  'in-force-already',
  'never-in-force',
  'no-such-entry',
  'withdrawn-already',
  'begun-already',
] as const;

/** Why a step is not taken: a code for programs, and for people what was found, what is expected and what to do. */
export interface Refused {
  readonly refused: (typeof REFUSALS)[number];
  readonly message: string;
}

export const isRefused = (outcome: object): outcome is Refused => 'refused' in outcome;

const refuse = (refused: Refused['refused'], message: string): Refused => ({ refused, message });

const MOST_TITLE = 200;
const MOST_REASON = 4000;
/** Ten times what the shipped rulebook has: drafts are held in memory. */
const MOST_FILES = 1000;
const MOST_CHARACTERS_IN_ALL = 10_000_000;
const MOST_PATH = 200;

/**
 * Names that every file system takes and no tool passes over: the loader, for one, leaves out what begins with a dot.
 */
const PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

const personOf = ({ keyId, name }: Person): Person => ({ keyId, name });

/** Keys with one name are one person's, so that nobody approves their own draft with another key. */
const samePerson = (a: Person, b: Person): boolean => a.keyId === b.keyId || a.name === b.name;

/** Hashes as messages show them. */
const short = (hash: string): string => hash.slice(0, 12);

/** What a step changes; keys that are `undefined` are taken out. */
type Changes = { readonly [K in keyof DraftWithTexts]?: DraftWithTexts[K] | undefined };

function changed(draft: DraftWithTexts, at: string, changes: Changes): DraftWithTexts {
  const next = { ...draft, ...changes, revision: draft.revision + 1, changedAt: at };
  return Object.fromEntries(
    Object.entries(next).filter(([, value]) => value !== undefined),
  ) as unknown as DraftWithTexts;
}

/** The first refusal, if any: steps list what they expect in the order in which people would put it right. */
const firstOf = (...expectations: readonly (Refused | undefined)[]): Refused | undefined =>
  expectations.find((refusal) => refusal !== undefined);

const roleMissing = ({ role }: Actor): Refused | undefined =>
  role === 'policy' || role === 'admin'
    ? undefined
    : refuse(
        'role-missing',
        `The role of this key is ${role}. Rules are changed with a key of the role policy or admin; ask for one.`,
      );

const notTheAuthor = ({ author }: DraftWithTexts, by: Actor): Refused | undefined =>
  samePerson(author, by)
    ? undefined
    : refuse(
        'not-the-author',
        `This draft is ${author.name}’s, and only its author changes or submits it, so that whoever approves it has had no hand in it. Ask ${author.name}, or make a draft of your own.`,
      );

const OPEN: readonly DraftState[] = ['draft', 'submitted', 'approved'];

/** What to do with a draft in a state in which a step cannot be taken. */
const INSTEAD: Readonly<Record<DraftState, string>> = {
  draft: 'Submit it first.',
  submitted: 'Reopen it first, or change a file, which reopens it.',
  approved: 'Reopen it first, or change a file, which reopens it.',
  published: 'Make a new draft; one whose publication was withdrawn can be reopened.',
  deleted: 'Make a new draft.',
};

const notInState = ({ state }: DraftWithTexts, expected: readonly DraftState[], step: string): Refused | undefined =>
  expected.includes(state)
    ? undefined
    : refuse(
        'not-in-this-state',
        `The draft is in the state "${state}"; it can be ${step} in the state ${expected.map((s) => `"${s}"`).join(' or ')}. ${INSTEAD[state]}`,
      );

const titleInvalid = (title: string): Refused | undefined =>
  title.trim() !== '' && title.length <= MOST_TITLE
    ? undefined
    : refuse(
        'title-invalid',
        `The title has ${title.trim().length} characters; give it 1 to ${MOST_TITLE} that say what the draft changes.`,
      );

const reasonTooLong = (reason: string): Refused | undefined =>
  reason.length <= MOST_REASON
    ? undefined
    : refuse(
        'reason-invalid',
        `The reason has ${reason.length} characters; shorten it to at most ${MOST_REASON}, and name a document for the rest.`,
      );

const reasonMissing = (reason: string): Refused | undefined =>
  reason.trim() !== ''
    ? undefined
    : refuse(
        'reason-invalid',
        'There is no reason. Say in a sentence why the rules change; it stays with the version.',
      );

/**
 * A new draft with the files of a version.
 * @param from the version; its texts are those of its hash
 */
export function createDraft(
  {
    id,
    title,
    reason,
    from,
  }: {
    readonly id: string;
    readonly title: string;
    readonly reason: string;
    readonly from: { readonly hash: string; readonly texts: RulebookTexts };
  },
  by: Actor,
  at: string,
): DraftWithTexts | Refused {
  const refusal = firstOf(roleMissing(by), titleInvalid(title), reasonTooLong(reason));
  if (refusal) return refusal;
  return {
    id,
    title: title.trim(),
    reason: reason.trim(),
    from: from.hash,
    hash: from.hash,
    revision: 1,
    state: 'draft',
    author: personOf(by),
    createdAt: at,
    changedAt: at,
    approvals: [],
    texts: inOrder(from.texts),
  };
}

/** Back to where the author works on it. Approvals were of what it was. */
const BACK: Changes = { state: 'draft', approvals: [], submittedAt: undefined };

/**
 * Changes title or reason. Who approved, approved the words too; check and impact are about the files, and stand.
 * @returns the draft itself when it says so already
 */
export function retitle(
  draft: DraftWithTexts,
  words: { readonly title?: string | undefined; readonly reason?: string | undefined },
  by: Actor,
  at: string,
): DraftWithTexts | Refused {
  const { title = draft.title, reason = draft.reason } = words;
  const refusal = firstOf(
    roleMissing(by),
    notTheAuthor(draft, by),
    notInState(draft, OPEN, 'changed'),
    titleInvalid(title),
    reasonTooLong(reason),
  );
  if (refusal) return refusal;
  if (title.trim() === draft.title && reason.trim() === draft.reason) return draft;
  return changed(draft, at, { ...BACK, title: title.trim(), reason: reason.trim() });
}

/**
 * Adds a file or replaces it. The text need not be a rule file yet; the check says what is wrong with it.
 * @returns the draft itself when the file says so already
 */
export function putFile(
  draft: DraftWithTexts,
  file: { readonly path: string; readonly text: string },
  by: Actor,
  at: string,
): DraftWithTexts | Refused {
  const { path, text } = file;
  const others = draft.texts.filter((other) => other.path !== path);
  const refusal = firstOf(
    roleMissing(by),
    notTheAuthor(draft, by),
    notInState(draft, OPEN, 'changed'),
    pathInvalid(path, others),
    textInvalid(text),
    tooLarge(others, text),
  );
  if (refusal) return refusal;
  if (draft.texts.some((other) => other.path === path && other.text === text)) return draft;
  return withTexts(draft, [...others, { path, text }], at);
}

export function removeFile(draft: DraftWithTexts, path: string, by: Actor, at: string): DraftWithTexts | Refused {
  const refusal = firstOf(roleMissing(by), notTheAuthor(draft, by), notInState(draft, OPEN, 'changed'));
  if (refusal) return refusal;
  const others = draft.texts.filter((other) => other.path !== path);
  if (others.length < draft.texts.length) return withTexts(draft, others, at);
  const near = closest(
    path,
    draft.texts.map((other) => other.path),
  );
  return refuse(
    'no-such-file',
    `The draft has no file ${JSON.stringify(path.slice(0, MOST_PATH))}.${near || ' Its list of files says what it has.'}`,
  );
}

/** Check and impact were of other files. */
const withTexts = (draft: DraftWithTexts, files: RulebookTexts, at: string): DraftWithTexts => {
  const texts = inOrder(files);
  return changed(draft, at, { ...BACK, texts, hash: hashOf(texts), checked: undefined, impactSeen: undefined });
};

function pathInvalid(path: string, others: RulebookTexts): Refused | undefined {
  const found = JSON.stringify(path.slice(0, MOST_PATH));
  if (path.length > MOST_PATH || !PATH.test(path) || !grammarOf(path))
    return refuse(
      'path-invalid',
      `No file of a rulebook belongs at ${found}. Expected rules/rulebook.json, rules/selection.json, a .json file in parameters, facts, fields, checks or examples of rules, or in records or codesets of schemas; names consist of letters, digits, dots, hyphens and underscores.`,
    );
  const twin = others.find((other) => other.path.toLowerCase() === path.toLowerCase());
  if (twin)
    return refuse(
      'path-invalid',
      `The draft has a file ${twin.path}, and some systems could not tell ${found} from it. Replace that file, or take another name.`,
    );
  return undefined;
}

/** Half of a surrogate pair has no bytes of its own, so two such texts could have one hash. */
const textInvalid = (text: string): Refused | undefined =>
  text.isWellFormed()
    ? undefined
    : refuse(
        'text-invalid',
        'The text holds half of a two-part character (a lone surrogate), which no file can hold. Send it as UTF-8.',
      );

function tooLarge(others: RulebookTexts, text: string): Refused | undefined {
  if (text.length > MOST_CHARACTERS)
    return refuse(
      'too-large',
      `The file has ${text.length} characters; a rule file has at most ${MOST_CHARACTERS}. Divide it.`,
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

/** Records a check of the draft's files, whoever asked for it. */
export function recordCheck(draft: DraftWithTexts, check: DraftCheck, at: string): DraftWithTexts | Refused {
  const refusal = firstOf(
    notInState(draft, OPEN, 'checked'),
    check.hash === draft.hash
      ? undefined
      : refuse(
          'check-outdated',
          `The files were changed while they were being checked: the check is of ${short(check.hash)}, the draft has ${short(draft.hash)}. Check it again.`,
        ),
  );
  return refusal ?? changed(draft, at, { checked: check });
}

/**
 * Records that somebody looked at what the draft changes.
 * @returns the draft itself when the same person has seen the same report last
 */
export function seeImpact(draft: DraftWithTexts, impact: ImpactJob, by: Actor, at: string): DraftWithTexts | Refused {
  const refusal = firstOf(
    roleMissing(by),
    notInState(draft, OPEN, 'looked at'),
    impact.status === 'Complete'
      ? undefined
      : refuse(
          'impact-unfinished',
          `The impact report is in the status ${impact.status}; only a complete one can be looked at. Wait for it, or ask for another.`,
        ),
    impact.draft === draft.id && impact.hash === draft.hash
      ? undefined
      : refuse(
          'impact-outdated',
          `The impact report is about the files ${short(impact.hash)}; this draft has ${short(draft.hash)} now. Ask for a new report.`,
        ),
  );
  if (refusal) return refusal;
  // Whoever asked for a year or an LEA without students has seen nothing of what the draft does.
  if (impact.students === 0) return draft;
  if (draft.impactSeen?.impact === impact.id && samePerson(draft.impactSeen.by, by)) return draft;
  return changed(draft, at, {
    impactSeen: {
      hash: impact.hash,
      against: impact.against,
      impact: impact.id,
      ...(impact.students !== undefined && { students: impact.students }),
      by: personOf(by),
      at,
    },
  });
}

/** The author hands the draft to whoever approves it. */
export function submit(draft: DraftWithTexts, by: Actor, at: string): DraftWithTexts | Refused {
  const refusal = firstOf(
    roleMissing(by),
    notTheAuthor(draft, by),
    notInState(draft, ['draft'], 'submitted'),
    reasonMissing(draft.reason),
    draft.hash === draft.from
      ? refuse(
          'nothing-changed',
          `The files are those of the version ${short(draft.from)} that the draft was made from. Change a file, or delete the draft.`,
        )
      : undefined,
  );
  return refusal ?? changed(draft, at, { state: 'submitted', submittedAt: at });
}

/** Somebody who did not write the draft stands for it. */
export function approve(
  draft: DraftWithTexts,
  by: Actor,
  at: string,
  { approvals: needed }: WorkflowSettings,
): DraftWithTexts | Refused {
  // Approved by one before two were required: the other may still come.
  const takesMore: readonly DraftState[] = draft.approvals.length < needed ? ['submitted', 'approved'] : ['submitted'];
  const refusal = firstOf(
    roleMissing(by),
    samePerson(draft.author, by)
      ? refuse(
          'own-draft',
          `You wrote this draft. Somebody else approves it, with a key under another name than "${draft.author.name}".`,
        )
      : undefined,
    draft.approvals.some((approval) => samePerson(approval, by))
      ? refuse(
          'approved-already',
          `You have approved this draft. ${needed > 1 ? 'Another person approves it too.' : 'It can be published.'}`,
        )
      : undefined,
    notInState(draft, takesMore, 'approved'),
    checkStands(draft),
  );
  if (refusal) return refusal;
  const approvals = [...draft.approvals, { ...personOf(by), at }];
  return changed(draft, at, { approvals, state: approvals.length >= needed ? 'approved' : 'submitted' });
}

function checkStands({ checked, hash }: DraftWithTexts): Refused | undefined {
  if (!checked) return refuse('check-missing', 'The files as they are now were not checked. Check the draft first.');
  if (checked.hash !== hash)
    return refuse(
      'check-outdated',
      `The check is of the files ${short(checked.hash)}, the draft has ${short(hash)} now. Check it again.`,
    );
  if (checked.errors > 0)
    return refuse(
      'check-has-errors',
      `The check found ${counted(checked.errors, 'error')}; none may be left. Correct what it names and check again.`,
    );
  if (checked.examplesFailed > 0)
    return refuse(
      'examples-fail',
      `Of ${counted(checked.examples, 'example')}, ${checked.examplesFailed} came out otherwise than expected; all must come out. Correct the rules or the examples and check again.`,
    );
  return undefined;
}

/**
 * Sends a draft back to its author, or takes one's own back. A published draft only after its publication was
 * withdrawn.
 * @param why for the author; may be empty
 */
export function reopen(
  draft: DraftWithTexts,
  by: Actor,
  at: string,
  { why, force }: { readonly why: string; readonly force: readonly TookForce[] },
): DraftWithTexts | Refused {
  const withdrawn = force.some((entry) => entry.seq === draft.publishedAs && entry.withdrawnAt !== undefined);
  const refusal = firstOf(
    roleMissing(by),
    notInState(draft, withdrawn ? ['submitted', 'approved', 'published'] : ['submitted', 'approved'], 'reopened'),
    reasonTooLong(why),
  );
  return (
    refusal ??
    changed(draft, at, { ...BACK, publishedAs: undefined, reopened: { ...personOf(by), at, why: why.trim() } })
  );
}

/** Takes the draft out of use; it stays readable. */
export function deleteDraft(draft: DraftWithTexts, by: Actor, at: string): DraftWithTexts | Refused {
  const refusal = firstOf(
    roleMissing(by),
    by.role === 'admin' ? undefined : notTheAuthor(draft, by),
    notInState(draft, OPEN, 'deleted'),
  );
  return refusal ?? changed(draft, at, { state: 'deleted' });
}

/**
 * Publishes a draft. What it replaces is the version that will be in force at that moment, and somebody must have
 * looked at what changes from that very version: a draft made from an older one would undo, unseen, what took force
 * since.
 * @param force all entries so far; the outcome holds for these only
 * @param from when it is to take force, with the offset from UTC; at once when not given
 * @returns the draft and the entry to be kept together (`Store.publishDraft`)
 */
export function publish(
  draft: DraftWithTexts,
  by: Actor,
  at: string,
  {
    settings,
    force,
    from,
  }: { readonly settings: WorkflowSettings; readonly force: readonly TookForce[]; readonly from?: string | undefined },
): { readonly draft: DraftWithTexts; readonly entry: TakesForce } | Refused {
  const begins = from === undefined ? at : momentOf(from);
  if (begins === undefined)
    return refuse(
      'moment-invalid',
      `"${from?.slice(0, 40)}" is not a moment. Write day, time and offset from UTC, such as 2026-07-01T00:00:00-07:00, or leave it out to publish at once.`,
    );
  const refusal = firstOf(
    roleMissing(by),
    notInState(draft, OPEN, 'published'),
    checkStands(draft),
    impactStands(draft, force, begins),
    approvalsStand(draft, settings),
    begins < at
      ? refuse(
          'moment-past',
          `${begins} is past; it is ${at}. Choose a later moment, or leave it out to publish at once.`,
        )
      : undefined,
    noneToCome(force, begins),
  );
  if (refusal) return refusal;
  const entry: TakesForce = {
    hash: draft.hash,
    from: begins,
    how: 'published',
    enteredAt: at,
    by: personOf(by),
    author: draft.author,
    approvers: draft.approvals.map(personOf),
    reason: draft.reason,
    draft: draft.id,
  };
  return { draft: changed(draft, at, { state: 'published' }), entry };
}

/** As entries hold moments: `undefined` for a text that is none. */
function momentOf(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  // The calendar is lenient with 30 February.
  const day = text.slice(0, 10);
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime()) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day)
    return undefined;
  const written = moment.toISOString();
  return written.length === 24 ? written : undefined;
}

function impactStands(
  { hash, from, impactSeen }: DraftWithTexts,
  force: readonly TookForce[],
  begins: string,
): Refused | undefined {
  const replaced = inForceAt(force, begins)?.hash ?? from;
  if (replaced === hash)
    return refuse(
      'in-force-already',
      'The files are those that are in force at that moment anyway. There is nothing to publish.',
    );
  if (!impactSeen || impactSeen.hash !== hash)
    return refuse(
      'impact-missing',
      `Nobody has looked at what these files change. Ask for an impact report against the version ${short(replaced)}, and read it.`,
    );
  if (impactSeen.against === replaced) return undefined;
  const undone =
    from === replaced
      ? 'Ask for a report against that version, and read it.'
      : `The draft was made from ${short(from)}, so it would undo what took force since. Make a new draft from ${short(replaced)}; or ask for a report against that version, which shows what would be undone, and read it.`;
  return refuse(
    'impact-outdated',
    `The impact report that was read compares with the version ${short(impactSeen.against)}, but ${short(replaced)} is in force when this draft would take force. ${undone}`,
  );
}

function approvalsStand(draft: DraftWithTexts, { approvals: needed }: WorkflowSettings): Refused | undefined {
  const given = draft.approvals.length;
  if (given >= needed) return undefined;
  const todo =
    draft.state === 'draft'
      ? 'The author submits it, then somebody else approves it.'
      : 'Somebody who is not its author, and has not approved it, approves it first.';
  return refuse('approvals-missing', `The draft has ${counted(given, 'approval')} and needs ${needed}. ${todo}`);
}

/** A version that takes force later was made without this one, and would undo it. */
function noneToCome(force: readonly TookForce[], begins: string): Refused | undefined {
  const later = force.find((entry) => entry.withdrawnAt === undefined && entry.from > begins);
  return later
    ? refuse(
        'another-to-come',
        `The version ${short(later.hash)} is to take force on ${later.from} and does not hold what this one changes. Withdraw it (entry ${later.seq}), or publish this draft for a later moment.`,
      )
    : undefined;
}

/**
 * Lets a version take force again that was in force before, at once. One person may do that, with a reason: it is the
 * way out when a publication went wrong, and this version was approved once, or came with the files. What is to take
 * force later still does.
 */
export function restore(
  hash: string,
  by: Actor,
  at: string,
  { reason, force }: { readonly reason: string; readonly force: readonly TookForce[] },
): TakesForce | Refused {
  const refusal = firstOf(
    roleMissing(by),
    reasonMissing(reason),
    reasonTooLong(reason),
    force.some((entry) => entry.hash === hash && entry.withdrawnAt === undefined && entry.from <= at)
      ? undefined
      : refuse(
          'never-in-force',
          `The version ${short(hash)} was never in force, so nobody approved it. Make a draft from it and have that approved.`,
        ),
    inForceAt(force, at)?.hash === hash
      ? refuse('in-force-already', `The version ${short(hash)} is in force. There is nothing to restore.`)
      : undefined,
  );
  return refusal ?? { hash, from: at, how: 'restored', enteredAt: at, by: personOf(by), reason: reason.trim() };
}

/** Takes back an entry that has not begun (`Store.withdrawForce`); gives the entry. */
export function withdraw(seq: number, by: Actor, at: string, force: readonly TookForce[]): TookForce | Refused {
  const missing = roleMissing(by);
  if (missing) return missing;
  const entry = force.find((other) => other.seq === seq);
  if (!entry)
    return refuse(
      'no-such-entry',
      `There is no entry ${seq}; there are ${force.length}. The list of versions says when each takes force.`,
    );
  if (entry.withdrawnAt !== undefined)
    return refuse('withdrawn-already', `Entry ${seq} was withdrawn on ${entry.withdrawnAt}. There is nothing to do.`);
  if (entry.from <= at)
    return refuse(
      'begun-already',
      `Entry ${seq} has been in force since ${entry.from}, which cannot be undone. Restore the version that was in force before it.`,
    );
  const later = force.find((other) => other.withdrawnAt === undefined && other.from > entry.from);
  return later
    ? refuse(
        'another-to-come',
        `Entry ${later.seq}, to take force on ${later.from}, was compared with the version of entry ${seq}. Withdraw entry ${later.seq} first.`,
      )
    : entry;
}
