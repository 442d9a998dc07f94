/**
 * Explanations over loopback: the service in a process of its own, on one core; 200 requests a second, each for one
 * field of another row. Where the slowest hundred spent their time goes into bench/profiles/explanations-slowest.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rulebook } from '#rulebook/load/assemble';
import { REQUEST, RUN_DATE, sampleStore } from './data.ts';
import type { Measured } from './measure.ts';
import { ended, type Started, started } from './service.ts';
import { slowestPage, type Timed, timesByID } from './slowest.ts';

const RATE = 200;
const WARM_SECONDS = 15;
const SECONDS = 10;
const ROWS = 200;
const REPORT = join(import.meta.dirname, 'report-phases.mjs');
const SLOWEST = join(import.meta.dirname, 'profiles/explanations-slowest.md');

interface Listed {
  readonly rows: readonly {
    readonly rules: Readonly<Record<string, string>>;
    readonly links: { readonly explanation: string };
  }[];
}

/**
 * Requests at an even pace, whether the answers before have come or not; autocannon sends all of a second at its
 * beginning.
 * @param name what the ids of the requests begin with
 * @returns of each request its id, and the milliseconds from when it was due to when its answer was complete
 */
export async function paced(
  url: (i: number) => string,
  headers: Readonly<Record<string, string>>,
  duration: number,
  name: string,
  rate = RATE,
): Promise<Timed[]> {
  const agent = new Agent({ keepAlive: true });
  const begun = performance.now();
  const one = (i: number): Promise<Timed> =>
    new Promise((resolve, reject) => {
      const id = `${name}-${i}`;
      const due = begun + (i * 1000) / rate;
      // Timers come up to a millisecond late, which is not the service's.
      const send = () => {
        const left = due - performance.now();
        if (left > 2) return void setTimeout(send, left - 2);
        if (left > 0) return void setImmediate(send);
        get(url(i), { headers: { ...headers, 'x-request-id': id }, agent }, (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`request ${i} was refused with ${answer.statusCode}`));
          answer.on('end', () => resolve({ id, took: performance.now() - due })).resume();
        }).on('error', reject);
      };
      send();
    });
  const took = await Promise.all(Array.from({ length: rate * duration }, (_, i) => one(i)));
  agent.destroy();
  return took.sort((a, b) => a.took - b.took);
}

export const p99 = (took: readonly Timed[]): number => (took[Math.floor(took.length * 0.99)] as Timed).took;

/** Makes an extract of a service. Gives the addresses of explanations, each of one field of another row. */
export async function explanationsOf({
  address,
  key,
}: Pick<Started, 'address' | 'key'>): Promise<{ headers: Readonly<Record<string, string>>; url(i: number): string }> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const json = async <T>(path: string, init: RequestInit = {}): Promise<T> =>
    (await fetch(address + path, { headers, ...init })).json() as Promise<T>;
  const { id } = await json<{ id: string }>('/v1/extracts', {
    method: 'POST',
    body: JSON.stringify({ ...REQUEST, runDate: RUN_DATE }),
  });
  for (let status = ''; status !== 'Complete'; await new Promise((resolve) => setTimeout(resolve, 100)))
    ({ status } = await json<{ status: string }>(`/v1/extracts/${id}`));
  const { rows } = await json<Listed>(`/v1/extracts/${id}/rows?limit=${ROWS}`);
  const one = rows.map(
    ({ rules, links }, i) => `${links.explanation}&field=${Object.keys(rules)[i % Object.keys(rules).length]}`,
  );
  return { headers, url: (i) => address + one[i % one.length] };
}

export async function explanations(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = await sampleStore(students, rulebook);
  const dir = mkdtempSync(join(tmpdir(), 'cenr-bench-phases-'));
  const phases = join(dir, 'phases');
  const { child, address, key } = await started(storeDir, ['--import', REPORT], { PHASES_FILE: phases });
  try {
    const { headers, url: at } = await explanationsOf({ address, key });
    const measure = async (name: string, query = ''): Promise<Timed[]> => {
      const url = (i: number): string => at(i) + query;
      // The first thousands are compiled while they are answered.
      await paced(url, headers, WARM_SECONDS, `${name}-warm`);
      return paced(url, headers, SECONDS, name);
    };
    const took = { both: await measure('both'), alone: await measure('alone', '&secondOpinion=false') };
    await ended(child);
    writeFileSync(SLOWEST, slowestPage(took, timesByID(phases), RATE));
    const [both, alone] = [p99(took.both), p99(took.alone)];
    return [
      {
        what: `explanation of a field, both opinions: p99 at ${RATE} a second`,
        result: `${both.toFixed(1)} ms`,
        wanted: 'under 10 ms',
        met: both < 10,
      },
      { what: '  without the second opinion', result: `${alone.toFixed(1)} ms`, wanted: 'under 5 ms', met: alone < 5 },
    ];
  } finally {
    if (child.exitCode === null) await ended(child);
    rmSync(dir, { recursive: true, force: true });
  }
}
