/** What the operator set, and the clock: the only way to either. */
import fp from 'fastify-plugin';
import { todayIn } from '#base/today';
import type { ServiceConfig } from '../config.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly config: ServiceConfig;
    readonly clock: () => Date;
    /** Today as CCYYMMDD, where the students are. */
    readonly today: () => string;
  }
}

export default fp<{ readonly config: ServiceConfig; readonly clock: () => Date }>(
  async (app, { config, clock }) => {
    app.decorate('config', config);
    app.decorate('clock', clock);
    app.decorate('today', todayIn(config.timeZone, clock));
  },
  { name: 'config' },
);
