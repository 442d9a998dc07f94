/** The store, for all who need it. Who opened it closes it. */
import fp from 'fastify-plugin';
import type { Store } from '#store/store';

declare module 'fastify' {
  interface FastifyInstance {
    readonly store: Store;
  }
}

export default fp<{ readonly store: Store }>(async (app, { store }) => void app.decorate('store', store), {
  name: 'store',
});
