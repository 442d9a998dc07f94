/**
 * The access log of one of several services that share a store and its folder: it writes a chain of its own, the first
 * that nobody holds. The chain of a service that ended is taken up by the next, so there are no more chains than services
 * that ran side by side. Who may write a chain is decided in the database (`store/access-chains.ts`); the lock in its
 * folder keeps off what runs on the same machine besides.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type AccessLog, openAccessLog } from '#audit/access-log/access-log';
import { AccessLogError } from '#audit/access-log/access-log-error';
import type { Access, ChainEnd } from '#audit/access-log/chain';
import type { ChainHold } from '#audit/access-log/chain-writer';
import { CHAINS, chainFolder } from '#audit/access-log/chains';
import { flushFolder } from '#audit/access-log/log-file';
import { type AccessChains, type HeldChain, SURE_MS } from '#store/access-chains';

export interface ReplicaLogOptions {
  /** The folder that the services share, which exists. */
  readonly dir: string;
  readonly chains: AccessChains;
  readonly clock: () => Date;
  /** Milliseconds that only go up. */
  readonly now: () => number;
  readonly mostBytes?: number | undefined;
  /** How long a chain is held without looking, and how long after it was written an entry is noted; tests give others. */
  readonly sureMs?: number;
  readonly noteMs?: number;
  /** Told of a chain that cannot be gone on with: it was changed, or something else writes it. */
  readonly onPassedOver?: (name: string, error: AccessLogError) => void;
}

/** The last entry is noted in the database at most so often. */
const NOTE_MS = 1_000;
/** No more services than this share a store. */
const MOST_CHAINS = 10_000;

/**
 * Opens the first chain that nobody holds, and takes it up; makes one when all are held.
 * @throws StoreTroubleError when the database does not answer; Error when a chain cannot be read or written
 */
export async function openReplicaLog(options: ReplicaLogOptions): Promise<AccessLog & { readonly chain: string }> {
  const log = new ReplicaLog(options);
  await log.open();
  return log;
}

interface Opened {
  readonly log: AccessLog;
  readonly hold: NotingHold;
}

/** Writes one chain as long as it is held, and then another. */
class ReplicaLog implements AccessLog {
  readonly #options: ReplicaLogOptions;
  #opened: Opened | undefined;
  #opening: Promise<Opened> | undefined;
  #isClosed = false;

  constructor(options: ReplicaLogOptions) {
    this.#options = options;
  }

  /** The name of the chain that is written; '' while there is none. */
  get chain(): string {
    return this.#opened?.hold.name ?? '';
  }

  async open(): Promise<void> {
    await this.#mine();
  }

  enter(access: Access): Promise<void> {
    return this.#with((log) => log.enter(access));
  }

  ready(): Promise<void> {
    return this.#with((log) => log.ready());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#opening?.catch(() => {});
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened) await letGo(opened);
  }

  async #with(act: (log: AccessLog) => Promise<void>): Promise<void> {
    const { log, hold } = await this.#mine();
    try {
      await act(log);
    } catch (error) {
      // It does not end as this service left it: whoever opens it again finds out whether it can be gone on with.
      if (error instanceof AccessLogError) hold.isGone = true;
      throw error;
    }
  }

  async #mine(): Promise<Opened> {
    if (this.#isClosed) throw new AccessLogError('the access log is closed');
    if (this.#opened && !this.#opened.hold.isGone) return this.#opened;
    this.#opening ??= this.#another().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #another(): Promise<Opened> {
    const former = this.#opened;
    this.#opened = undefined;
    if (former) await letGo(former).catch(() => {});
    for (let n = 1; n <= MOST_CHAINS; n++) {
      const held = await this.#options.chains.take(String(n));
      const opened = held && (await this.#openHeld(held));
      if (!opened) continue;
      this.#opened = opened;
      return opened;
    }
    throw new AccessLogError(
      `none of the chains 1 to ${MOST_CHAINS} of the access log in "${this.#options.dir}" is free`,
    );
  }

  async #openHeld(held: HeldChain): Promise<Opened | undefined> {
    const { dir, clock, mostBytes, onPassedOver } = this.#options;
    const hold = new NotingHold(held, this.#options);
    try {
      const folder = chainFolder(dir, held.name);
      if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) {
        await flushFolder(join(dir, CHAINS));
        await flushFolder(dir);
      }
      return { log: await openAccessLog(folder, { clock, mostBytes, hold }), hold };
    } catch (error) {
      await hold.release();
      if (!(error instanceof AccessLogError)) throw error;
      onPassedOver?.(held.name, error);
      return undefined;
    }
  }
}

/** A chain that cannot be noted any more is free as soon as the connection ends. */
async function letGo({ log, hold }: Opened): Promise<void> {
  try {
    await log.close();
  } finally {
    await hold.release().catch(() => {});
  }
}

/** Holds a chain, and notes its last entry now and then. */
class NotingHold implements ChainHold {
  readonly #chain: HeldChain;
  readonly #now: () => number;
  readonly #sureMs: number;
  readonly #noteMs: number;
  isHeld = true;
  /** Whether this chain is to be given up. */
  isGone = false;
  /** When it was last known to be held. */
  #sureAt = Number.NEGATIVE_INFINITY;
  #end: ChainEnd | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(chain: HeldChain, { now, sureMs = SURE_MS, noteMs = NOTE_MS }: ReplicaLogOptions) {
    this.#chain = chain;
    this.#now = now;
    this.#sureMs = sureMs;
    this.#noteMs = noteMs;
  }

  get name(): string {
    return this.#chain.name;
  }

  get anchor(): ChainEnd {
    return this.#chain.anchor;
  }

  async confirm(): Promise<boolean> {
    const asked = this.#now();
    if (this.isHeld && asked - this.#sureAt < this.#sureMs) return false;
    // Not known until the database has answered.
    this.isHeld = false;
    const wasLost = !(await this.#chain.isHeld());
    if (wasLost) {
      this.isGone = !(await this.#chain.again());
      if (this.isGone)
        throw new AccessLogError(
          `another service took chain ${this.name} of the access log while the connection to the database was lost; this one goes on in another chain`,
        );
    }
    this.isHeld = true;
    this.#sureAt = asked;
    return wasLost;
  }

  flushed(end: ChainEnd): void {
    this.#end = { number: end.number, hash: end.hash };
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // It is noted after the next entry, or at the end.
      if (this.#end) this.#chain.note(this.#end).catch(() => {});
    }, this.#noteMs).unref();
  }

  /** Lets another service have the chain, and notes its last entry if any was written or found. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#chain.release(this.#end);
  }
}
