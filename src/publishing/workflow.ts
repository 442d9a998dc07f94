/**
 * The steps of a draft until it is published (`publish.ts`). Each step takes the draft, who acts and the present
 * moment, and gives the draft as it is then, or a refusal: nothing is read, kept or thrown here.
 * Whoever keeps the outcome does so only if the draft still has the revision it was decided on (`Store.replaceDraft`).
 *
 * Moments are ISO 8601 in UTC with milliseconds, as `Date.toISOString` writes them.
 */

import { closest } from '#base/closest';
import { parseJson } from '#base/json';
import { withValueAt } from '#base/json-edits';
import { grammarOf } from '#rulebook/load/assemble';
import type { ParameterValue } from '#rulebook/load/declarations';
import { hashOf, inOrder, type RulebookTexts } from '#rulebook/load/texts';
import type { Activation } from './activation.ts';
import { type Actor, personOf, samePerson } from './actor.ts';
import type { DraftCheck, DraftState, DraftWithTexts, WorkflowSettings } from './draft.ts';
import { changed, type DraftChanges } from './draft-changes.ts';
import {
  impactNotRead,
  MOST_PATH,
  notChecked,
  notInState,
  notOpenTo,
  notRebased,
  notTheAuthor,
  OPEN,
  pathInvalid,
  reasonMissing,
  reasonTooLong,
  roleMissing,
  textInvalid,
  titleInvalid,
  tooLarge,
} from './expectations.ts';
import { examplesFollowing } from './follow-examples.ts';
import { formerFiles, takenBack, withLast } from './former-texts.ts';
import { heldBack } from './in-effect.ts';
import type { ImpactJob } from './job.ts';
import { type Choices, conflictInWords, mergeTexts } from './merge.ts';
import { firstOf, isRefused, type Refused, refuse, short } from './refusals.ts';

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
    impactRead: [],
    texts: inOrder(from.texts),
  };
}

/** Back to where the author works on it. Approvals were of what it was. */
const BACK: DraftChanges = { state: 'draft', approvals: [], submittedAt: undefined };

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
  const refusal = firstOf(notOpenTo(draft, by, 'changed'), titleInvalid(title), reasonTooLong(reason));
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
    notOpenTo(draft, by, 'changed'),
    pathInvalid(path, others),
    textInvalid(text),
    tooLarge(others, text),
  );
  if (refusal) return refusal;
  if (draft.texts.some((other) => other.path === path && other.text === text)) return draft;
  return withTexts(draft, [...others, { path, text }], at);
}

/**
 * Makes a draft what a folder is: files that the folder does not have are taken out.
 * @returns the draft itself when it is so already
 */
export function putFolder(
  draft: DraftWithTexts,
  files: RulebookTexts,
  by: Actor,
  at: string,
): DraftWithTexts | Refused {
  const refusal = firstOf(notOpenTo(draft, by, 'changed'), filesInvalid(files));
  if (refusal) return refusal;
  return hashOf(inOrder(files)) === draft.hash ? draft : withTexts(draft, files, at);
}

/**
 * The files of a draft with other values of a parameter; every other character stays.
 * @param withExamples whether worked examples follow
 * @returns a refusal when no file that is JSON has the parameter
 */
export function changeParameter(
  { texts }: Pick<DraftWithTexts, 'texts'>,
  name: string,
  values: readonly ParameterValue[],
  withExamples = false,
): RulebookTexts | Refused {
  const names: string[] = [];
  for (const { path, text } of texts) {
    if (grammarOf(path) !== 'parameters') continue;
    const { json } = parseJson(text);
    const { parameters = [] } = (json ?? {}) as { parameters?: readonly { readonly name?: string }[] };
    const place = Array.isArray(parameters) ? parameters.findIndex((parameter) => parameter?.name === name) : -1;
    const changedText = place < 0 ? undefined : withValueAt(text, `/parameters/${place}/values`, valuesText(values));
    if (changedText !== undefined) {
      const examples = withExamples ? examplesFollowing(texts, name, values) : [];
      if (isRefused(examples)) return examples;
      const changes = new Map([{ path, text: changedText }, ...examples].map((file) => [file.path, file.text]));
      return texts.map((file) => ({ path: file.path, text: changes.get(file.path) ?? file.text }));
    }
    names.push(...parameters.flatMap((parameter) => parameter?.name ?? []));
  }
  return refuse(
    'no-such-file',
    `The draft has no parameter ${JSON.stringify(name.slice(0, MOST_PATH))} in a file of rules/parameters that is JSON.${closest(name, names)}`,
  );
}

