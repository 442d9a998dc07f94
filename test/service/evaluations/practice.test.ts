/** What threads practice on: the worked examples. Practice changes no answer, and keeps no stream from being answered. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { casesOf } from '#authoring/examples/cases';
import { configFrom } from '#service/environment';
import { createEvaluator } from '#service/evaluations/evaluate';
import { evaluateLines } from '#service/evaluations/evaluate-lines';
import { evaluationThreads } from '#service/evaluations/evaluation-threads';
import { practiced, practiceOf } from '#service/evaluations/practice';
import { shipped } from '../../support/histories.ts';
import { LEA, line, service, TODAY } from '../../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

t.test('every example with a request is practiced on, a few at a time', (t) => {
  const evaluator = createEvaluator(shipped);
  const practice = practiceOf(shipped);
  const sizes = practice.map((some) => practiced(evaluator, some));
  const asked = casesOf(shipped).filter(({ request, runDate }) => request && runDate !== undefined);
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    asked.length,
  );
  t.ok(asked.length > 100);
  t.ok(Math.max(...sizes) <= 5);
  t.end();
});

t.test('an example that no caller may ask for is passed over', (t) => {
  const evaluator = createEvaluator(shipped);
  t.equal(
    practiced(evaluator, { head: { request: { reportingLEAs: [] }, runDate: TODAY }, lines: Buffer.from('') }),
    0,
  );
  t.end();
});

t.test('threads that practice give the same answers', async (t) => {
  const threads = evaluationThreads(shipped, 2);
  t.teardown(() => threads.close());
  threads.start();
  const evaluator = createEvaluator(shipped);
  const begin = async (head: object) => evaluator.session(head, TODAY);
  const limits = { lineBytes: 4_000, totalBytes: 1e9 };
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const students = Array.from({ length: 2_500 }, (_, i) => {
    const ssid = String(9_900_000_000 + i);
    return { records: [line('SENR', { ssid }), line('SINF', { ssid })] };
  });
  const sent = Buffer.from([{ request }, ...students].map((one) => `${JSON.stringify(one)}\n`).join(''));
  const pieces = () =>
    Readable.from(
      Array.from({ length: Math.ceil(sent.length / 50_000) }, (_, i) => sent.subarray(i * 50_000, (i + 1) * 50_000)),
    );
  t.ok(sent.length > 1 << 18, 'more than is answered where it arrives');
  const here = await text(await evaluateLines(pieces(), { begin, limits }));
  t.equal(await text(await evaluateLines(pieces(), { begin, limits, threads })), here);
});

t.test('a service practices when it listens, unless it is told not to or only makes jobs', async (t) => {
  for (const [settings, expected] of [
    [{ practice: true }, 1],
    [{ practice: false }, 0],
    [{ practice: true, role: 'work' }, 0],
  ] as const) {
    let started = 0;
    const threads = { count: 1, answer: () => Promise.reject(new Error('nobody asks')), close: async () => {} };
    const { app } = await service(t, settings, () => ({
      evaluationThreads: () => ({ ...threads, start: () => void started++ }),
    }));
    t.equal(started, 0, 'not before');
    await app.listen({ host: '127.0.0.1', port: 0 });
    t.equal(started, expected, JSON.stringify(settings));
  }
  t.same(configFrom({ CENR_PRACTICE: 'off' }), { practice: false });
  t.same(configFrom({ CENR_PRACTICE: '' }), {});
  t.throws(() => configFrom({ CENR_PRACTICE: 'no' }), /^CENR_PRACTICE is "no"; expected off, or nothing$/);
});
