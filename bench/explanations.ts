/**
 * Explanations over loopback: the service in a process of its own, on one core; 200 requests a second, each for one
 * field of another row.
 */
import { Agent, get } from 'node:http';
import type { Rulebook } from '#rulebook/load/assemble';
import { REQUEST, RUN_DATE, sampleStore } from './data.ts';
import type { Measured } from './measure.ts';
import { ended, started } from './service.ts';

const RATE = 200;
const WARM_SECONDS = 15;
const SECONDS = 10;
const ROWS = 200;

interface Listed {
  readonly rows: readonly {
    readonly rules: Readonly<Record<string, string>>;
    readonly links: { readonly explanation: string };
  }[];
}

/**
 * Requests at an even pace, whether the answers before have come or not; autocannon sends all of a second at its
 * beginning.
 * @returns the 99th percentile of the milliseconds from when a request was due to when its answer was complete
 */
async function paced(
  url: (i: number) => string,
  headers: Readonly<Record<string, string>>,
  duration: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const begun = performance.now();
  const one = (i: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const due = begun + (i * 1000) / RATE;
      // Timers come up to a millisecond late, which is not the service's.
      const send = () => {
        const left = due - performance.now();
        if (left > 2) return void setTimeout(send, left - 2);
        if (left > 0) return void setImmediate(send);
        get(url(i), { headers, agent }, (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`request ${i} was refused with ${answer.statusCode}`));
          answer.on('end', () => resolve(performance.now() - due)).resume();
        }).on('error', reject);
      };
      send();
    });
  const took = await Promise.all(Array.from({ length: RATE * duration }, (_, i) => one(i)));
  agent.destroy();
  return took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] as number;
}

export async function explanations(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = await sampleStore(students, rulebook);
  const { child, address, key } = await started(storeDir);
  try {
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
    const measure = async (paths: readonly string[], query = ''): Promise<number> => {
      const url = (i: number): string => address + paths[i % paths.length] + query;
      // The first thousands are compiled while they are answered.
      await paced(url, headers, WARM_SECONDS);
      return paced(url, headers, SECONDS);
    };
    const both = await measure(one);
    const alone = await measure(one, '&secondOpinion=false');
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
    await ended(child);
  }
}
