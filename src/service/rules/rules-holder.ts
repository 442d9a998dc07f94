/**
 * Holds the rulebook in force, which may change while the service runs. A request takes it once, when it begins, and
 * keeps to it; so do an upload and an extract. What is in force is what the entries of the store say (activation.ts),
 * and the files the service was started with as long as these say nothing.
 *
 * There are no timers: whoever asks for the rules in force has the entries looked at when a version is due, and
 * otherwise now and then, since another process may have made one. A version that cannot be loaded leaves the one
 * before it in force, and is reported.
 */
import type { FastifyBaseLogger } from 'fastify';
import { inForceAt } from '#publishing/activation';
import type { TakesForce, TookForce } from '#publishing/took-force';
import type { Rulebook } from '#rulebook/load/assemble';
import { describeFinding, RulebookLoadError } from '#rulebook/load/load';
import type { Store } from '#store/store';
import type { ClosableThreads } from '../evaluations/line-threads.ts';
import type { ServiceMetrics } from '../plugins/metrics.ts';
import type { RefusedRules, Rules, RulesInForce } from './in-force.ts';
import { type PreparedRules, preparedRules } from './prepared-rules.ts';
import { PreparedVersions } from './prepared-versions.ts';

/** An entry that another process made is seen after so many milliseconds. */
const LOOK_MS = 500;

/** Of a log line, so much. */
const MOST_FINDINGS = 20;

const findingsOf = (error: unknown): string[] | undefined =>
  error instanceof RulebookLoadError ? error.findings.slice(0, MOST_FINDINGS).map(describeFinding) : undefined;

/** Who holds the rules in force lives in a service that has these. */
export interface RulesHost {
  readonly store: Store;
  readonly clock: () => Date;
  readonly metrics: Pick<ServiceMetrics, 'rulebook' | 'rulesRefused'>;
  readonly log: FastifyBaseLogger;
}

export class RulesHolder {
  readonly #host: RulesHost;
  readonly #files: Rulebook;
  readonly #versions: PreparedVersions;
  /** Threads that are ending. */
  readonly #closing = new Set<Promise<void>>();
  /** Versions that could not be loaded when they were to take force: trying again would give the same. */
  readonly #broken = new Map<string, Omit<RefusedRules, 'entry'>>();
  /** The files of the watched folder, when they cannot be used. */
  #ofFolder: RefusedRules | undefined;
  /** What the entries would have in force and cannot be used. */
  #passedOver: readonly RefusedRules[] = [];
  #looked = Number.NEGATIVE_INFINITY;
  #lookAgain = Number.NEGATIVE_INFINITY;
  #current: RulesInForce;

  /**
   * @param files in force while the store has no entry
   * @param evaluationThreads threads for long streams of evaluations; without them these are answered where they arrive
   */
  constructor(
    host: RulesHost,
    files: Rulebook,
    evaluationThreads: ((rulebook: Rulebook) => ClosableThreads) | undefined,
  ) {
    this.#host = host;
    this.#files = files;
    this.#versions = new PreparedVersions(files, host.store, (rulebook) =>
      preparedRules(rulebook, evaluationThreads, this.#closing),
    );
    const { inForce } = this.#versions;
    this.#current = { ...inForce, entry: undefined };
    inForce.keep();
    host.metrics.rulebook(inForce.hash);
  }

