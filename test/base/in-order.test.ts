import t from 'tap';
import { inOrder } from '#base/in-order';

t.test('results come in the order of the tasks, however long each takes', async (t) => {
  const finish: (() => void)[] = [];
  const started: number[] = [];
  const results = inOrder([0, 1, 2, 3], 2, (task) => {
    started.push(task);
    return new Promise<number>((resolve) => (finish[task] = () => resolve(task)));
  });
  const first = results.next();
  await Promise.resolve().then(() => {});
  finish[1]?.();
  finish[0]?.();
  t.same((await first).value, 0);
  t.ok(started.length <= 3, 'no more are under way than was said');
  const rest = (async () => {
    const values: number[] = [];
    for await (const value of results) values.push(value);
    return values;
  })();
  for (let turn = 0; turn < 20; turn++) {
    for (const done of finish) done?.();
    await Promise.resolve();
  }
  t.same(await rest, [1, 2, 3]);
});

t.test('a task that fails while an earlier one is awaited is told in its turn, and kills nothing', async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.teardown(() => process.removeListener('unhandledRejection', note));
  let release = (): void => {};
  const first = new Promise<number>((resolve) => {
    release = () => resolve(0);
  });
  const results = inOrder([0, 1, 2, 3], 4, (task) =>
    task === 0 ? first : task === 1 ? Promise.reject(new Error('the second failed')) : Promise.resolve(task),
  );
  const next = results.next();
  await new Promise((resolve) => setImmediate(resolve));
  release();
  t.equal((await next).value, 0);
  await t.rejects(results.next(), { message: 'the second failed' });
  await new Promise((resolve) => setImmediate(resolve));
  t.same(unhandled, []);
});
