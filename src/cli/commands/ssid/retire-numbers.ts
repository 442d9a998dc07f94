/** What `cenr ssid retire`, `cenr ssid undo` and `cenr ssid follow` do. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { newId } from '#base/ids';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { today } from '#cli/clock';
import { LOAD_MAKES_ONE, withExistingStore } from '#cli/open-store';
import { rulebookFrom } from '#cli/rulebook-from';
import { say } from '#cli/summary';
import { readReplacements } from '#identity/replacements';
import { doubleWords, shownDoubles } from '#pipeline/double-records';
import { type Retired, type RetireOptions, retireSSIDs, undoRetirement } from '#pipeline/retire-ssids';
import { RetirementRefusedError } from '#store/ssids';
import type { Store } from '#store/store';

interface StoreAndRules {
  readonly store: string;
  readonly rules?: string;
}

export interface RetireCommandOptions extends StoreAndRules {
  readonly why: string;
  readonly day?: string;
}

export interface UndoOptions extends StoreAndRules {
  readonly why: string;
}

export interface FollowOptions extends StoreAndRules {
  readonly lea: string;
  readonly day?: string;
}

/** Who retires on the command line. */
const BY = 'command line';
const MOST_DOUBLES = 20;
const SSID = /^[0-9]{10}$/;

/** @throws UserError when one of the numbers is not ten digits or nobody's; RetirementRefusedError */
export async function retire(old: string, next: string, options: RetireCommandOptions): Promise<void> {
  for (const ssid of [old, next])
    if (!SSID.test(ssid)) throw new UserError(`"${ssid}" is no SSID; expected ten digits`);
  await change(options, async (store, how, now) => {
    for (const ssid of [old, next])
      if (!(await store.ssids.wasIssued(ssid)))
        throw new UserError(`the SSID ${ssid} is nobody's in this store; expected one that was loaded or assigned`);
    const entry = { at: now.toISOString(), by: BY, day: options.day ?? today(now), why: options.why };
    const done = await retireSSIDs([{ ...entry, retired: old, replacement: next }], how);
    say([`${old} is retired; ${next} replaces it`, ...(await whatCame(done, store))]);
  });
}

/** @throws RetirementRefusedError */
export async function undo(old: string, options: UndoOptions): Promise<void> {
  await change(options, async (_, how, now) => {
    await undoRetirement(old, { at: now.toISOString(), by: BY, why: options.why }, how);
    say([`${old} is active again`]);
  });
}

/**
 * Retires what a Replacement SSID file says, as `cenr ssid follow` does.
 * @throws UserError naming the line at fault: nothing is retired then
 */
export async function follow(file: string, options: FollowOptions): Promise<void> {
  if (!existsSync(file)) throw new UserError(`there is no file "${file}"; give the Replacement SSID extract`);
  const name = basename(file);
  const lines = readReplacements(readFileSync(file, 'utf8'), name, options.lea);
  await change(options, async (store, how, now) => {
    const known = new Map((await store.ssids.retirements()).map(({ retired, replacement }) => [retired, replacement]));
    const wanted = lines.filter(({ retired, replacement }) => known.get(retired) !== replacement);
    const entry = { at: now.toISOString(), by: BY, day: options.day ?? today(now) };
    const asked = wanted.map(({ retired, replacement, line }) => ({
      ...{ ...entry, retired, replacement, why: `said by line ${line} of ${name}` },
    }));
    try {
      const done = asked.length > 0 ? await retireSSIDs(asked, how) : { moved: 0, doubles: [] };
      say([
        `retired       ${grouped(wanted.length)}`,
        `known before  ${grouped(lines.length - wanted.length)}`,
        ...(await whatCame(done, store)),
      ]);
    } catch (error) {
      if (!(error instanceof RetirementRefusedError)) throw error;
      throw new UserError(`${wanted[error.index]?.place}: ${error.message}. Nothing was done`);
    }
  });
}

async function change(
  options: StoreAndRules,
  work: (store: Store, how: RetireOptions, now: Date) => Promise<void>,
): Promise<void> {
  const rulebook = await rulebookFrom(options);
  const now = new Date();
  await withExistingStore(
    options.store,
    (store) => {
      const id = newId('upload', now.getTime(), randomBytes(10));
      return work(store, { store, rulebook, id, loadDay: today(now) }, now);
    },
    LOAD_MAKES_ONE,
  );
}

/** What became of records, and which of two with one key hold. */
async function whatCame({ moved, doubles }: Retired, store: Store): Promise<string[]> {
  const shown = await shownDoubles(store, doubles.slice(0, MOST_DOUBLES));
  return [
    `records moved ${grouped(moved)}`,
    ...shown.map((double) => `  ${doubleWords(double)}`),
    ...(doubles.length > MOST_DOUBLES ? [`  and ${grouped(doubles.length - MOST_DOUBLES)} more`] : []),
    ...(doubles.length > 0 ? ['cenr records --ssid lists them again'] : []),
  ];
}
