/**
 * Who writes which chain of the access log, where several services share a store and its files: each has a chain of its
 * own. A store in a folder has none of this: one service uses it, and writes one log.
 */

/** The last entry of a chain that is known to be on the disk: its number and hash. Number 0: none yet. */
export interface ChainAnchor {
  readonly number: number;
  readonly hash: string;
}

/**
 * So long after its holder looked, a chain is surely held. Whoever takes up the chain of one that died waits twice as
 * long, so the two never write at the same time.
 */
export const SURE_MS = 500;

export interface AccessChains {
  /** What is noted of each chain, by its name: a whole number from 1. */
  anchors(): Promise<ReadonlyMap<string, ChainAnchor>>;
  /**
   * Takes a chain that nobody holds; it is made when there is none of this name. It is free again when it is released,
   * or when the process or the connection of its holder has ended.
   * @returns `undefined` when somebody else holds it
   */
  take(name: string): Promise<HeldChain | undefined>;
}

export interface HeldChain {
  readonly name: string;
  /** As it was noted when it was taken. */
  readonly anchor: ChainAnchor;
  /** Whether it is still held. */
  isHeld(): Promise<boolean>;
  /** Notes the last entry, if the chain is still held. */
  note(end: ChainAnchor): Promise<void>;
  /**
   * Takes it once more, after it was lost.
   * @returns false when somebody else holds it
   */
  again(): Promise<boolean>;
  /** Lets somebody else have it. @param end the last entry; what is noted stays when it is not given */
  release(end?: ChainAnchor): Promise<void>;
}
