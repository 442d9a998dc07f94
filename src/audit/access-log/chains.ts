/**
 * The chains of an access log. A service that has its store to itself writes one, in the folder of the store. Services
 * that share a folder write one each, in folders of their own: `access-logs/1`, `access-logs/2`, … Each has all that a
 * log has: the files, the head and the lock.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainEnd } from './chain.ts';
import {
  asides,
  holdsAccessLog,
  type LogPlace,
  orMissing,
  type ReadLine,
  type Verdict,
  verifyAccessLog,
} from './read.ts';

/** The folder of the chains, in the folder that services share. */
export const CHAINS = 'access-logs';

/** The name of the chain in the folder itself. */
export const OWN_CHAIN = '';

const NAME = /^[1-9]\d{0,8}$/;

/** The folder of a chain. @param dir the folder that services share */
export const chainFolder = (dir: string, name: string): string => (name === OWN_CHAIN ? dir : join(dir, CHAINS, name));

/** How a chain is named to people, before what is said of it; nothing where there is only the one. */
export const chainWords = (name: string): string => (name === OWN_CHAIN ? '' : `chain ${name}`);

/** Whether a folder holds a chain, or what is left of one. */
const holdsChain = async (dir: string): Promise<boolean> =>
  existsSync(dir) && ((await holdsAccessLog(dir)) || (await asides(dir)).length > 0);

/**
 * The chains of a log, by name: that of the folder itself, and then by number. One of the folder itself is always there
 * where there is no other.
 */
export async function chainsOf(dir: string): Promise<readonly string[]> {
  const names = ((await readdir(join(dir, CHAINS)).catch(orMissing)) ?? []).filter((name) => NAME.test(name));
  const found: string[] = [];
  for (const name of names.sort(byNumber)) if (await holdsChain(chainFolder(dir, name))) found.push(name);
  return found.length === 0 || (await holdsChain(dir)) ? [OWN_CHAIN, ...found] : found;
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

/** What is known of chains elsewhere: the number and hash of an entry that each has. */
export type Anchors = ReadonlyMap<string, ChainEnd>;

export interface ChainVerdict extends Verdict {
  /** The name of the chain. */
  readonly chain: string;
}

export interface ChainsPlace extends Omit<LogPlace, 'anchor'> {
  /** Held to the chains when given: one that is missing or ends before its anchor has a fault. */
  readonly anchors?: Anchors | undefined;
}

/**
 * Verifies all chains of a log, as `verifyAccessLog` does one.
 * @param dir the folder of the store, or the one that services share
 * @param onLine told of each line of all chains, in the order of time; what it returns is waited for
 * @throws Error when the log cannot be read
 */
export async function verifyChains(
  dir: string,
  onLine?: (line: ReadLine, chain: string) => Promise<void> | void,
  { anchors = new Map(), archive, onProgress, ...place }: ChainsPlace = {},
): Promise<readonly ChainVerdict[]> {
  const there = await chainsOf(dir);
  const missing = Array.from(anchors).filter(([name, { number }]) => number > 0 && !there.includes(name));
  const progress = new Progress(anchors, onProgress);
  const turns = onLine && there.length > 1 ? new Turns(there, onLine) : undefined;
  const verify = async (chain: string): Promise<ChainVerdict> => {
    const told = turns
      ? (line: ReadLine) => turns.wait(chain, line)
      : onLine && ((line: ReadLine) => onLine(line, chain));
    const verdict = await verifyAccessLog(chainFolder(dir, chain), told, {
      ...place,
      archive: archiveOf(archive, chain),
      anchor: anchors.get(chain),
      onProgress: (entry, last) => progress.tell(chain, entry, last),
    }).finally(() => turns?.leave(chain));
    return { chain, ...verdict };
  };
  const verdicts: ChainVerdict[] = [];
  if (turns)
    for (const each of await Promise.allSettled(there.map(verify))) {
      if (each.status === 'rejected') throw each.reason;
      verdicts.push(each.value);
    }
  else for (const chain of there) verdicts.push(await verify(chain));
  return [...verdicts, ...missing.map(([chain, anchor]) => missed(chain, anchor))].sort((a, b) =>
    byNumber(a.chain, b.chain),
  );
}

/** Files that were put aside are moved with the folders of their chains. */
function archiveOf(archive: string | undefined, chain: string): string | undefined {
  const dir = archive === undefined ? undefined : chainFolder(archive, chain);
  return dir === undefined || (chain !== OWN_CHAIN && !existsSync(dir)) ? undefined : dir;
}

const missed = (chain: string, { number }: ChainEnd): ChainVerdict => ({
  chain,
  end: { number: 0, hash: '0'.repeat(64) },
  fault: {
    entry: 1,
    reason: `the folder ${CHAINS}/${chain} holds no log, and the database names log entry ${number}: the chain was removed, or its folder is elsewhere`,
  },
});

/** How far all chains together are. */
class Progress {
  readonly #told: LogPlace['onProgress'];
  readonly #chains: Map<string, readonly [entry: number, last: number]>;

  constructor(anchors: Anchors, told: LogPlace['onProgress']) {
    this.#told = told;
    this.#chains = new Map(Array.from(anchors, ([name, { number }]) => [name, [0, number]]));
  }

  tell(chain: string, entry: number, last: number): void {
    this.#chains.set(chain, [entry, last]);
    const all = [...this.#chains.values()];
    this.#told?.(
      all.reduce((sum, [entries]) => sum + entries, 0),
      all.reduce((sum, [, lasts]) => sum + lasts, 0),
    );
  }
}

interface Waiting {
  readonly line: ReadLine;
  readonly go: (told: Promise<void>) => void;
}

/** Lets readers of several chains tell their lines in the order of time: each waits until its line is the oldest. */
class Turns {
  readonly #tell: (line: ReadLine, chain: string) => Promise<void> | void;
  readonly #reading: Set<string>;
  readonly #waiting = new Map<string, Waiting>();

  constructor(chains: readonly string[], tell: (line: ReadLine, chain: string) => Promise<void> | void) {
    this.#tell = tell;
    this.#reading = new Set(chains);
  }

  /** Resolves when the line was told. */
  wait(chain: string, line: ReadLine): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(chain, { line, go: resolve });
      this.#next();
    });
  }

  /** A chain has no more lines. */
  leave(chain: string): void {
    this.#reading.delete(chain);
    this.#next();
  }

  #next(): void {
    if (this.#waiting.size === 0 || this.#waiting.size < this.#reading.size) return;
    // A line that cannot be read has no time, and stays where it stands.
    const timed = Array.from(this.#waiting, ([name, { line }]) => [name, String(line.entry?.time ?? '')] as const);
    const [chain] = timed.reduce((oldest, each) => (each[1] < oldest[1] ? each : oldest));
    const { line, go } = this.#waiting.get(chain) as Waiting;
    this.#waiting.delete(chain);
    go((async () => this.#tell(line, chain))());
  }
}
