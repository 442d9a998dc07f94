/**
 * For `node --import`: writes, when the process ends, the phases of every request that told of some, into the file
 * PHASES_FILE: a line of JSON each, with its id, how long each phase took in milliseconds, and how much of the whole
 * was collecting garbage.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';

const open = new Map();
const requests = [];
const pauses = [];

new PerformanceObserver((list) => pauses.push(...list.getEntries())).observe({ entryTypes: ['gc'] });

subscribe('http.server.request.start', ({ request }) => {
  const id = request.headers['x-request-id'];
  const now = performance.now();
  if (id) open.set(id, { id, from: now, last: now, phases: [] });
});
subscribe('cenr:phase', ({ id, phase }) => reached(open.get(id), phase));
subscribe('http.server.response.finish', ({ request }) => {
  const one = open.get(request.headers['x-request-id']);
  open.delete(one?.id);
  if (!one || one.phases.length === 0) return;
  reached(one, 'sent');
  requests.push(one);
});

function reached(one, phase) {
  if (!one) return;
  const now = performance.now();
  one.phases.push([phase, now - one.last]);
  one.last = now;
}

process.on('exit', () => {
  const lines = requests.map(({ id, from, last, phases }) => {
    const within = pauses.map(({ startTime, duration }) =>
      Math.max(0, Math.min(last, startTime + duration) - Math.max(from, startTime)),
    );
    const garbage = within.reduce((sum, ms) => sum + ms, 0);
    return JSON.stringify({ id, took: last - from, garbage, phases });
  });
  writeFileSync(process.env.PHASES_FILE, lines.join('\n'));
});
