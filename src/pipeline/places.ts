/** Where kept lines came from, known before it is asked for: whoever explains a student waits for nothing. */
import { sourceOf } from '#records/record';
import type { Store } from '#store/store';

type Place = Awaited<ReturnType<Store['source']>>;

export class Places {
  readonly #store: Pick<Store, 'source'>;
  readonly #known = new Map<number, Place>();

  constructor(store: Pick<Store, 'source'>) {
    this.#store = store;
  }

  /** The place of a source that was learned; `undefined` for any other. */
  readonly of = (source: number): Place => this.#known.get(source);

  /**
   * Looks up the sources of kept lines.
   * @param body the lines of a history, `''` for none
   * @returns the same
   */
  async learn(body: string): Promise<string> {
    for (const line of body === '' ? [] : body.split('\n')) {
      const source = sourceOf(line);
      if (!this.#known.has(source)) this.#known.set(source, await this.#store.source(source));
    }
    return body;
  }
}
