/** Where kept lines came from, known before it is asked for: whoever explains a student waits for nothing. */
import { sourceOf } from '#records/record';
import type { Store } from '#store/store';

type Place = Awaited<ReturnType<Store['source']>>;

export class Places {
  readonly #store: Pick<Store, 'source'>;
  readonly #nameOf: (upload: string) => string | Promise<string>;
  readonly #known = new Map<number, Place>();

  /** @param nameOf what an upload is called, by its id; its id when not given */
  constructor(store: Pick<Store, 'source'>, nameOf: (upload: string) => string | Promise<string> = (id) => id) {
    this.#store = store;
    this.#nameOf = nameOf;
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
      if (this.#known.has(source)) continue;
      const place = await this.#store.source(source);
      this.#known.set(source, place && { ...place, upload: await this.#nameOf(place.upload) });
    }
    return body;
  }
}

/** What people call uploads: `of 2026-03-02 14:05 UTC by J. Coordinator`, to follow the word; nobody knows an id. */
export function uploadNames(
  store: Pick<Store, 'forLEAs' | 'jobs' | 'key' | 'person'>,
): (id: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  const name = async (id: string): Promise<string> => {
    const upload = await store.forLEAs('all').upload(id);
    if (!upload) return id;
    const { receivedAt, sender } = upload;
    const asked = await store.jobs('upload').askedBy(id);
    const caller = asked === undefined ? undefined : ((await store.key(asked)) ?? (await store.person(asked)));
    const by = caller?.name ?? (sender === 'all' ? undefined : `LEA ${sender}`);
    return `of ${receivedAt.slice(0, 10)} ${receivedAt.slice(11, 16)} UTC${by === undefined ? '' : ` by ${by}`}`;
  };
  return (id) => {
    const found = known.get(id) ?? name(id);
    known.set(id, found);
    return found;
  };
}
