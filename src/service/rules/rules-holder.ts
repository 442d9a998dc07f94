/**
 * Holds the rulebook in effect, which may change while the service runs. A request takes it once, when it begins, and
 * keeps to it; so do an upload and an extract. What is in effect is what the activations of the store say (activation.ts),
 * and the files the service was started with as long as these say nothing.
 *
 * There are no timers: whoever asks for the rules in effect has the activations read again when a version is due, and
 * otherwise now and then, since another process may have made one. A version that cannot be loaded leaves the one
 * before it in effect, and is reported.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Activation, NewActivation } from '#publishing/activation';
import { inEffectAt } from '#publishing/in-effect';
import type { Rulebook } from '#rulebook/load/assemble';
import { describeFinding, RulebookLoadError } from '#rulebook/load/load';
import { namesakesOf } from '#rulebook/load/namesakes';
import { referencesIn, withReferences } from '#rulebook/load/reference-files';
import type { Store } from '#store/store';
import type { ClosableThreads } from '../evaluations/line-threads.ts';
import type { ServiceMetrics } from '../plugins/metrics.ts';
import { type PreparedRules, preparedRules } from './prepared-rules.ts';
import { PreparedVersions } from './prepared-versions.ts';
import type { RefusedRules, Rules, RulesInEffect } from './rules-in-effect.ts';

/** An activation that another process made is seen after so many milliseconds. */
const LOOK_MS = 500;

/** Of a log line, so much. */
const MOST_FINDINGS = 20;

const findingsOf = (error: unknown): string[] | undefined =>
  error instanceof RulebookLoadError ? error.findings.slice(0, MOST_FINDINGS).map(describeFinding) : undefined;

