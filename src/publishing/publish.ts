/**
 * The steps that decide which version is in effect: a draft is published, an old version restored, an activation that has not
 * begun withdrawn. Like the other steps (`workflow.ts`) they only decide; whoever keeps the outcome does so only if the
 * activations are still those that it was decided on.
 */

import { counted } from '#base/text';
import type { Activation, NewActivation } from './activation.ts';
import { type Actor, personOf, samePerson } from './actor.ts';
import type { DraftWithTexts, WorkflowSettings } from './draft.ts';
import { changed } from './draft-changes.ts';
import { notChecked, notInState, notRebased, OPEN, reasonMissing, reasonTooLong, roleMissing } from './expectations.ts';
import { heldBack, inEffectAt } from './in-effect.ts';
import { firstOf, type Refused, refuse, short } from './refusals.ts';

/**
 * Publishes a draft. What it replaces is the version that will be in effect at that moment, and it must be made from
 * that very version: one made from an older one would undo, unseen, what took effect since. What is scheduled for later
 * and was made without it is held back from then on (`heldBack`): a repair of today does not wait for it.
 * @param activations all activations so far; the outcome holds for these only
 * @param from when it is to take effect, with the offset from UTC; at once when not given
 * @returns the draft and the activation to be kept together (`Store.publishDraft`)
 */
export function publish(
  draft: DraftWithTexts,
  by: Actor,
  at: string,
  {
    settings,
    activations,
    from,
  }: {
    readonly settings: WorkflowSettings;
    readonly activations: readonly Activation[];
    readonly from?: string | undefined;
  },
): { readonly draft: DraftWithTexts; readonly activation: NewActivation } | Refused {
  const begins = from === undefined ? at : momentOf(from);
  if (begins === undefined)
    return refuse(
      'moment-invalid',
      `"${from?.slice(0, 40)}" is not a time. Write day, time and offset from UTC, such as 2026-07-01T00:00:00-07:00, or leave it out to publish now.`,
    );
  const replaced = inEffectAt(activations, begins)?.hash;
  const refusal = firstOf(
    roleMissing(by),
    notInState(draft, OPEN, 'published'),
    notChecked(draft),
    replaced === draft.hash
      ? refuse('in-effect-already', 'These files are already in effect at that time. There is nothing to publish.')
      : undefined,
    notRebased(draft, replaced === undefined ? [] : [replaced], 'in effect at that time is'),
    notApproved(draft, settings),
    begins < at
      ? refuse(
          'moment-past',
          `${begins} is in the past; it is now ${at}. Choose a later time, or leave it out to publish now.`,
        )
      : undefined,
  );
  if (refusal) return refusal;
  const activation: NewActivation = {
    hash: draft.hash,
    from: begins,
    how: 'published',
    createdAt: at,
    by: personOf(by),
    author: draft.author,
    approvers: draft.approvals.map(({ at: _, ...approver }) => approver),
    base: draft.from,
    reason: draft.reason,
    draft: draft.id,
  };
  return { draft: changed(draft, at, { state: 'published' }), activation };
}

/** As activations hold moments: `undefined` for a text that is none. */
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

function notApproved(draft: DraftWithTexts, { approvals: needed }: WorkflowSettings): Refused | undefined {
  // One that rests on no impact report was given before this was asked for.
  const given = draft.approvals.filter(({ read }) => read !== undefined).length;
  if (given >= needed) return undefined;
  const todo =
    draft.state === 'draft'
      ? 'The author must submit it, then somebody else must approve it.'
      : 'Somebody who is not the author and has not approved it must approve it first.';
  return refuse('approvals-missing', `The draft has ${counted(given, 'approval')} and needs ${needed}. ${todo}`);
}

/**
 * Lets a version take effect again that was in effect before, at once. One person may do that, with a reason: it is the
 * way out when a publication went wrong, and this version was approved once, or came with the files. A second person
 * confirms it within a day (`confirm`). What is scheduled on top of another version is held back.
 */
