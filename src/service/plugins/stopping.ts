/**
 * Whether the service is on its way out. First it says so to whoever balances load, and answers as ever; then nothing new
 * begins, and what runs may finish.
 */
import fp from 'fastify-plugin';
import { ServiceError } from '../http/errors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly stopping: {
      /** Becomes true when the service is told to stop: from then on it is not ready. */
      announced: boolean;
      /** Becomes true when the service begins to stop. */
      value: boolean;
    };
  }
}

export default fp(
  async (app) => {
    const stopping = { announced: false, value: false };
    app.decorate('stopping', stopping);
    app.addHook('preClose', async () => {
      stopping.value = true;
    });
    app.addHook('onRequest', (_request, reply, done) => {
      // Kept-alive connections could go on asking for as long as they like; a new one leads to a service that stays.
      if (stopping.announced || stopping.value) reply.header('connection', 'close');
      done(stopping.value ? new ServiceError('CENR_NOT_READY', { headers: { 'retry-after': '30' } }) : undefined);
    });
  },
  { name: 'stopping', dependencies: ['problem-details'] },
);
