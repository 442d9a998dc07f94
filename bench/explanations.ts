/** Explanations over loopback: the service in a process of its own, on one core; 200 requests a second, each for one field of another row. */
import autocannon from 'autocannon';
import type { Rulebook } from '../src/rulebook/assemble.ts';
import { REQUEST, RUN_DATE, sampleStore } from './data.ts';
import type { Measured } from './measure.ts';
import { started } from './service.ts';

const RATE = 200;
const SECONDS = 10;
const ROWS = 200;

interface Listed {
  readonly rows: readonly { readonly rules: Readonly<Record<string, string>>; readonly links: { readonly explanation: string } }[];
}

export async function explanations(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = await sampleStore(students, rulebook);
  const { child, address, key } = await started(storeDir);
  try {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const json = async <T>(path: string, init: RequestInit = {}): Promise<T> => (await fetch(address + path, { headers, ...init })).json() as Promise<T>;
    const { id } = await json<{ id: string }>('/v1/extracts', { method: 'POST', body: JSON.stringify({ ...REQUEST, runDate: RUN_DATE }) });
    for (let status = ''; status !== 'Complete'; await new Promise((resolve) => setTimeout(resolve, 100)))
      ({ status } = await json<{ status: string }>(`/v1/extracts/${id}`));
    const { rows } = await json<Listed>(`/v1/extracts/${id}/rows?limit=${ROWS}`);
    const one = rows.map(({ rules, links }, i) => `${links.explanation}&field=${Object.keys(rules)[i % Object.keys(rules).length]}`);
    const measure = async (paths: readonly string[], query = ''): Promise<autocannon.Result> => {
      const requests = paths.map((path) => ({ method: 'GET' as const, path: path + query, headers }));
      const run = (duration: number) =>
        autocannon({ url: address, requests, connections: 4, duration, overallRate: RATE } as never) as unknown as Promise<autocannon.Result>;
      await run(3);
      const result = await run(SECONDS);
      if (result.non2xx > 0) throw new Error(`${result.non2xx} explanations were refused`);
      return result;
    };
    const both = await measure(one);
    const alone = await measure(one, '&secondOpinion=false');
    const whole = await measure(rows.map(({ links }) => links.explanation));
    return [
      {
        what: `explanation of a field, both opinions: p99 at ${RATE} a second`,
        result: `${both.latency.p99} ms`,
        wanted: 'under 25 ms',
        met: both.latency.p99 < 25,
      },
      { what: '  without the second opinion', result: `${alone.latency.p99} ms`, wanted: 'under 5 ms', met: alone.latency.p99 < 5 },
      { what: '  of all columns of a row, both opinions', result: `${whole.latency.p99} ms` },
    ];
  } finally {
    child.kill('SIGTERM');
  }
}
