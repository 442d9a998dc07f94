/**
 * This process among those that share a store: says now and then that it is there, and passes on what others changed.
 * Nothing depends on being told: what is lost on the way is looked for again with every beat.
 */
import fp from 'fastify-plugin';
import type { Told } from '#store/replicas';
import type { JobKind } from '#store/store';

/** What is heard: what was told, and kinds of jobs of which there is one to take. */
export type Heard = Told | { readonly about: 'jobs'; readonly kinds: readonly JobKind[] };

declare module 'fastify' {
  interface FastifyInstance {
    /** From when the service is ready, tells what another process changed; nothing where no other shares the store. */
    hear(listener: (heard: Heard) => void): void;
    /**
     * Removes what killed processes left: when the service is ready and, where others share the store, now and then.
     * Whoever starts again at once finds its former self there still.
     */
    removeLeft(remove: () => Promise<void>): void;
  }
}

/** It says so this often while what it says holds: a beat may be lost. */
const BEATS = 3;
/** After so many leases it looks again what others left. */
const LEASES_TO_LOOK = 6;

export default fp(
  async (app) => {
    const { store, config, log } = app;
    const listeners: ((heard: Heard) => void)[] = [];
    app.decorate('hear', (listener: (heard: Heard) => void) => void listeners.push(listener));
    const { replicas } = store;
    const looking: NodeJS.Timeout[] = [];
    app.decorate('removeLeft', (remove: () => Promise<void>) => {
      const look = (): void =>
        void remove().catch((error: unknown) => log.error({ err: error }, 'what others left cannot be removed now'));
      app.addHook('onReady', async () => {
        await remove();
        if (replicas) looking.push(setInterval(look, config.replicaLease * LEASES_TO_LOOK).unref());
      });
    });
    app.addHook('onClose', async () => {
      for (const each of looking) clearInterval(each);
    });
    if (!replicas) return;
    const tell = (heard: Heard): void => {
      for (const listener of listeners) listener(heard);
    };

    let isBeating = true;
    let isTroubled = false;
    let timer: NodeJS.Timeout | undefined;
    let unwatch: (() => Promise<void>) | undefined;
    const beat = async (): Promise<void> => {
      try {
        const kinds = await replicas.beat(config.replicaLease);
        if (isTroubled) log.info('the store can be used again');
        isTroubled = false;
        if (!isBeating) return;
        tell({ about: 'jobs', kinds });
        tell({ about: 'anything' });
      } catch (error) {
        if (!isTroubled)
          log.error({ err: error }, 'this process cannot say that it is there: the store cannot be used');
        isTroubled = true;
      }
    };
    let beating: Promise<void> | undefined;
    const goOn = (): void => {
      if (!isBeating) return;
      timer = setTimeout(() => {
        beating = beat().then(goOn);
      }, config.replicaLease / BEATS).unref();
    };
    // Before anything is taken: what is held by nobody who is there is free.
    app.addHook('onReady', async () => {
      await replicas.beat(config.replicaLease);
      goOn();
      unwatch = await replicas.watch(tell);
    });
    app.addHook('onClose', async () => {
      isBeating = false;
      clearTimeout(timer);
      // One that is under way would say that it is there when it has gone.
      await beating;
      // A connection that is lost hears nothing more either.
      await unwatch?.().catch(() => {});
    });
  },
  { name: 'replicas', dependencies: ['config', 'store'] },
);