  /** What is in force now. Take it once for a request, and finish with it. */
  current(): RulesInForce {
    const now = this.#host.clock().getTime();
    // A clock that was set back must not keep anything from taking force.
    if (now >= this.#lookAgain || now < this.#looked) this.refresh();
    return this.#current;
  }

  /**
   * The version with this hash, whether it was ever in force or not; `undefined` when it is not kept.
   * @throws RulebookError, RulebookDamagedError for one that is kept and cannot be used
   */
  by(hash: string): Rules | undefined {
    return this.#versions.by(hash);
  }

  /**
   * Compiles a rulebook that is about to be entered: what cannot be compiled is found before, and the moment of taking
   * force takes no time.
   */
  prepare(rulebook: Rulebook): void {
    this.#broken.delete(rulebook.hash);
    this.#versions.prepare(rulebook);
  }

  /**
   * Keeps a rulebook and enters when it takes force; now or later, as the entry says.
   * @throws Error as `Store.takeForce`; nothing is entered then
   */
  take(rulebook: Rulebook, entry: Omit<TakesForce, 'hash'>): TookForce {
    const { store } = this.#host;
    const { hash } = rulebook;
    // Compiled first: what cannot be compiled is not entered.
    const rules = this.#versions.compiled(rulebook);
    store.keepRulebook(rulebook, entry.enteredAt);
    const took = store.takeForce({ ...entry, hash });
    this.#broken.delete(hash);
    this.#versions.remember(rules);
    this.refresh();
    return took;
  }

  /** Looks at the entries of the store. To be called by whoever has made one. */
  refresh(): void {
    const now = this.#host.clock();
    this.#looked = now.getTime();
    this.#lookAgain = this.#looked + LOOK_MS;
    const entries = this.#entries();
    if (!entries) return;
    const at = now.toISOString();
    for (const { from, withdrawnAt } of entries)
      if (withdrawnAt === undefined && from > at) this.#lookAgain = Math.min(this.#lookAgain, Date.parse(from));
    this.#useLatest(entries, at);
  }

  /** The rulebooks that were to be in force now, and are not. */
  refused(): readonly RefusedRules[] {
    return this.#ofFolder ? [...this.#passedOver, this.#ofFolder] : this.#passedOver;
  }

  /** What became of the files of the watched folder: they took force, or were already in force, or cannot be used. */
  folder(found: { readonly rulebook: Rulebook } | { readonly refused: RulebookLoadError }): void {
    const { clock, metrics, log } = this.#host;
    const at = clock().toISOString();
    if ('rulebook' in found) {
      const { rulebook } = found;
      this.#ofFolder = undefined;
      this.refresh();
      if (this.#versions.inForce.hash !== rulebook.hash) this.take(rulebook, { from: at, how: 'files', enteredAt: at });
      return;
    }
    const { findings, message } = found.refused;
    this.#ofFolder = { at, reason: `The files of the watched folder cannot be used: ${message}`, findings };
    metrics.rulesRefused('folder');
    log.error(
      { ruleFindings: findingsOf(found.refused) },
      'the rules in the watched folder cannot be used; the rules in effect stay in effect',
    );
  }

  /** Ends the threads of the rules in force; resolves when all threads have ended. */
  async close(): Promise<void> {
    this.#versions.inForce.letGo();
    await Promise.all(this.#closing);
  }

  #entries(): readonly TookForce[] | undefined {
    const { store, log } = this.#host;
    try {
      return store.tookForce();
    } catch (error) {
      log.error({ err: error }, 'the versions of the rulebook cannot be read; the one in effect stays in effect');
      return undefined;
    }
  }

  /** Goes by the latest entry whose version can be used, and by the files the service was given when there is none. */
  #useLatest(entries: readonly TookForce[], at: string): void {
    const passed: RefusedRules[] = [];
    let left = entries;
    for (;;) {
      const due = inForceAt(left, at);
      const rules = due ? this.#usable(due) : (this.#versions.by(this.#files.hash) ?? this.#versions.inForce);
      if (rules) {
        this.#use(rules, due);
        break;
      }
      const { seq, hash } = due as TookForce;
      passed.push({ ...(this.#broken.get(hash) as RefusedRules), entry: due as TookForce });
      left = left.filter((entry) => entry.seq !== seq);
    }
    this.#passedOver = passed;
  }

  /** The version of an entry; `undefined`, and reported once, when it cannot be loaded. */
  #usable({ hash, from }: TookForce): PreparedRules | undefined {
    if (this.#broken.has(hash)) return undefined;
    try {
      return this.#versions.verified(hash);
    } catch (error) {
      const { clock, metrics, log } = this.#host;
      this.#broken.set(hash, {
        at: clock().toISOString(),
        reason: `The version ${hash} should have taken effect at ${from}, but cannot be loaded: ${(error as Error).message}`,
        findings: error instanceof RulebookLoadError ? error.findings : [],
      });
      metrics.rulesRefused('version');
      log.error(
        { err: error, rulebook: hash, ruleFindings: findingsOf(error) },
        'a version of the rulebook cannot be loaded; the one before it stays in effect',
      );
      return undefined;
    }
  }

  /** From now on these rules are in force, by this entry. */
  #use(rules: PreparedRules, entry: TookForce | undefined): void {
    const former = this.#versions.inForce;
    if (rules === former && entry?.seq === this.#current.entry?.seq) return;
    this.#versions.inForce = rules;
    this.#current = { ...rules, entry };
    if (former === rules) return;
    rules.keep();
    former.letGo();
    const { metrics, log } = this.#host;
    metrics.rulebook(rules.hash);
    log.info({ rulebook: rules.hash }, `a rulebook took effect: ${entry?.how ?? 'files'}`);
  }
}
