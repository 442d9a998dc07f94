/** Work that is woken: never twice at a time, and again when it was woken meanwhile. */
import t from 'tap';
import { WokenWork } from '#base/woken-work';

/** Work that ends when it is told to, and says how often it was begun. */
function told(): { begun: number; readonly ends: PromiseWithResolvers<void>[]; work(): Promise<void> } {
  const ends: PromiseWithResolvers<void>[] = [];
  return {
    begun: 0,
    ends,
    work() {
      this.begun++;
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    },
  };
}

t.test('whoever wakes it meanwhile is heeded once', async (t) => {
  const one = told();
  const woken = new WokenWork(
    () => one.work(),
    () => {},
  );
  await woken.idle();
  t.equal(one.begun, 0);
  for (let i = 0; i < 3; i++) woken.wake();
  t.equal(one.begun, 1);
  const idle = woken.idle();
  one.ends[0]?.resolve();
  while (one.begun < 2) await Promise.resolve();
  one.ends[1]?.resolve();
  await idle;
  t.equal(one.begun, 2);
});

t.test('what it ends with is told, and it can be woken again', async (t) => {
  const one = told();
  const errors: unknown[] = [];
  const woken = new WokenWork(
    () => one.work(),
    (error) => errors.push(error),
  );
  woken.wake();
  one.ends[0]?.reject('out of order');
  await woken.idle();
  t.same(errors, ['out of order']);
  woken.wake();
  t.equal(one.begun, 2);
  one.ends[1]?.resolve();
  await woken.idle();
});

t.test('once stopped it begins nothing more', async (t) => {
  const one = told();
  const woken = new WokenWork(
    () => one.work(),
    () => {},
  );
  woken.wake();
  woken.wake();
  const stopped = woken.stop();
  one.ends[0]?.resolve();
  await stopped;
  await woken.idle();
  woken.wake();
  t.equal(one.begun, 1);
});
