/** Who may do what, all of it: `npm run attack` asks the same. */
import t from 'tap';
import { matrix } from './matrix.ts';

t.setTimeout(900_000);

t.test('every role, every request, own, foreign and unknown', async (t) => {
  const { operations, requests, faults } = await matrix(t);
  t.comment(`${operations} operations, ${requests} requests`);
  t.same(faults, []);
  t.ok(operations > 40 && requests > 500, `${operations}, ${requests}`);
});