export function restore(
  hash: string,
  by: Actor,
  at: string,
  { reason, activations }: { readonly reason: string; readonly activations: readonly Activation[] },
): NewActivation | Refused {
  const held = heldBack(activations).map(({ activation }) => activation);
  const refusal = firstOf(
    roleMissing(by),
    reasonMissing(reason),
    reasonTooLong(reason),
    activations.some(
      (activation) =>
        activation.hash === hash &&
        activation.withdrawnAt === undefined &&
        activation.from <= at &&
        !held.includes(activation),
    )
      ? undefined
      : refuse(
          'never-in-effect',
          `The version ${short(hash)} was never in effect, so nobody approved it. Make a draft from it, and ask somebody to approve it.`,
        ),
    inEffectAt(activations, at)?.hash === hash
      ? refuse('in-effect-already', `The version ${short(hash)} is already in effect. No action needed.`)
      : undefined,
  );
  return refusal ?? { hash, from: at, how: 'restored', createdAt: at, by: personOf(by), reason: reason.trim() };
}

/** Takes back an activation that has not begun (`Store.cancelActivation`); gives the activation. */
export function withdraw(seq: number, by: Actor, at: string, activations: readonly Activation[]): Activation | Refused {
  const missing = roleMissing(by);
  if (missing) return missing;
  const activation = activations.find((other) => other.seq === seq);
  if (!activation)
    return refuse(
      'no-such-activation',
      `There is no activation ${seq}; there are ${activations.length}. The list of versions says when each takes effect.`,
    );
  if (activation.withdrawnAt !== undefined)
    return refuse(
      'withdrawn-already',
      `Activation ${seq} was withdrawn on ${activation.withdrawnAt}. No action needed.`,
    );
  const isHeld = heldBack(activations).some((held) => held.activation === activation);
  if (activation.from <= at)
    return refuse(
      'begun-already',
      isHeld
        ? `Activation ${seq} was held back on ${activation.from}, and cannot be canceled any more. Reopen its draft and rebase it.`
        : `Activation ${seq} took effect on ${activation.from} and cannot be canceled. Restore the version that was in effect before it.`,
    );
  const isOnTop = ({ base, from }: Activation): boolean =>
    from > activation.from && (base === undefined || base === activation.hash);
  const later = activations.find((other) => other.withdrawnAt === undefined && isOnTop(other));
  return later
    ? refuse(
        'another-to-come',
        `Activation ${later.seq}, scheduled for ${later.from}, was made from the version of activation ${seq}. Cancel activation ${later.seq} first.`,
      )
    : activation;
}

/** How long a second person has to confirm that a version was to be restored. */
const CONFIRM_MS = 86_400_000;

/** Until when a second person is asked to confirm; `undefined` where nobody is asked. */
export const confirmUntil = ({ how, by, createdAt }: Activation): string | undefined =>
  how === 'restored' && by !== undefined ? new Date(Date.parse(createdAt) + CONFIRM_MS).toISOString() : undefined;

/** A second person confirms what somebody restored (`Store.confirmActivation`); gives the activation. */
export function confirm(seq: number, by: Actor, activations: readonly Activation[]): Activation | Refused {
  const missing = roleMissing(by);
  if (missing) return missing;
  const activation = activations.find((other) => other.seq === seq);
  if (!activation || confirmUntil(activation) === undefined)
    return refuse(
      'not-restored',
      `There is no activation ${seq} by which somebody restored a version. The list of versions says what waits to be confirmed.`,
    );
  if (activation.confirmed)
    return refuse(
      'confirmed-already',
      `${activation.confirmed.name} confirmed activation ${seq} on ${activation.confirmed.at}. No action needed.`,
    );
  return activation.by && samePerson(activation.by, by)
    ? refuse(
        'own-restore',
        `You restored this version. Ask somebody else to confirm it, with a key that does not have the name "${activation.by.name}".`,
      )
    : activation;
}
