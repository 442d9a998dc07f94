/** Why a step of the workflow is not taken: the codes, and how a step says so. */

/** Every code of a refusal. */
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
  'not-rebased',
  'merge-conflict',
  'rebased-already',
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
  'in-effect-already',
  'never-in-effect',
  'no-such-activation',
  'withdrawn-already',
  'begun-already',
  'not-restored',
  'own-restore',
  'confirmed-already',
] as const;

/** Why a step is not taken: a code for programs, and for people what was found, what is expected and what to do. */
export interface Refused {
  readonly refused: (typeof REFUSALS)[number];
  readonly message: string;
  /** Each of several things at fault, where the message names only the first. */
  readonly details?: readonly string[];
}

/** Whether a step was refused. */
export const isRefused = (outcome: object): outcome is Refused => 'refused' in outcome;

/** @param message what was found, what is expected and what to do */
export const refuse = (refused: Refused['refused'], message: string): Refused => ({ refused, message });

/** The first refusal, if any: steps list what they expect in the order in which people would put it right. */
export const firstOf = (...expectations: readonly (Refused | undefined)[]): Refused | undefined =>
  expectations.find((refusal) => refusal !== undefined);

/** Hashes as messages show them. */
export const short = (hash: string): string => hash.slice(0, 12);
