/**
 * Delivers what is told when jobs end. The store is the list of what is still to be told, so nothing is lost with the
 * process. At least once: a try is noted before it begins, so that one whose end could not be noted is made again, but
 * never more often than `TRIES` in all. Of several processes that share the store the one makes it that could note it.
 */
import { WokenWork } from '#base/woken-work';
import type { Delivery } from '#store/delivery';
import type { Store } from '#store/store';

export const TRIES = 8;
/** Milliseconds from the first try to the second; each pause after it is FACTOR times as long: two days in all. */
export const FIRST_PAUSE = 30_000;
export const FACTOR = 4;

/** So many are under way side by side: one that does not answer must not hold up the others. */
const AT_ONCE = 8;
/** After so long a store that failed is tried again. */
const RETRY_MS = 30_000;
/** The clock may be set meanwhile. */
const LONGEST_SLEEP_MS = 3_600_000;

/** Why something could not be delivered, in words that whoever sees the job may read. */
export class NotDeliveredError extends Error {
  /** Another try would end the same. */
  readonly isFinal: boolean;
  constructor(message: string, isFinal = false) {
    super(message);
    this.name = 'NotDeliveredError';
    this.isFinal = isFinal;
  }
}

export interface OutboxOptions {
  readonly store: Pick<Store, 'outbox'>;
  readonly clock: () => Date;
  /**
   * Tries once.
   * @throws NotDeliveredError; any other error is a fault of the program
   */
  readonly deliver: (delivery: Delivery, signal: AbortSignal) => Promise<void>;
  /** Told what became of a try, with the error of one that failed. */
  readonly onTried: (delivery: Delivery, state: Delivery['state'], error?: unknown) => void;
  /** Told when the store fails. */
  readonly onTrouble: (error: unknown) => void;
}

/** Nothing is delivered before it is started. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #abort = new AbortController();
  readonly #delivering: WokenWork;
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#delivering = new WokenWork(
      async () => {
        clearTimeout(this.#timer);
        await this.#work();
        await this.#sleep();
      },
      (error) => {
        this.#wakeIn(RETRY_MS);
        options.onTrouble(error);
      },
    );
  }

  /** There may be something to deliver. */
  wake(): void {
    this.#delivering.wake();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#delivering.idle();
  }

  /** Begins nothing more; what is under way has `graceMs` to end, and is made again by the next start if it does not. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#abort.abort(), graceMs);
    await this.#delivering.stop();
    clearTimeout(timer);
  }

  async #work(): Promise<void> {
    while (!this.#stopping) {
      const due = await this.#options.store.outbox.due(this.#options.clock().toISOString(), AT_ONCE);
      if (due.length === 0) return;
      await Promise.all(due.map((delivery) => this.#try(delivery)));
    }
  }

  async #try(delivery: Delivery): Promise<void> {
    const { store, clock, deliver, onTried } = this.#options;
    const { id } = delivery;
    /** @param fromTries unless another try was begun, or it is over; whatever became of it when absent */
    const end = (
      state: Delivery['state'],
      change: { deliveredAt?: string; failure?: string | undefined },
      fromTries?: number,
    ): Promise<boolean> =>
      store.outbox.update(id, { ...change, state, ...(state !== 'waiting' && { nextTry: undefined }) }, fromTries);
    // The process died in the last one.
    if (delivery.tries >= TRIES) return void (await end('not delivered', {}, delivery.tries));
    const tries = delivery.tries + 1;
    const pause = FIRST_PAUSE * FACTOR ** (tries - 1);
    const nextTry = new Date(clock().getTime() + pause).toISOString();
    // Another process makes it.
    if (!(await store.outbox.update(id, { state: 'waiting', tries, nextTry }, delivery.tries))) return;
    try {
      await deliver(delivery, this.#abort.signal);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const told = error instanceof NotDeliveredError;
      const state = tries === TRIES || (told && error.isFinal) ? 'not delivered' : 'waiting';
      const failure = told ? error.message : 'The log of the service has the cause, with the id of this delivery';
      await end(state, { failure }, tries);
      return onTried(delivery, state, error);
    }
    await end('delivered', { deliveredAt: clock().toISOString(), failure: undefined });
    onTried(delivery, 'delivered');
  }

  /** Until the next try is due. */
  async #sleep(): Promise<void> {
    const next = await this.#options.store.outbox.nextTry();
    if (next === undefined) return;
    const ms = Date.parse(next) - this.#options.clock().getTime();
    this.#wakeIn(Math.min(Math.max(ms, 0), LONGEST_SLEEP_MS));
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopping) this.#timer = setTimeout(() => this.wake(), ms).unref();
  }
}
