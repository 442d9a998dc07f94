/** Threads: what goes in and comes out, and that nobody waits for ever, whatever a thread does. */
import { setImmediate as immediate } from 'node:timers/promises';
import t from 'tap';
import { GaveUpError, ROOM_FOR_GARBAGE, runInThread, Threads, type ThreadsOptions, threadFile } from '#base/threads';
import { KnownError } from './known-error.ts';
import type { SingleTaskThread } from './single-task-thread.ts';
import type { TaskThread } from './task-thread.ts';

const file = threadFile(import.meta.url, './task-thread');

/** Threads that end with the test. */
function made(t: Tap, count: number, options: Partial<ThreadsOptions<TaskThread>> = {}): Threads<TaskThread> {
  const threads = new Threads<TaskThread>({
    file,
    count,
    dataOf: (index) => ({ index }),
    limits: ROOM_FOR_GARBAGE,
    errors: [KnownError],
    ...options,
  });
  t.teardown(() => threads.close());
  return threads;
}

type Tap = Pick<typeof t, 'teardown'>;

interface Gate {
  readonly gate: Int32Array;
  open(): void;
}

function closedGate(): Gate {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const open = (): void => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
  return { gate, open };
}

/** How to run a task, and when a thread has begun with it. */
function told(): { readonly onProgress: () => void; readonly begun: Promise<void> } {
  const { promise: begun, resolve: onProgress } = Promise.withResolvers<void>();
  return { onProgress, begun };
}

t.test('the file of a thread is written in the language of the file that asks', async (t) => {
  t.equal(
    threadFile('file:///package/src/pipeline/pool.ts', './thread').href,
    'file:///package/src/pipeline/thread.ts',
  );
  t.equal(threadFile('file:///package/lib/pool.js?v=1', './thread').href, 'file:///package/lib/thread.js');
});

t.test('a thread is set up once, by its index, and does one task after the other', async (t) => {
  const threads = made(t, 1);
  const answers = await Promise.all([threads.run('who', undefined), threads.run('who', undefined)]);
  t.match(answers[0], { index: 0, threadId: Number });
  t.same(answers[1], answers[0]);
});

t.test('buffers are handed over, in both directions', async (t) => {
  const threads = made(t, 1);
  const bytes = new Uint8Array([1, 2, 3]);
  t.same(await threads.run('doubled', bytes, { transfer: [bytes.buffer] }), new Uint8Array([2, 4, 6]));
  t.equal(bytes.byteLength, 0);
  t.equal(await threads.run('leftOfHandedOver', undefined), 0);
});

t.test('progress is told in order, before the result', async (t) => {
  const threads = made(t, 1);
  const heard: number[] = [];
  t.equal(await threads.run('steps', 4, { onProgress: (fraction) => heard.push(fraction) }), 4);
  t.same(heard, [0.25, 0.5, 0.75, 1]);
  t.equal(await threads.run('steps', 2), 2, 'nobody has to listen');
  t.equal(heard.length, 4);
});

t.test('errors of known classes keep class and fields, others what can be copied; the thread goes on', async (t) => {
  const threads = made(t, 1);
  const thrown = async (how: Parameters<typeof threads.run<'fail'>>[1]): Promise<unknown> =>
    threads.run('fail', how).then(
      () => t.fail('it did not fail'),
      (error: unknown) => error,
    );
  const known = (await thrown('known')) as KnownError;
  t.ok(known instanceof KnownError);
  t.match(known, { name: 'KnownError', key: 'grades', message: 'grades: found 13', stack: /task-thread\.ts/ });
  t.match(await thrown('system'), {
    constructor: Error,
    message: 'the disk is full',
    code: 'ENOSPC',
    syscall: 'write',
  });
  t.match(await thrown('type'), { constructor: TypeError, message: 'not a function' });
  t.equal(await thrown('text'), 'a text');
  t.match(await thrown('symbol'), { constructor: Error, message: 'holds a symbol' });
  t.match(await thrown('result'), { message: /could not be cloned/ });
  t.match(await threads.run('who', undefined), { index: 0 });
  const strange = made(t, 1, { errors: [] });
  await t.rejects(strange.run('fail', 'known'), { constructor: Error, name: 'KnownError', key: 'grades' });
});

