/** Versions of the rulebook that are ready for use: the one in effect, and the few that were asked for last. */
import { LRUCache } from 'lru-cache';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import type { Store } from '#store/store';
import type { PreparedRules } from './prepared-rules.ts';

/** Compiled rulebooks are large, and nobody asks about many at a time. */
const MOST_RULEBOOKS = 4;

export class PreparedVersions {
  /** In effect; never forgotten. */
  inEffect: PreparedRules;
  readonly #files: Rulebook;
  readonly #store: Pick<Store, 'rulebook' | 'rulebookTexts'>;
  readonly #prepared: (rulebook: Rulebook) => PreparedRules;
  // One that is forgotten while somebody uses it goes on working: its threads end when the last stream gives them back.
  readonly #loading = new Map<string, Promise<PreparedRules | undefined>>();
  readonly #known = new LRUCache<string, PreparedRules>({ max: MOST_RULEBOOKS });

  /**
   * @param files in effect while nothing else is
   * @param store where other versions are kept
   */
  constructor(
    files: Rulebook,
    store: Pick<Store, 'rulebook' | 'rulebookTexts'>,
    prepared: (rulebook: Rulebook) => PreparedRules,
  ) {
    this.#files = files;
    this.#store = store;
    this.#prepared = prepared;
    this.inEffect = prepared(files);
  }

  /**
   * The version with this hash; `undefined` when it is not kept.
   * @throws RulebookError, RulebookDamagedError for one that is kept and cannot be used
   */
  async by(hash: string): Promise<PreparedRules | undefined> {
    const ready = this.#ready(hash);
    if (ready) return ready;
    if (hash === this.#files.hash) return this.remember(this.#prepared(this.#files));
    return await this.#once(hash, async () => {
      const source = await this.#store.rulebook(hash);
      return source && assemble(source);
    });
  }

  /**
   * The same, vouched for as the loader does it, whoever kept it and with whichever program: for what is to take effect.
   * @throws RulebookLoadError, and as `by`; Error when it is not kept
   */
  async verified(hash: string): Promise<PreparedRules> {
    const ready = this.#ready(hash);
    if (ready) return ready;
    const texts = await this.#store.rulebookTexts(hash);
    const rules = texts ? await this.#once(`${hash} verified`, async () => verify(texts)) : await this.by(hash);
    if (!rules) throw new Error('it is not kept in this store');
    return rules;
  }

  /** What several ask for at once is compiled once, and is one and the same for all of them. */
  async #once(name: string, load: () => Promise<Rulebook | undefined>): Promise<PreparedRules | undefined> {
    const known = this.#loading.get(name);
    if (known) return await known;
    const loading = load().then((rulebook) => {
      if (!rulebook) return undefined;
      return this.#ready(rulebook.hash) ?? this.remember(this.#prepared(rulebook));
    });
    this.#loading.set(name, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(name);
    }
  }

  /** Compiles a rulebook, unless that was done. */
  prepare(rulebook: Rulebook): void {
    const { hash } = rulebook;
    if (hash !== this.inEffect.hash && !this.#known.has(hash)) this.remember(this.#prepared(rulebook));
  }

  /** Compiles a rulebook, unless it is in effect; to be remembered when it is needed. */
  compiled(rulebook: Rulebook): PreparedRules {
    return rulebook.hash === this.inEffect.hash ? this.inEffect : this.#prepared(rulebook);
  }

  remember(rules: PreparedRules): PreparedRules {
    this.#known.set(rules.hash, rules);
    return rules;
  }

  #ready(hash: string): PreparedRules | undefined {
    const ready = hash === this.inEffect.hash ? this.inEffect : this.#known.get(hash);
    return ready && this.remember(ready);
  }
}
