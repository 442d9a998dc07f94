/** What a register of SSIDs refuses, and what of it was once, whichever store keeps it. Numbers are those of SSIDs. */
import { UserError } from '#base/user-error';
import { ssidText } from '#records/ssid';
import { type KeptRetirement, type Retirement, RetirementRefusedError, type Undone } from './ssids.ts';

/** A row of the table of retired numbers. */
export interface RetiredRow<Entry> {
  readonly ssid: number;
  readonly replacement: number;
  readonly upload: number;
  readonly entry: Entry;
}

export type RetirementEntry = Omit<Retirement, 'retired' | 'replacement'>;

export const retirementOf = ({ ssid, replacement, upload, entry }: RetiredRow<RetirementEntry>): KeptRetirement => ({
  retired: ssidText(ssid),
  replacement: ssidText(replacement),
  upload,
  ...entry,
});

/** Of retirements that were undone: those that were in effect at a snapshot. */
export const inEffectAt = (undone: readonly Undone[], snapshot: number): readonly Undone[] =>
  undone.filter(({ upload, undone: { upload: until = 0 } }) => upload <= snapshot && until > snapshot);

/** In ascending order of the retired number. */
export const byRetired = (found: ReadonlyMap<string, Retirement>): readonly Retirement[] =>
  [...found.values()].sort((a, b) => (a.retired < b.retired ? -1 : 1));

/**
 * @param known the number that replaces the retired one already
 * @param active the number that stands for the replacement
 * @throws RetirementRefusedError for a retirement that cannot be
 */
export function refuseRetiring(
  { retired, replacement }: Retirement,
  { known, active }: { readonly known: number | undefined; readonly active: number },
  index: number,
): void {
  const refuse = (says: string): never => {
    throw new RetirementRefusedError(says, index);
  };
  if (retired === replacement) refuse(`${retired} cannot replace itself; give the other number`);
  if (known !== undefined) refuse(`${retired} is retired already, in favor of ${ssidText(known)}; undo that first`);
  const standing = ssidText(active);
  if (standing === retired)
    refuse(`${replacement} is itself retired in favor of ${retired}; the two would replace each other in a circle`);
  if (standing !== replacement)
    refuse(`${replacement} is retired; expected an active number. ${standing} stands for it`);
}

export const notRetired = (ssid: number): RetirementRefusedError =>
  new RetirementRefusedError(`${ssidText(ssid)} is not retired; there is nothing to undo`);

/** @param later what was retired since */
export const restsOnIt = (
  ssid: number,
  later: Pick<RetiredRow<unknown>, 'ssid' | 'replacement'>,
): RetirementRefusedError =>
  new RetirementRefusedError(
    `${ssidText(later.ssid)} was retired in favor of ${ssidText(later.replacement)} since ${ssidText(ssid)} was retired; undo that first`,
  );

/** That a chosen number is retired. */
export const chosenRetired = (chosen: string, active: number): UserError =>
  new UserError(`the SSID ${chosen} is retired; ${ssidText(active)} stands for it`);

export const chosenUnknown = (chosen: string): UserError =>
  new UserError(`the SSID ${chosen} is nobody's in this store; choose a candidate, or NEW`);

/** Of a hundred million numbers nearly all are free: as many in a row that are not mean that something is wrong. */
export const MOST_DRAWS = 10_000;

export const usedUp = (): UserError =>
  new UserError(`${MOST_DRAWS} numbers in a row were issued before; the range of new numbers is used up`);
