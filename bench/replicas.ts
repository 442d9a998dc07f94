/**
 * A state on one PostgreSQL, by hand (`npm run bench -- replicas --students 1000000`): the extract of one process with
 * two threads, of two and of four processes side by side, and of two of which one is killed in the middle. All files
 * must be equal to the byte, and the manifest of the last one must verify. Times are those of the clock, from the request
 * until the extract is complete: they mean something on a machine where nothing else runs.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { postgresServer, WITH_POSTGRES } from '../test/support/postgres-server.ts';
import { BIN, median, ranWith } from './cpu.ts';
import { RUN_DATE, sampleFiles } from './data.ts';
import { type Measured, megabytes, seconds, times } from './measure.ts';
import { ended, type Started, started } from './service.ts';

export const REPLICAS_STUDENTS = 1_000_000;
const ROUNDS = 3;
const MOST = 1.15;
const FIRST_PORT = 18_080;
const COUNTS = { one: 1, two: 2, four: 4 } as const;
type Count = keyof typeof COUNTS;
/** How far an extract is when one of the processes dies. */
const KILLED_AT = 30;
const LOOK_MS = 50;

interface Made {
  readonly id: string;
  readonly wall: number;
  readonly sha256: string;
}

export async function replicas(students: number): Promise<Measured[]> {
  if ('skip' in WITH_POSTGRES) return [{ what: 'replicas', result: WITH_POSTGRES.skip }];
  const endings: (() => unknown)[] = [];
  const dir = mkdtempSync(join(tmpdir(), 'cenr-bench-replicas-'));
  try {
    const server = await postgresServer({ teardown: (end) => endings.push(end) }, { isDurable: true });
    const place = await server.database();
    const files = await sampleFiles(students);
    const loaded = ranWith([BIN, 'load', files, '--store', place, '--lea', 'all'], dir);
    const serving = async (count: number): Promise<Started[]> => {
      const services: Started[] = [];
      for (let i = 0; i < count; i++)
        services.push(await started(place, [], { CENR_FILES: join(dir, 'files') }, FIRST_PORT + i));
      return services;
    };
    const rounds: Record<Count, Made>[] = [];
    for (let round = 0; round <= ROUNDS; round++)
      rounds.push({
        one: await madeBy(await serving(COUNTS.one)),
        two: await madeBy(await serving(COUNTS.two)),
        four: await madeBy(await serving(COUNTS.four)),
      });
    // The first fills caches.
    rounds.shift();
    const survived = await madeWhileOneDies(await serving(COUNTS.two), dir, place);
    const shas = new Set([...rounds.flatMap((made) => Object.values(made)), survived].map(({ sha256 }) => sha256));
    const ratio = (count: Count): number => median(rounds.map((made) => made[count].wall / made.one.wall));
    const of = (count: Count) => seconds(median(rounds.map((made) => made[count].wall)) / 1000);
    const all = `of ${grouped(students)} students in PostgreSQL`;
    return [
      { what: `load ${all}`, result: `${seconds(loaded.cpu)} of CPU, ${seconds(loaded.wall)} by the clock` },
      { what: '  greatest memory', result: megabytes(loaded.memory) },
      { what: `extract ${all}, by one process`, result: `${of('one')} by the clock` },
      { what: '  by two', result: `${of('two')} by the clock` },
      { what: '  two : one', result: times(ratio('two')), wanted: `at most ${MOST} times`, met: ratio('two') <= MOST },
      { what: '  by four', result: `${of('four')} by the clock` },
      { what: '  four : one', result: times(ratio('four')) },
      { what: '  by two, of which one is killed', result: `${seconds(survived.wall / 1000)} by the clock` },
      { what: '  files that differ', result: String(shas.size - 1), wanted: 'none', met: shas.size === 1 },
      { what: '  manifest of the survivor', result: 'verifies against the database' },
    ];
  } finally {
    for (const end of endings) await end();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function asked(service: Started): Promise<{ readonly self: string; readonly begun: number }> {
  const answer = await fetch(`${service.address}/v1/extracts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ academicYear: '2023-2024', reportingLEAs: 'all', runDate: RUN_DATE }),
  });
  if (answer.status !== 202) throw new Error(`the request was answered ${answer.status}: ${await answer.text()}`);
  return { self: answer.headers.get('location') as string, begun: performance.now() };
}

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly sha256?: string;
}

async function look({ address, key }: Started, self: string): Promise<Shown> {
  const answer = await fetch(`${address}${self}`, { headers: { authorization: `Bearer ${key}` } });
  return (await answer.json()) as Shown;
}

async function until(service: Started, self: string, is: (shown: Shown) => boolean): Promise<Shown> {
  for (;;) {
    const shown = await look(service, self);
    if (is(shown)) return shown;
    if (shown.status === 'Failed') throw new Error(`the extract failed: ${JSON.stringify(shown)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function complete(service: Started, { self, begun }: { self: string; begun: number }): Promise<Made> {
  const { id, sha256 = '' } = await until(service, self, ({ status }) => status === 'Complete');
  return { id, sha256, wall: performance.now() - begun };
}

async function madeBy(services: readonly Started[]): Promise<Made> {
  try {
    const [first] = services as [Started];
    return await complete(first, await asked(first));
  } finally {
    for (const { child } of services) await ended(child);
  }
}

async function madeWhileOneDies(services: readonly Started[], dir: string, place: string): Promise<Made> {
  const [first, second] = services as [Started, Started];
  const request = await asked(first);
  await until(second, request.self, ({ progress, status }) => progress >= KILLED_AT || status === 'Complete');
  const dead = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await dead;
  const made = await complete(second, request);
  const got = join(dir, 'survived');
  mkdirSync(got);
  for (const [part, name] of [
    ['file', 'extract.txt'],
    ['manifest', 'extract.txt.manifest.json'],
  ] as const) {
    const answer = await fetch(`${second.address}${request.self}/${part}`, {
      headers: { authorization: `Bearer ${second.key}`, accept: part === 'file' ? 'text/plain' : 'application/json' },
    });
    writeFileSync(join(got, name), Buffer.from(await answer.arrayBuffer()));
  }
  await ended(second.child);
  ranWith(
    [BIN, 'verify', join(got, 'extract.txt.manifest.json'), '--store', place, '--file', join(got, 'extract.txt')],
    dir,
  );
  return made;
}
