/**
 * The rulebook in force, which may change while the service runs. A request takes it once, when it begins, and keeps to
 * it; so do an upload and an extract. What is in force is what the entries of the store say (versions.ts), and the
 * files the service was started with as long as these say nothing.
 *
 * There are no timers: whoever asks for the rules in force has the entries looked at when a version is due, and
 * otherwise now and then, since another process may have made one. A version that cannot be loaded leaves the one
 * before it in force, and is reported.
 */

import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { inForceAt, publishedAt } from '#publishing/activation';
import type { TakesForce, TookForce } from '#publishing/took-force';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { describeFinding, RulebookLoadError, verify } from '#rulebook/load/load';
import type { Store } from '#store/store';
import type { ClosableThreads } from '../evaluations/line-threads.ts';
import type { RefusedRules, RulesHolder, RulesInForce } from '../rules/in-force.ts';
import { type PreparedRules, preparedRules } from '../rules/prepared-rules.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly rules: RulesHolder;
  }
}

export interface RulesOptions {
  /** What is in force while the store has no entry. */
  readonly rulebook: Rulebook;
  /** Threads for long streams of evaluations; without them these are answered where they arrive. */
  readonly evaluationThreads?: ((rulebook: Rulebook) => ClosableThreads) | undefined;
}

/** On every answer that depends on rules: the SHA-256 of the rulebook it was made with. */
export const RULEBOOK_HEADER = 'cenr-rulebook';

/** Sets the header, to the rulebook of a stored thing. */
export const withRulebook = (reply: FastifyReply, hash: string): FastifyReply => reply.header(RULEBOOK_HEADER, hash);

/** Compiled rulebooks are large, and nobody asks about many at a time. */
const MOST_RULEBOOKS = 4;
/** An entry that another process made is seen after so many milliseconds. */
const LOOK_MS = 500;

/**
 * Enters the files that the service is started with, unless they are in force already. A version that was published or
 * restored stays in force over the files that come with the program, and not over a folder that was named: there the
 * files are the truth.
 * @param named whether somebody named the folder of the files
 * @param at the present moment, ISO 8601 in UTC
 */
export function enterFiles(store: Store, rulebook: Rulebook, named: boolean, at: string): void {
  store.keepRulebook(rulebook, at);
  const entries = store.tookForce();
  const entry = inForceAt(entries, at);
  const published = named ? undefined : publishedAt(entries, at);
  const hash = published?.hash ?? rulebook.hash;
  if (entry?.hash === hash) return;
  store.takeForce({
    hash,
    from: at,
    enteredAt: at,
    ...(published ? { how: 'restored', reason: WITHOUT_FOLDER } : { how: 'files' }),
  });
}

/** Why what was published takes force again after a time with the files of a folder. */
const WITHOUT_FOLDER = 'the service was started without a folder of rules again';

/** Of a log line, so much. */
const MOST_FINDINGS = 20;

const findingsOf = (error: unknown): string[] | undefined =>
  error instanceof RulebookLoadError ? error.findings.slice(0, MOST_FINDINGS).map(describeFinding) : undefined;

