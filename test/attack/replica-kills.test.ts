/** Some of what `npm run attack -- --only replicas` does to services that share a database. */
import t from 'tap';
import { numberFrom, runsOf } from '../support/histories.ts';
import { WITH_POSTGRES } from '../support/postgres-server.ts';
import { replicaKills } from './replica-kills.ts';

// A busy machine starts processes slowly.
t.setTimeout(900_000);

t.test('whichever service is killed or stopped, what was acknowledged is there once', WITH_POSTGRES, async (t) => {
  const seed = numberFrom('CENR_FUZZ_SEED') ?? 1;
  const runs = runsOf(2);
  const { faults, ...figures } = await replicaKills(t, runs, seed, (what) => t.comment(what));
  t.comment(JSON.stringify(figures));
  t.same(faults, []);
  t.equal(figures.kills + figures.stops, runs);
});
