/**
 * Counts of requests for limits that hold over all processes that share a store. Each counts in memory, so that no request
 * waits for the database, and exchanges what it counted with the others a few times a second; while the database is away,
 * each counts alone.
 */
import type { FastifyRateLimitOptions, FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import { LRUCache } from 'lru-cache';
import type { Counted, Replicas } from '#store/replicas';

/** So often, at most, counts are exchanged. */
const EXCHANGE_MS = 250;
/** So many names are counted at a time, as the store of the library does; those that were counted longest ago go first. */
const MOST_NAMES = 5_000;

interface Count {
  /** As all counted it when that was last exchanged, and what was counted here since. */
  shared: number;
  own: number;
  /** When its time is over, by the clock of this process. */
  until: number;
}

export interface SharedCountsOptions {
  readonly replicas: Pick<Replicas, 'count'>;
  /** Milliseconds that only go up. */
  readonly now: () => number;
  /** Told when counts cannot be exchanged: once, until they can be again. */
  readonly onTrouble: (error: unknown) => void;
}

export class SharedCounts {
  readonly #options: SharedCountsOptions;
  /** Names of which something was counted here that the others do not know yet. */
  readonly #changed = new Set<string>();
  readonly #counts = new LRUCache<string, Count>({
    max: MOST_NAMES,
    dispose: (_, name, why) => why === 'evict' && this.#changed.delete(name),
  });
  #exchanging: Promise<void> | undefined;
  #exchanged = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isTroubled = false;

  constructor(options: SharedCountsOptions) {
    this.#options = options;
  }

  /** Counts one more; gives how many there were in its time, and the milliseconds that are left of that. */
  add(name: string, windowMs: number): { readonly current: number; readonly ttl: number } {
    const now = this.#options.now();
    const found = this.#counts.get(name);
    const count = found && found.until > now ? found : { shared: 0, own: 0, until: now + windowMs };
    count.own++;
    this.#counts.set(name, count);
    this.#changed.add(name);
    this.#exchangeSoon();
    return { current: count.shared + count.own, ttl: count.until - now };
  }

  /** Resolves when nothing is being exchanged. */
  async idle(): Promise<void> {
    await this.#exchanging;
  }

  /** Exchanges nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.idle();
  }

  /** The store that the library counts with. */
  store(): FastifyRateLimitStoreCtor {
    const counts = this;
    return class CountsOfRoute implements FastifyRateLimitStore {
      readonly #route: string;
      constructor(_options: FastifyRateLimitOptions, route = '') {
        this.#route = route;
      }
      incr(key: string, done: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
        done(null, counts.add(`${this.#route} ${key}`, windowMs));
      }
      /** The count of a route that has a limit of its own. */
      child(options: unknown): FastifyRateLimitStore {
        const { routeInfo } = options as { readonly routeInfo: { readonly method?: string; readonly url?: string } };
        return new CountsOfRoute({}, `${routeInfo.method} ${routeInfo.url}`);
      }
    };
  }

  #exchangeSoon(): void {
    if (this.#isClosed || this.#exchanging || this.#timer) return;
    const wait = this.#exchanged + EXCHANGE_MS - this.#options.now();
    if (wait <= 0) this.#exchange();
    else
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#exchange();
      }, wait).unref();
  }

  #exchange(): void {
    this.#exchanged = this.#options.now();
    const sent = this.#toSend();
    this.#exchanging = this.#options.replicas
      .count(sent)
      .then(
        (counted) => {
          this.#isTroubled = false;
          this.#take(counted);
        },
        // Each counts alone; what was counted here is told when the database is there again.
        (error: unknown) => {
          for (const { name, count } of sent) this.#giveBack(name, count);
          if (!this.#isTroubled && !this.#isClosed) this.#options.onTrouble(error);
          this.#isTroubled = true;
        },
      )
      .finally(() => {
        this.#exchanging = undefined;
        if (this.#changed.size > 0) this.#exchangeSoon();
      });
  }

  /** What was counted here and is not told yet: it counts as shared from now on. */
  #toSend(): Counted[] {
    const now = this.#options.now();
    const sent: Counted[] = [];
    for (const name of this.#changed) {
      const count = this.#counts.peek(name);
      if (!count || count.until <= now) continue;
      sent.push({ name, count: count.own, ms: count.until - now });
      count.shared += count.own;
      count.own = 0;
    }
    this.#changed.clear();
    return sent;
  }

  #take(counted: readonly Counted[]): void {
    const now = this.#options.now();
    for (const { name, count: shared, ms } of counted) {
      const count = this.#counts.peek(name);
      // Its time may have ended meanwhile.
      if (!count || count.until <= now) continue;
      count.shared = shared;
      count.until = now + ms;
    }
  }

  #giveBack(name: string, own: number): void {
    const count = this.#counts.peek(name);
    if (!count || count.shared < own) return;
    count.shared -= own;
    count.own += own;
    this.#changed.add(name);
  }
}