export default fp<RulesOptions>(
  async (app, { rulebook: files, evaluationThreads }) => {
    const { store, clock, metrics, log } = app;
    const closing = new Set<Promise<void>>();
    const prepared = (rulebook: Rulebook): PreparedRules => preparedRules(rulebook, evaluationThreads, closing);
    /** In the order of their last use. */
    const known = new Map<string, PreparedRules>();
    /** Versions that could not be loaded when they were to take force: trying again would give the same. */
    const broken = new Map<string, Omit<RefusedRules, 'entry'>>();
    let ofFolder: RefusedRules | undefined;
    let passedOver: readonly RefusedRules[] = [];
    let looked = Number.NEGATIVE_INFINITY;
    let lookAgain = Number.NEGATIVE_INFINITY;
    let inForce = prepared(files);
    let entry: TookForce | undefined;
    let current: RulesInForce = { ...inForce, entry };
    inForce.keep();
    metrics.rulebook(inForce.hash);

    function remember(rules: PreparedRules): PreparedRules {
      known.delete(rules.hash);
      known.set(rules.hash, rules);
      if (known.size > MOST_RULEBOOKS) known.delete(known.keys().next().value as string);
      return rules;
    }

    function by(hash: string): PreparedRules | undefined {
      const ready = hash === inForce.hash ? inForce : known.get(hash);
      if (ready) return remember(ready);
      if (hash === files.hash) return remember(prepared(files));
      const source = store.rulebook(hash);
      return source && remember(prepared(assemble(source)));
    }

    /** What may take force has been vouched for as the loader does it, whoever kept it and with whichever program. */
    function loaded(hash: string): PreparedRules {
      const ready = hash === inForce.hash ? inForce : known.get(hash);
      const texts = ready ? undefined : store.rulebookTexts(hash);
      const rules = ready ?? (texts ? prepared(verify(texts)) : by(hash));
      if (!rules) throw new Error('it is not kept in this store');
      return remember(rules);
    }

    function usable(due: TookForce): PreparedRules | undefined {
      if (broken.has(due.hash)) return undefined;
      try {
        return loaded(due.hash);
      } catch (error) {
        const reason = `The version ${due.hash} was to take force at ${due.from} and cannot be loaded: ${(error as Error).message}`;
        broken.set(due.hash, {
          at: clock().toISOString(),
          reason,
          findings: error instanceof RulebookLoadError ? error.findings : [],
        });
        metrics.rulesRefused('version');
        log.error(
          { err: error, rulebook: due.hash, ruleFindings: findingsOf(error) },
          'a version of the rulebook cannot be loaded; the one before it stays in force',
        );
        return undefined;
      }
    }

    function use(rules: PreparedRules, by: TookForce | undefined): void {
      if (rules === inForce && by?.seq === entry?.seq) return;
      const former = inForce;
      inForce = rules;
      entry = by;
      current = { ...rules, entry };
      if (former === rules) return;
      rules.keep();
      former.letGo();
      metrics.rulebook(rules.hash);
      log.info({ rulebook: rules.hash }, `a rulebook took force: ${by?.how ?? 'files'}`);
    }

    function refresh(): void {
      const now = clock();
      looked = now.getTime();
      lookAgain = looked + LOOK_MS;
      let entries: readonly TookForce[];
      try {
        entries = store.tookForce();
      } catch (error) {
        log.error({ err: error }, 'the versions of the rulebook cannot be read; the one in force stays');
        return;
      }
      const at = now.toISOString();
      for (const { from, withdrawnAt } of entries)
        if (withdrawnAt === undefined && from > at) lookAgain = Math.min(lookAgain, Date.parse(from));
      const passed: RefusedRules[] = [];
      for (;;) {
        const due = inForceAt(entries, at);
        const rules = due && usable(due);
        if (!due || rules) {
          use(rules ?? by(files.hash) ?? inForce, due);
          break;
        }
        passed.push({ ...(broken.get(due.hash) as RefusedRules), entry: due });
        entries = entries.filter(({ seq }) => seq !== due.seq);
      }
      passedOver = passed;
    }

    function take(rulebook: Rulebook, given: Omit<TakesForce, 'hash'>): TookForce {
      const { hash } = rulebook;
      // Compiled first: what cannot be compiled is not entered.
      const rules = hash === inForce.hash ? inForce : prepared(rulebook);
      store.keepRulebook(rulebook, given.enteredAt);
      const took = store.takeForce({ ...given, hash });
      broken.delete(hash);
      remember(rules);
      refresh();
      return took;
    }

    app.decorate('rules', {
      current() {
        const now = clock().getTime();
        // A clock that was set back must not keep anything from taking force.
        if (now >= lookAgain || now < looked) refresh();
        return current;
      },
      by,
      prepare(rulebook) {
        broken.delete(rulebook.hash);
        if (rulebook.hash !== inForce.hash && !known.has(rulebook.hash)) remember(prepared(rulebook));
      },
      take,
      refresh,
      refused: () => (ofFolder ? [...passedOver, ofFolder] : passedOver),
      folder(found) {
        const at = clock().toISOString();
        if ('rulebook' in found) {
          ofFolder = undefined;
          refresh();
          if (inForce.hash !== found.rulebook.hash) take(found.rulebook, { from: at, how: 'files', enteredAt: at });
          return;
        }
        const { findings, message } = found.refused;
        ofFolder = { at, reason: `The files of the watched folder cannot be used: ${message}`, findings };
        metrics.rulesRefused('folder');
        log.error(
          { ruleFindings: findingsOf(found.refused) },
          'the rules in the watched folder cannot be used; those in force stay',
        );
      },
    });
    app.addHook('onClose', async () => {
      inForce.letGo();
      await Promise.all(closing);
    });
  },
  { name: 'rules', dependencies: ['config', 'store', 'metrics'] },
);
