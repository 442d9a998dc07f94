/** Turns in memory: of checks, which are not kept. */
import t from 'tap';
import { turns } from '#service/http/turns';

t.test('turns go round between keys, whoever asked first and most', async (t) => {
  const inTurn = turns(9);
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const act = (name: string) => async () => {
    order.push(name);
    await gate.promise;
    return name;
  };
  const asked = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map((name) => inTurn(name.charAt(0), act(name)));
  t.same(order, ['a1'], 'one at a time');
  gate.resolve();
  t.same(await Promise.all(asked), ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']);
  t.same(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});

t.test('what fails does not hold up the next; so many of one key may wait', async (t) => {
  const inTurn = turns(1);
  const gate = Promise.withResolvers<void>();
  const fails = inTurn('a', () => gate.promise);
  const throws = inTurn('a', () => {
    throw new Error('at once');
  });
  const other = inTurn('b', async () => 'b');
  const refused = { code: 'CENR_TOO_MANY_WAITING', detail: /: 1\./, headers: { 'retry-after': '30' } };
  await t.rejects(
    inTurn('a', async () => 'too many'),
    refused,
  );
  gate.reject(new Error('failed'));
  await t.rejects(fails, { message: 'failed' });
  await t.rejects(throws, { message: 'at once' });
  t.equal(await other, 'b');
  t.equal(await inTurn('a', async () => 'again'), 'again');
});
