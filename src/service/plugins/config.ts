/** What the operator set, the clock and randomness: the only way to any of them. */
import fp from 'fastify-plugin';
import { newId } from '#base/ids';
import { todayIn } from '#base/today';
import type { ServiceConfig } from '../config.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly config: ServiceConfig;
    readonly clock: () => Date;
    /** A new id that begins with `prefix`, ascends with time and cannot be guessed. */
    readonly newId: (prefix: string) => string;
    /** So many bytes from a cryptographic source. */
    readonly random: (bytes: number) => Uint8Array;
    /** Today as CCYYMMDD, where the students are. */
    readonly today: () => string;
  }
}

interface ConfigOptions {
  readonly config: ServiceConfig;
  readonly clock: () => Date;
  /** So many bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array;
}

const ID_BYTES = 10;

export default fp<ConfigOptions>(
  async (app, { config, clock, random }) => {
    app.decorate('config', config);
    app.decorate('clock', clock);
    app.decorate('newId', (prefix: string) => newId(prefix, clock().getTime(), random(ID_BYTES)));
    app.decorate('random', random);
    app.decorate('today', todayIn(config.timeZone, clock));
  },
  { name: 'config' },
);
