/** Whether the service is on its way out: then nothing new begins, and what runs may finish. */
import fp from 'fastify-plugin';
import { ServiceError } from '../http/errors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Becomes true when the service begins to stop. */
    readonly stopping: { value: boolean };
  }
}

export default fp(
  async (app) => {
    const stopping = { value: false };
    app.decorate('stopping', stopping);
    app.addHook('preClose', async () => {
      stopping.value = true;
    });
    app.addHook('onRequest', (_request, _reply, done) => {
      // Kept-alive connections could go on asking for as long as they like.
      if (stopping.value)
        done(new ServiceError('CENR_NOT_READY', { headers: { connection: 'close', 'retry-after': '30' } }));
      else done();
    });
  },
  { name: 'stopping', dependencies: ['problem-details'] },
);