/** A value on each line, as rule files have them. */
const valuesText = (values: readonly object[]): string =>
  values.length === 0
    ? '[]'
    : `[\n${values
        .map((value) => {
          const entries = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${JSON.stringify(one)}`);
          return `        { ${entries.join(', ')} }`;
        })
        .join(',\n')} ]`;

/** Why files cannot be those of a rulebook, whatever stands in them. */
export function filesInvalid(files: RulebookTexts): Refused | undefined {
  for (const [i, { path, text }] of files.entries()) {
    const others = files.slice(0, i);
    const refusal = firstOf(pathInvalid(path, others), textInvalid(text), tooLarge(others, text));
    if (refusal) return refusal;
  }
  return undefined;
}

export function removeFile(draft: DraftWithTexts, path: string, by: Actor, at: string): DraftWithTexts | Refused {
  const refusal = notOpenTo(draft, by, 'changed');
  if (refusal) return refusal;
  const others = draft.texts.filter((other) => other.path !== path);
  if (others.length < draft.texts.length) return withTexts(draft, others, at);
  const near = closest(
    path,
    draft.texts.map((other) => other.path),
  );
  return refuse(
    'no-such-file',
    `The draft has no file ${JSON.stringify(path.slice(0, MOST_PATH))}.${near || ' See its list of files.'}`,
  );
}

/**
 * Takes the last change of files back, and with the next call the one before.
 * @returns a refusal when there is none
 */
export function takeBack(draft: DraftWithTexts, by: Actor, at: string): DraftWithTexts | Refused {
  const refusal = notOpenTo(draft, by, 'changed');
  if (refusal) return refusal;
  const last = draft.former?.at(-1);
  if (!last)
    return refuse(
      'nothing-changed',
      'There is no change of files to take back: none was made, it was large, or the draft was rebased since.',
    );
  const former = draft.former?.slice(0, -1) ?? [];
  const before = withTexts(draft, takenBack(draft.texts, last), at);
  const { former: _, ...without } = before;
  return former.length === 0 ? without : { ...before, former };
}

/** Check and impact were of other files. */
const withTexts = (draft: DraftWithTexts, files: RulebookTexts, at: string): DraftWithTexts => {
  const texts = inOrder(files);
  const former = withLast(draft.former ?? [], { at, files: formerFiles(draft.texts, texts) });
  const of = { texts, hash: hashOf(texts), former: former.length === 0 ? undefined : former };
  return changed(draft, at, { ...BACK, ...of, checked: undefined, impactRead: [] });
};

/** Records a check of the draft's files, whoever asked for it. */
export function recordCheck(draft: DraftWithTexts, check: DraftCheck, at: string): DraftWithTexts | Refused {
  const refusal = firstOf(
    notInState(draft, OPEN, 'checked'),
    check.hash === draft.hash
      ? undefined
      : refuse(
          'check-outdated',
          `The files changed during the check: it is about ${short(check.hash)}, but the draft now has ${short(draft.hash)}. Check it again.`,
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
          `The status of the impact report is ${impact.status}, and only a complete report can be read. Wait for it, or request another.`,
        ),
    impact.draft === draft.id && impact.hash === draft.hash
      ? undefined
      : refuse(
          'impact-outdated',
          `The impact report is about the files ${short(impact.hash)}, but this draft now has ${short(draft.hash)}. Request a new report.`,
        ),
  );
  if (refusal) return refusal;
  const { id, hash, against, numbers } = impact;
  // Whoever asked for a year or an LEA without rows has seen nothing of what the draft does.
  if (!numbers?.hasRows) return draft;
  const former = draft.impactRead.find((read) => samePerson(read.by, by));
  if (former?.impact === id) return draft;
  // A report for a few students, opened out of interest, takes back nothing.
  if (former?.against === against && former.numbers.coversNewestYear && !numbers.coversNewestYear) return draft;
  const others = draft.impactRead.filter((read) => read !== former);
  return changed(draft, at, {
    impactRead: [...others, { hash, against, impact: id, numbers, by: personOf(by), at }],
  });
}

/**
 * Puts the changes of a draft on top of another version than the one it was made from.
 * @param base the version that it was made from
 * @param onto the version that it is to take the place of
 * @param choices whose text stays where both changed the same place, by path of the file
 * @returns the draft as made from `onto`; a refusal that lists the places where both changed something
 */
export function rebase(
  draft: DraftWithTexts,
  {
    base,
    onto,
    choices,
  }: {
    readonly base: RulebookTexts;
    readonly onto: { readonly hash: string; readonly texts: RulebookTexts };
    readonly choices: Choices;
  },
  by: Actor,
  at: string,
): DraftWithTexts | Refused {
  const refusal = firstOf(
    notOpenTo(draft, by, 'rebased'),
    onto.hash === draft.from
      ? refuse('rebased-already', `The draft is made from the version ${short(onto.hash)} already. No action needed.`)
      : undefined,
  );
  if (refusal) return refusal;
  const { texts, conflicts } = mergeTexts(base, draft.texts, onto.texts, choices);
  if (conflicts.length > 0) {
    const details = conflicts.map(conflictInWords);
    const message = `The draft and the version ${short(onto.hash)} both changed the same: ${details[0]}${details.length > 1 ? ` There are ${details.length} such places.` : ''} Choose for each file whether yours or theirs stays, and rebase again; then change the file as it is to be.`;
    return { ...refuse('merge-conflict', message), details };
  }
  // What was changed before cannot be taken back: it was of other files.
  const { former: _, ...rebased } = withTexts(draft, texts, at);
  return { ...rebased, from: onto.hash };
}

/**
 * The author hands the draft to whoever approves it.
 * @param bases the versions that it may be made from (`basesAt`)
 */
export function submit(
  draft: DraftWithTexts,
  by: Actor,
  at: string,
  bases: readonly string[],
): DraftWithTexts | Refused {
  const refusal = firstOf(
    roleMissing(by),
    notTheAuthor(draft, by),
    notInState(draft, ['draft'], 'submitted'),
    reasonMissing(draft.reason),
    draft.hash === draft.from
      ? refuse(
          'nothing-changed',
          `The files are the same as in the version ${short(draft.from)}, from which the draft was made. Change a file, or delete the draft.`,
        )
      : undefined,
    notRebased(draft, bases, 'in effect or scheduled is'),
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
          `You wrote this draft. Ask somebody else to approve it, with a key that does not have the name "${draft.author.name}".`,
        )
      : undefined,
    draft.approvals.some((approval) => samePerson(approval, by))
      ? refuse(
          'approved-already',
          `You have already approved this draft. ${needed > 1 ? 'Ask another person to approve it too.' : 'It can be published.'}`,
        )
      : undefined,
    notInState(draft, takesMore, 'approved'),
    notChecked(draft),
    impactNotRead(draft, by),
  );
  if (refusal) return refusal;
  const read = draft.impactRead.find((reading) => samePerson(reading.by, by));
  const approvals = [
    ...draft.approvals,
    {
      ...personOf(by),
      at,
      ...(read && { read: { impact: read.impact, against: read.against, numbers: read.numbers } }),
    },
  ];
  return changed(draft, at, { approvals, state: approvals.length >= needed ? 'approved' : 'submitted' });
}

/**
 * Sends a draft back to its author, or takes one's own back. A published draft only after its publication was
 * withdrawn, or was held back when its moment came.
 * @param why for the author; may be empty
 */
export function reopen(
  draft: DraftWithTexts,
  by: Actor,
  at: string,
  { why, activations }: { readonly why: string; readonly activations: readonly Activation[] },
): DraftWithTexts | Refused {
  const isHeld = heldBack(activations).some(({ activation: { seq, from } }) => seq === draft.publishedAs && from <= at);
  const withdrawn =
    isHeld ||
    activations.some((activation) => activation.seq === draft.publishedAs && activation.withdrawnAt !== undefined);
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
