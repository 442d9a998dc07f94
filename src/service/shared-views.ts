/**
 * What becomes of work that is remembered for a while and not kept: how far it is, and what came of it. Where several
 * processes share a store, each is told what another does, so that whoever asks may ask any of them.
 */
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Store } from '#store/store';

export class SharedViews<View extends { readonly status: string }> {
  readonly #store: Pick<Store, 'replicas'>;
  readonly #log: FastifyInstance['log'];
  readonly #kind: string;
  readonly #here: LRUCache<string, View>;
  /** The latest that the others were not told yet. */
  readonly #untold = new Map<string, View>();
  #telling: Promise<void> | undefined;

  /**
   * @param kind of work: one that no other work has
   * @param most so many are remembered
   */
  constructor({ store, log }: Pick<FastifyInstance, 'store' | 'log'>, kind: string, most: number) {
    this.#store = store;
    this.#log = log;
    this.#kind = kind;
    this.#here = new LRUCache({ max: most });
  }

  /** The latest that is known of it, whoever does it. */
  async get(id: string): Promise<View | undefined> {
    const { replicas } = this.#store;
    const here = this.#here.get(id);
    if (!replicas || here?.status === 'Processing' || this.#untold.has(id)) return here;
    return (await replicas.noted<View>(this.#name(id))) ?? here;
  }

  /**
   * Says that it begins here, unless somebody does it.
   * @param isEnough whether what came of it before will do; it begins again when absent
   * @returns what is known of it now, and whether it begins
   */
  async begin(
    id: string,
    begun: View,
    isEnough: (view: View) => boolean = () => false,
  ): Promise<{ readonly view: View; readonly begins: boolean }> {
    const elsewhere = await this.get(id);
    // Somebody may have begun it here while that was looked for.
    const here = this.#here.get(id);
    const known = here?.status === 'Processing' ? here : elsewhere;
    if (known && (known.status === 'Processing' || isEnough(known))) return { view: known, begins: false };
    return { view: this.put(id, begun), begins: true };
  }

  /** Says how far it is, or what came of it. */
  put(id: string, view: View): View {
    this.#here.set(id, view);
    if (this.#store.replicas) {
      this.#untold.set(id, view);
      this.#telling ??= this.#tell().finally(() => {
        this.#telling = undefined;
      });
    }
    return view;
  }

  #name(id: string): string {
    return `${this.#kind} ${id}`;
  }

  /** One after the other: of what comes meanwhile the latest is told. */
  async #tell(): Promise<void> {
    for (let [next] = this.#untold; next; [next] = this.#untold) {
      const [id, view] = next;
      try {
        await this.#store.replicas?.note(this.#name(id), view, view.status !== 'Processing');
      } catch (error) {
        this.#log.warn({ err: error }, 'other processes could not be told how far something is');
      }
      if (this.#untold.get(id) === view) this.#untold.delete(id);
    }
  }
}
