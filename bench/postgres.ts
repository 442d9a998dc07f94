/**
 * A store in PostgreSQL against one in a folder, in turn: load into an empty store, extract with its manifest, and
 * explanations over loopback. The server is one of its own on this machine, as it comes but for its port, and waits for
 * its disk. CPU time of the command, or of the service, and of the server behind it; and the time by the clock, which
 * means little while others use the cores.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { type PostgresServer, postgresServer, WITH_POSTGRES } from '../test/support/postgres-server.ts';
import { BIN, cpuOf, cpuWithChildren, median } from './cpu.ts';
import { RUN_DATE, sampleFiles } from './data.ts';
import { explanationsOf, p99, paced } from './explanations.ts';
import { type Measured, megabytes, seconds, times } from './measure.ts';
import { ended, started } from './service.ts';
import type { Timed } from './slowest.ts';

const ROUNDS = 3;
const MOST = 2;
/** A second: so few that both keep up on a machine that others use too. */
const RATE = 50;
const WARM_SECONDS = 30;
const SECONDS = 20;
const PORTS = { folder: 18_080, database: 18_081 } as const;

/** Milliseconds. */
interface Spent {
  readonly client: number;
  readonly server: number;
  readonly wall: number;
}

interface Pair {
  readonly folder: Spent;
  readonly database: Spent;
}

export async function postgres(students: number): Promise<Measured[]> {
  if ('skip' in WITH_POSTGRES) return [{ what: 'a store in PostgreSQL', result: WITH_POSTGRES.skip }];
  const endings: (() => unknown)[] = [];
  const dir = mkdtempSync(join(tmpdir(), 'cenr-bench-postgres-'));
  try {
    const server = await postgresServer({ teardown: (end) => endings.push(end) }, { isDurable: true });
    const master = await masterOf(server);
    const files = await sampleFiles(students);
    const folder = join(dir, 'store');
    let database = '';
    const spent = (args: readonly string[]): Spent => {
      const [begun, before] = [performance.now(), cpuWithChildren(master)];
      const client = cpuOf([BIN, ...args], dir);
      return { client, server: cpuWithChildren(master) - before, wall: performance.now() - begun };
    };
    const load = (store: string): Spent => spent(['load', files, '--store', store, '--lea', 'all']);
    const loads = await inTurn(ROUNDS, {
      folder() {
        rmSync(folder, { recursive: true, force: true });
        return load(folder);
      },
      async database() {
        database = await server.database();
        return load(database);
      },
    });
    const year = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', RUN_DATE];
    const extract = (store: string): Spent =>
      spent(['extract', '--store', store, ...year, '--out', join(dir, 'extract.txt')]);
    const extracts = await inTurn(ROUNDS, { folder: () => extract(folder), database: () => extract(database) });
    const all = `of ${grouped(students)} students`;
    return [
      ...compared(`load ${all} into an empty store`, loads),
      { what: '  bytes of the database', result: megabytes(await sizeOf(server, database)) },
      ...compared(`extract ${all} with a manifest`, extracts),
      ...(await explained(dir, folder, database, master)),
    ];
  } finally {
    for (const end of endings) await end();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The first process of a server, whose children serve connections. */
async function masterOf(server: PostgresServer): Promise<number> {
  // Its first line. Whom a connection belongs to cannot be asked of the system: it is gone when the answer is here.
  const [row] = await server.administer(await server.database(), "SELECT pg_read_file('postmaster.pid') AS file");
  return Number.parseInt(String(row?.['file']), 10);
}

async function sizeOf(server: PostgresServer, database: string): Promise<number> {
  const [row] = await server.administer(database, 'SELECT pg_database_size(current_database()) AS bytes');
  return Number(row?.['bytes']);
}

/** The first round fills caches and is not counted. */
async function inTurn(
  rounds: number,
  { folder, database }: Record<keyof Pair, () => Spent | Promise<Spent>>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds; round++) pairs.push({ folder: await folder(), database: await database() });
  return pairs.slice(1);
}

function compared(what: string, pairs: readonly Pair[]): Measured[] {
  const of = (kind: keyof Pair, each: keyof Spent): string =>
    seconds(median(pairs.map((pair) => pair[kind][each])) / 1000);
  const ratio = (each: (spent: Spent) => number): number =>
    median(pairs.map(({ folder, database }) => each(database) / each(folder)));
  const wall = ratio((spent) => spent.wall);
  return [
    {
      what: `${what}, in a folder`,
      result: `${of('folder', 'client')} of CPU, ${of('folder', 'wall')} by the clock`,
    },
    {
      what: '  in PostgreSQL',
      result: `${of('database', 'client')} of CPU and ${of('database', 'server')} of its server, ${of('database', 'wall')} by the clock`,
    },
    { what: '  PostgreSQL : folder, CPU with the server', result: times(ratio((s) => s.client + s.server)) },
    {
      what: '  PostgreSQL : folder, by the clock',
      result: times(wall),
      wanted: `at most ${MOST} times`,
      met: wall <= MOST,
    },
  ];
}

/** Explanations of one field, both opinions, by two services that are asked in turn. */
async function explained(dir: string, folder: string, database: string, master: number): Promise<Measured[]> {
  const services = {
    folder: await started(folder, [], {}, PORTS.folder),
    database: await started(database, [], { CENR_FILES: join(dir, 'files') }, PORTS.database),
  };
  try {
    const asked = { folder: await explanationsOf(services.folder), database: await explanationsOf(services.database) };
    const took: Record<keyof Pair, Timed[]> = { folder: [], database: [] };
    const ask = async (kind: keyof Pair, duration: number): Promise<Spent> => {
      const { url, headers } = asked[kind];
      const pid = services[kind].child.pid as number;
      const before = { client: cpuWithChildren(pid), server: cpuWithChildren(master) };
      const answers = await paced(url, headers, duration, kind, RATE);
      took[kind].push(...answers);
      const each = (now: number, then: number): number => (now - then) / answers.length;
      return {
        client: each(cpuWithChildren(pid), before.client),
        server: each(cpuWithChildren(master), before.server),
        wall: p99(answers),
      };
    };
    for (const kind of ['folder', 'database'] as const) await ask(kind, WARM_SECONDS);
    for (const kind of ['folder', 'database'] as const) took[kind] = [];
    const pairs = await inTurn(ROUNDS, {
      folder: () => ask('folder', SECONDS),
      database: () => ask('database', SECONDS),
    });
    const of = (kind: keyof Pair): string => {
      const all = took[kind].toSorted((a, b) => a.took - b.took);
      const [half, most] = [all[all.length >> 1]?.took ?? Number.NaN, p99(all)];
      const cpu = (each: keyof Spent) => median(pairs.map((pair) => pair[kind][each])).toFixed(1);
      const server = kind === 'database' ? ` and ${cpu('server')} ms of its server` : '';
      return `half within ${half.toFixed(1)} ms, 99 of 100 within ${most.toFixed(1)} ms; ${cpu('client')} ms of CPU${server}`;
    };
    const ratio = median(pairs.map((pair) => pair.database.wall / pair.folder.wall));
    return [
      { what: `explanation of a field at ${RATE} a second, store in a folder`, result: of('folder') },
      { what: '  in PostgreSQL', result: of('database') },
      {
        what: '  PostgreSQL : folder, p99',
        result: times(ratio),
        wanted: `at most ${MOST} times`,
        met: ratio <= MOST,
      },
    ];
  } finally {
    for (const { child } of Object.values(services)) await ended(child);
  }
}