t.test('input that cannot be copied is refused, and a thread is still free', async (t) => {
  const threads = made(t, 1);
  const input = (() => 1) as unknown as number;
  await t.rejects(threads.run('steps', input), { name: 'DataCloneError' });
  t.equal(await threads.run('steps', 1), 1);
  const unstartable = made(t, 1, { dataOf: (index) => ({ index, more: () => 1 }) });
  await t.rejects(
    unstartable.run('who', undefined),
    { name: 'DataCloneError' },
    'nor can what a thread is set up with',
  );
});

t.test('a set-up that fails refuses every task with its error', async (t) => {
  const threads = made(t, 1, { dataOf: (index) => ({ index, isBroken: true }) }).start();
  for (let i = 0; i < 2; i++) await t.rejects(threads.run('who', undefined), new KnownError('set-up', 'nothing works'));
  await t.rejects(threads.onEach('who', undefined), KnownError);
});

t.test('a file that is not there fails the tasks, not the process', async (t) => {
  const threads = made(t, 2, { file: threadFile(import.meta.url, './no-such-thread') });
  const all = await Promise.allSettled([1, 2, 3].map((count) => threads.run('steps', count)));
  for (const one of all) t.match(one, { status: 'rejected', reason: { message: /no-such-thread/ } });
});

t.test('as many tasks are under way as there are threads; the others wait in order', async (t) => {
  const threads = made(t, 2);
  const begun: number[] = [];
  const tasks = [0, 1, 2, 3].map((i) => {
    const { gate, open } = closedGate();
    const { promise: begins, resolve } = Promise.withResolvers<void>();
    const onProgress = (): void => {
      begun.push(i);
      resolve();
    };
    return { begins, open, done: threads.run('wait', gate, { onProgress }) };
  });
  const [first, second, third, fourth] = tasks as [Task, Task, Task, Task];
  await Promise.all([first.begins, second.begins]);
  t.same(begun.toSorted(), [0, 1]);
  second.open();
  await third.begins;
  third.open();
  t.equal(await second.done, await third.done, 'the thread that was free took it');
  await fourth.begins;
  t.same(begun.slice(2), [2, 3]);
  first.open();
  fourth.open();
  await Promise.all([first.done, fourth.done]);
});

interface Task {
  readonly begins: Promise<void>;
  readonly open: () => void;
  readonly done: Promise<number>;
}

t.test('a task on every thread that was started', async (t) => {
  const threads = made(t, 3);
  const counts = new Int32Array(new SharedArrayBuffer(12));
  await threads.onEach('note', counts);
  t.same([...counts], [0, 0, 0], 'none is started before there is work');
  await threads.run('who', undefined);
  await threads.onEach('note', counts);
  t.same([...counts], [1, 0, 0]);
  await threads.start().onEach('note', counts);
  t.same([...counts], [2, 1, 1]);
  const { gate, open } = closedGate();
  const waiting = threads.run('wait', gate);
  await t.rejects(threads.onEach('note', counts), { message: /nothing to do/ });
  open();
  await waiting;
});

t.test('what takes too long is given up with its thread; the next work has another', async (t) => {
  const threads = made(t, 1);
  const before = await threads.run('who', undefined);
  const late = threads.run('forever', undefined, { timeLimit: 20 });
  const next = threads.run('who', undefined, { timeLimit: 600_000 });
  await t.rejects(late, new GaveUpError('it took more than 0.02 seconds'));
  const { index, threadId } = await next;
  t.equal(index, before.index);
  t.not(threadId, before.threadId);
});

t.test('only the time of a processor counts, not the clock', async (t) => {
  const threads = made(t, 2);
  const { gate, open } = closedGate();
  const { onProgress, begun } = told();
  const waiting = threads.run('wait', gate, { onProgress, timeLimit: 1_000 });
  await begun;
  // As much of a processor takes at least as long by the clock.
  await t.rejects(threads.run('forever', undefined, { timeLimit: 1_000 }), GaveUpError);
  open();
  t.equal(await waiting, 0, 'what waited that long is not given up');
});