/** Who holds the rules in effect lives in a service that has these. */
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
  /** Versions that could not be loaded when they were to take effect: trying again would give the same. */
  readonly #broken = new Map<string, Omit<RefusedRules, 'activation'>>();
  /** The files of the watched folder, when they cannot be used. */
  #ofFolder: RefusedRules | undefined;
  /** What the activations would have in effect and cannot be used. */
  #passedOver: readonly RefusedRules[] = [];
  /** Settles when whoever looks at the activations is done; they do so one after the other. */
  #looking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  #lookAgain = Number.NEGATIVE_INFINITY;
  #current: RulesInEffect;
  /** By version and number of loads: the hash of the rules with the reference files in use then. */
  readonly #equipped = new Map<string, string>();
  /** The rules in effect with the reference files in use; the former rules where there are none. */
  #inUse: PreparedRules;
  /** Whether threads are started before a stream needs them. */
  #warm = false;

  /**
   * @param files in effect while the store has no activation
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
    const { inEffect } = this.#versions;
    this.#current = { ...inEffect, version: inEffect.hash, activation: undefined };
    this.#inUse = inEffect;
    inEffect.keep();
    host.metrics.rulebook(inEffect.hash);
  }

  /** To be called once, before anybody asks. */
  async start(): Promise<void> {
    await this.#warnOfNamesakes(this.#versions.inEffect);
  }

  /** What is in effect now. Take it once for a request, and finish with it. */
  async current(): Promise<RulesInEffect> {
    const now = this.#host.clock().getTime();
    // A clock that was set back must not keep anything from taking effect.
    if (now >= this.#lookAgain || now < this.#looked) await this.refresh();
    // What is due may be about to take effect.
    else if (this.#looking) await this.#looking;
    return this.#current;
  }

  /**
   * The version with this hash, whether it was ever in effect or not; `undefined` when it is not kept.
   * @throws RulebookError, RulebookDamagedError for one that is kept and cannot be used
   */
  async by(hash: string): Promise<Rules | undefined> {
    return await this.#versions.by(hash);
  }

  /** The same with the reference files in use, unless it was kept with others. */
  async inUse(hash: string): Promise<Rules | undefined> {
    const rules = await this.#versions.by(hash);
    return rules && referencesIn(rules.rulebook.files).length === 0 ? await this.#withReferences(rules) : rules;
  }

  /**
   * Compiles a rulebook before it is activated: what cannot be compiled is found in time, and taking effect itself
   * takes no time.
   */
  prepare(rulebook: Rulebook): void {
    this.#broken.delete(rulebook.hash);
    this.#versions.prepare(rulebook);
  }

  /**
   * Keeps a rulebook and activates it; now or later, as the activation says.
   * @throws Error as `Store.activate`; nothing is activated then
   */
  async take(rulebook: Rulebook, activation: Omit<NewActivation, 'hash'>): Promise<Activation> {
    const { store } = this.#host;
    const { hash } = rulebook;
    // Compiled first: what cannot be compiled is not activated.
    const rules = this.#versions.compiled(rulebook);
    await store.keepRulebook(rulebook, activation.createdAt);
    const took = (await store.activate({ ...activation, hash })) as Activation;
    this.#broken.delete(hash);
    this.#versions.remember(rules);
    await this.refresh();
    return took;
  }

  /** Looks at the activations of the store. To be called by whoever has made one. */
  async refresh(): Promise<void> {
    const now = this.#host.clock();
    this.#looked = now.getTime();
    this.#lookAgain = this.#looked + LOOK_MS;
    // Whoever read them earlier must not be the last who says what is in effect.
    const before = this.#looking?.catch(() => {});
    const looking = (async () => {
      await before;
      await this.#look(now);
    })();
    this.#looking = looking;
    try {
      await looking;
    } finally {
      if (this.#looking === looking) this.#looking = undefined;
    }
  }

  /** The rulebooks that were to be in effect now, and are not. */
  refused(): readonly RefusedRules[] {
    return this.#ofFolder ? [...this.#passedOver, this.#ofFolder] : this.#passedOver;
  }

  /** What became of the files of the watched folder: they took effect, or were already in effect, or cannot be used. */
  async folder(found: { readonly rulebook: Rulebook } | { readonly refused: RulebookLoadError }): Promise<void> {
    const { clock, metrics, log } = this.#host;
    const at = clock().toISOString();
    if ('rulebook' in found) {
      const { rulebook } = found;
      this.#ofFolder = undefined;
      await this.refresh();
      if (this.#versions.inEffect.hash !== rulebook.hash)
        await this.take(rulebook, { from: at, how: 'files', createdAt: at });
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

  /** From now on the threads of the rules in effect are started before a stream needs them. */
  warm(): void {
    this.#warm = true;
    this.#inUse.warm();
  }

  /** Ends the threads of the rules in effect; resolves when all threads have ended. */
  async close(): Promise<void> {
    this.#inUse.letGo();
    await Promise.all(this.#closing);
  }

  async #look(now: Date): Promise<void> {
    const activations = await this.#activations();
    if (!activations) return;
    const at = now.toISOString();
    for (const { from, withdrawnAt } of activations)
      if (withdrawnAt === undefined && from > at) this.#lookAgain = Math.min(this.#lookAgain, Date.parse(from));
    await this.#useLatest(activations, at);
  }

  async #activations(): Promise<readonly Activation[] | undefined> {
    const { store, log } = this.#host;
    try {
      return await store.activations();
    } catch (error) {
      log.error({ err: error }, 'the versions of the rulebook cannot be read; the one in effect stays in effect');
      return undefined;
    }
  }

  /** Goes by the latest activation whose version can be used, and by the files the service was given when there is none. */
  async #useLatest(activations: readonly Activation[], at: string): Promise<void> {
    const passed: RefusedRules[] = [];
    let left = activations;
    for (;;) {
      const due = inEffectAt(left, at);
      const rules = due
        ? await this.#usable(due)
        : ((await this.#versions.by(this.#files.hash)) ?? this.#versions.inEffect);
      if (rules) {
        await this.#use(rules, due);
        break;
      }
      const { seq, hash } = due as Activation;
      passed.push({ ...(this.#broken.get(hash) as RefusedRules), activation: due as Activation });
      left = left.filter((activation) => activation.seq !== seq);
    }
    this.#passedOver = passed;
  }

  /** The version of an activation; `undefined`, and reported once, when it cannot be loaded. */
  async #usable({ hash, from }: Activation): Promise<PreparedRules | undefined> {
    if (this.#broken.has(hash)) return undefined;
    try {
      return await this.#versions.verified(hash);
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

  /** From now on these rules are in effect, by this activation. */
  async #use(rules: PreparedRules, activation: Activation | undefined): Promise<void> {
    const inUse = await this.#withReferences(rules);
    const former = this.#inUse;
    const isOther = rules !== this.#versions.inEffect;
    this.#versions.inEffect = rules;
    if (inUse === former && !isOther && activation?.seq === this.#current.activation?.seq) return;
    this.#inUse = inUse;
    this.#current = { ...inUse, version: rules.hash, activation };
    if (former === inUse) return;
    inUse.keep();
    if (this.#warm) inUse.warm();
    former.letGo();
    const { metrics, log } = this.#host;
    metrics.rulebook(inUse.hash);
    log.info({ rulebook: inUse.hash }, `a rulebook took effect: ${activation?.how ?? 'files'}`);
    if (isOther) await this.#warnOfNamesakes(rules);
  }

  /** The same rules with the reference files that are in use; those in use before where the files cannot be read. */
  async #withReferences(rules: PreparedRules): Promise<PreparedRules> {
    const { store, clock, log } = this.#host;
    try {
      // Loads are only added: nothing is read again while there are as many.
      const { length: loads } = await store.referenceLoads();
      if (loads === 0) return rules;
      const key = `${rules.hash} ${loads}`;
      const known = this.#equipped.get(key);
      const found = known === undefined ? undefined : await this.#versions.by(known);
      if (found) return found;
      const source = withReferences(rules.rulebook, await store.references());
      await store.keepRulebook(source, clock().toISOString());
      this.#equipped.set(key, source.hash);
      return (await this.#versions.by(source.hash)) ?? rules;
    } catch (error) {
      log.error({ err: error }, 'the reference files cannot be used; the rules in effect do without those loaded last');
      return this.#current.version === rules.hash ? this.#inUse : rules;
    }
  }

  /** Two versions with one label are easily taken for each other. */
  async #warnOfNamesakes({ rulebook }: PreparedRules): Promise<void> {
    const { store, log } = this.#host;
    try {
      if (namesakesOf(rulebook, await store.versions()).length === 0) return;
      log.warn(
        { rulebook: rulebook.hash },
        'the rulebook in effect has the same version label as another version that is kept, and other files; write another "version" in rules/rulebook.json',
      );
    } catch (error) {
      log.error({ err: error }, 'the versions of the rulebook cannot be read');
    }
  }
}
