/** Some of the kills of `npm run attack`. */
import t from 'tap';
import { numberFrom } from '../support/histories.ts';
import { kills } from './kills.ts';

// A busy machine starts processes slowly.
t.setTimeout(900_000);

t.test('killed at any moment, nothing acknowledged is lost and nothing half is left', async (t) => {
  const seed = numberFrom('CENR_FUZZ_SEED') ?? 1;
  const figures = await kills(t, 12, seed);
  t.comment(JSON.stringify(figures.by));
  t.same(figures.faults, []);
  t.equal(figures.kills, 12);
});