t.test('so is what takes too much memory', async (t) => {
  const threads = made(t, 1, { limits: { maxOldGenerationSizeMb: 100 } });
  await t.rejects(threads.run('fill', undefined), new GaveUpError('it took more than 100 MB of memory'));
  t.match(await threads.run('who', undefined), { index: 0 });
});

t.test('a thread that dies takes its task with it, and nothing else', async (t) => {
  for (const [death, reason] of [
    [(threads: Threads<TaskThread>) => threads.run('exit', 7), { message: 'a thread ended with exit code 7' }],
    [(threads: Threads<TaskThread>) => threads.run('die', undefined), { message: 'thread: it died' }],
  ] as const) {
    const threads = made(t, 2);
    const { gate, open } = closedGate();
    const [other, dying] = [told(), told()];
    const beside = threads.run('wait', gate, other);
    const dead = death(threads);
    const waiting = threads.run('wait', gate, dying);
    await t.rejects(dead, reason);
    await Promise.all([other.begun, dying.begun]);
    open();
    t.same(await Promise.all([beside, waiting]), [0, 1], 'another thread has its index');
    await t.rejects(threads.onEach('who', undefined), reason, 'what the dead one alone knew is gone');
  }
});

t.test('a signal takes out what waits and tells what is under way; its reason is told', async (t) => {
  const threads = made(t, 1);
  const { gate, open } = closedGate();
  const [first, second] = [told(), told()];
  const [stop, stopWaiting] = [new AbortController(), new AbortController()];
  const [reason, reasonWaiting] = [new Error('cancelled'), Symbol('the service is stopping')];
  const underWay = threads.run('untilStopped', undefined, { ...first, signal: stop.signal });
  const waiting = threads.run('forever', undefined, { signal: stopWaiting.signal });
  const last = threads.run('wait', gate, second);
  await first.begun;
  stopWaiting.abort(reasonWaiting);
  t.equal(await waiting.catch((error: unknown) => error), reasonWaiting);
  stop.abort(reason);
  t.equal(await underWay.catch((error: unknown) => error), reason);
  await second.begun;
  open();
  t.equal(await last, 0, 'the thread goes on');
  await t.rejects(threads.run('forever', undefined, { signal: AbortSignal.abort(reason) }), reason);
  const tooLate = new AbortController();
  t.equal(await threads.run('steps', 1, { signal: tooLate.signal }), 1);
  tooLate.abort();
  t.equal(await threads.run('steps', 1), 1);
});

t.test('closing ends the threads, whatever they are at; nobody is left waiting', async (t) => {
  const threads = made(t, 1);
  const { onProgress, begun } = told();
  const all = [threads.run('forever', undefined, { onProgress }), threads.run('who', undefined)];
  const settled = Promise.allSettled(all);
  await begun;
  await threads.close();
  for (const one of await settled) t.match(one, { status: 'rejected', reason: { message: 'the threads were closed' } });
  await t.rejects(threads.run('who', undefined), { message: 'the threads were closed' });
  await threads.close();
});

t.test('a thread for one task does another after it, and keeps no process from ending', async (t) => {
  const options = { file: threadFile(import.meta.url, './single-task-thread'), limits: {}, errors: [KnownError] };
  const run = (input: string) => runInThread<SingleTaskThread, 'shout'>(options, 'shout', input, {});
  t.same(await run('so'), { shouted: 'SO', tasks: 1 });
  await t.rejects(run(''), new KnownError('text', 'found nothing'));
  t.same(await run('and so'), { shouted: 'AND SO', tasks: 3 });
  const both = await Promise.all([run('here'), run('there')]);
  t.same(both.map(({ tasks }) => tasks).sort(), [1, 4], 'two tasks at a time have two threads');
  await immediate();
  t.same(
    process.getActiveResourcesInfo().filter((name) => name === 'MessagePort'),
    [],
  );
});

t.test('a thread that rests ends when nothing is asked of it', async (t) => {
  const threads = made(t, 1);
  await threads.run('who', undefined);
  await new Promise<void>((resolve) => {
    threads.rest(0, resolve);
    // What rests keeps no test from ending.
    const stay = setInterval(() => {}, 1_000);
    t.teardown(() => clearInterval(stay));
  });
  await t.rejects(threads.run('who', undefined), new Error('the threads were closed'));
});
