/** Counts that processes exchange: what each counts alone, what it learns of others, and what becomes of it without them. */
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { SharedCounts } from '#service/shared-counts';
import type { Counted } from '#store/replicas';

const MINUTE = 60_000;

/** Two processes with one clock, and the database between them. */
function two(t: Test) {
  const time = { now: 0, isAway: false };
  const all = new Map<string, { count: number; until: number }>();
  const asked: (readonly Counted[])[] = [];
  const trouble: unknown[] = [];
  const count = async (counted: readonly Counted[]): Promise<readonly Counted[]> => {
    asked.push(counted);
    if (time.isAway) throw new Error('away');
    return counted.map(({ name, count, ms }) => {
      const found = all.get(name);
      const is = found && found.until > time.now ? found : { count: 0, until: time.now + ms };
      is.count += count;
      all.set(name, is);
      return { name, count: is.count, ms: is.until - time.now };
    });
  };
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  /** Lets time pass, and what is exchanged then end. */
  const pass = async (ms: number): Promise<void> => {
    time.now += ms;
    mock.timers.tick(ms);
    for (const one of both) await one.idle();
  };
  const make = () =>
    new SharedCounts({ replicas: { count }, now: () => time.now, onTrouble: (error) => trouble.push(error) });
  const both = [make(), make()] as const;
  return { time, both, pass, asked, trouble };
}

const times = (n: number, act: () => number): number => Array.from({ length: n }, act).at(-1) as number;

t.test('each counts at once, and learns of the others a moment later', async (t) => {
  const { both, pass, asked } = two(t);
  const [a, b] = both;
  const add = (one: SharedCounts) => one.add('x', MINUTE).current;
  t.equal(add(a), 1);
  t.equal(
    times(2, () => add(b)),
    2,
    'nobody waits to be told',
  );
  await pass(0);
  t.equal(
    times(3, () => add(a)),
    4,
  );
  t.equal(asked.length, 2, 'not for each request');
  await pass(249);
  t.equal(asked.length, 2);
  await pass(1);
  t.equal(asked.length, 4, 'the second of b and three of a, which came after the first were sent');
  t.equal(add(a), 7, 'it knows of the two of b');
  t.equal(add(b), 4);
  await pass(250);
  t.equal(add(b), 9);
});

t.test('all count until the time of who counted first is over', async (t) => {
  const { both, pass } = two(t);
  const [a, b] = both;
  a.add('x', MINUTE);
  await pass(40_000);
  t.same(b.add('x', MINUTE), { current: 1, ttl: MINUTE });
  await pass(0);
  await pass(250);
  t.same(b.add('x', MINUTE), { current: 3, ttl: 19_750 });
  await pass(19_750);
  t.same(b.add('x', MINUTE), { current: 1, ttl: MINUTE }, 'then all begin anew');
});

t.test('while the database is away each counts alone, and tells the others when it is back', async (t) => {
  const { both, pass, time, asked, trouble } = two(t);
  const [a, b] = both;
  time.isAway = true;
  t.equal(
    times(5, () => a.add('x', MINUTE).current),
    5,
  );
  await pass(0);
  await pass(250);
  t.equal(a.add('x', MINUTE).current, 6, 'nothing is lost, and nothing counted twice');
  t.ok(asked.length > 1);
  t.same(trouble, [new Error('away')], 'it is told once');
  t.equal(b.add('x', MINUTE).current, 1);
  time.isAway = false;
  await pass(250);
  await pass(250);
  t.equal(b.add('x', MINUTE).current, 8);
});

t.test('routes with limits of their own, and other names, are counted apart', async (t) => {
  const { both, pass, asked } = two(t);
  const [a] = both;
  const Store = a.store();
  const all = new Store({});
  const own = all.child({ routeInfo: { method: 'POST', url: '/v1/evaluations' } } as never);
  const counted = (store: typeof all, key: string): number | undefined => {
    let current: number | undefined;
    store.incr(key, (_, result) => (current = result?.current), MINUTE, 1);
    return current;
  };
  t.same([counted(all, 'k'), counted(all, 'k'), counted(own, 'k'), counted(all, 'l')], [1, 2, 1, 1]);
  await pass(250);
  t.same(
    asked
      .flat()
      .map(({ name }) => name)
      .sort(),
    [' k', ' k', ' l', 'POST /v1/evaluations k'],
  );
});

t.test('what is closed exchanges nothing more', async (t) => {
  const { both, pass, asked } = two(t);
  const [a] = both;
  a.add('x', MINUTE);
  a.add('x', MINUTE);
  await a.close();
  await pass(1_000);
  t.equal(asked.length, 1);
  t.equal(a.add('x', MINUTE).current, 3);
});

t.test('of too many names the oldest are forgotten, here and for the others', async (t) => {
  const { both, pass, asked, time } = two(t);
  const [a] = both;
  time.isAway = true;
  for (let i = 0; i < 6_000; i++) a.add(`x${i}`, MINUTE);
  await pass(0);
  time.isAway = false;
  await pass(250);
  t.equal(asked.at(-1)?.length, 5_000);
  t.equal(a.add('x0', MINUTE).current, 1);
  t.equal(a.add('x5999', MINUTE).current, 2);
});
