/**
 * A process that only makes jobs answers whoever watches over it, and refuses everybody else: whoever balances load was
 * told of one process too many, and should hear of it.
 */
import fp from 'fastify-plugin';
import { ServiceError } from '../http/errors.ts';
import { routeOf } from './request-log.ts';

const WATCHED: readonly string[] = ['/health/live', '/health/ready', '/metrics'];

export default fp(
  async (app) => {
    if (app.config.role !== 'work') return;
    app.addHook('onRequest', (request, _reply, done) =>
      done(WATCHED.includes(routeOf(request)) ? undefined : new ServiceError('CENR_ONLY_WORKS')),
    );
  },
  { name: 'only-works', dependencies: ['config', 'problem-details'] },
);
