/** Backups of a store in PostgreSQL, by the commands of docs/postgresql.md: what is restored is what was there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { loadFiles } from '#pipeline/load-files';
import { writeSample } from '#sample/write';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import { contentOf } from '#store/copy/copy';
import { openStore } from '#store/open';
import { connectionsTo, inScope } from '#store/postgres/connection';
import { cenr, PROGRAM } from '../cli/cenr.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { type PostgresServer, postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { line } from '../support/service.ts';
import { askerOf } from '../support/trouble.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/postgresql.md'), 'utf8');
const SECTION = PAGE.slice(PAGE.indexOf('\n## Back it up\n'));
const [BACK_UP, RESTORE, BASE] = [...SECTION.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string);
const AT = '2024-07-15T19:00:00.000Z';
const LEA = '9900001';
const REQUEST = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', '2024-07-15'];

t.test('a store in PostgreSQL', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);
  const missing = server.without('pg_dump', 'pg_restore', 'createdb', 'pg_basebackup');
  if (missing !== undefined) return void t.pass('a server with all its programs', { skip: missing });
  const dir = folder(t);
  const [files, backups, data, restoredFiles] = ['files', 'backups', 'cenr', 'cenr-restored'].map((name) => {
    const made = join(dir, name);
    mkdirSync(made);
    return made;
  }) as [string, string, string, string];
  const address = await server.database();
  await writeSample({ students: 60, seed: 7, leas: 2, style: 'plain' }, files);
  const names = readdirSync(files).filter((name) => name.endsWith('.txt'));
  const load = (id: string, some: readonly string[]) =>
    loadFiles({
      ...{ storeDir: address, id, sender: 'all', receivedAt: AT, loadDay: '20240715', rulebook: shipped },
      files: some.map((name) => ({ name, path: join(files, name) })),
    });
  await load(
    'up_1',
    names.filter((name) => name !== 'SINF.txt'),
  );
  await load('up_2', ['SINF.txt']);
  const { key, record } = createKey({
    ...{ name: 'state', role: 'vendor', leas: 'all', now: new Date() },
    random: Buffer.alloc(KEY_RANDOM_BYTES, 1),
  });
  /** Asks a service on a database and a folder of files. */
  const served = async <T>(
    database: string,
    storeDir: string,
    use: (ask: ReturnType<typeof askerOf>) => Promise<T>,
    isNew = false,
  ): Promise<T> => {
    const running = await startServer({
      ...{ database, storeDir, port: 0, logLevel: 'silent', shutdownGrace: 0 },
      prepare: async (store) => (isNew ? store.addKey(record) : undefined),
    });
    return await use(askerOf(running.address, key)).finally(() => running.close());
  };
  const id = await served(
    address,
    data,
    async (ask) => {
      const asked = { body: { reportingLEAs: 'all', academicYear: '2023-2024' }, headers: { prefer: 'wait=60' } };
      const { text } = await ask('/v1/extracts', asked);
      return (JSON.parse(text) as { id: string }).id;
    },
    true,
  );
  const out = join(dir, 'cenr.txt');
  t.match(await cenr('extract', '--store', address, ...REQUEST, '--out', out), { code: 0 });
  const ssid = readFileSync(out, 'utf8').match(/\^(\d{10})\^/)?.[1] as string;
  const explained = (place: string) =>
    cenr(
      'explain',
      '--ssid',
      ssid,
      '--store',
      place,
      '--academic-year',
      '2023-2024',
      '--run-date',
      '2024-07-15',
      '--lea',
      'all',
    );
  const before = { content: await contentOf(address), explained: await explained(address) };
  t.match(before.explained, { code: 0 });

  /** What is restored is what was there, and what keeps LEAs apart is there too. */
  const equal = async (t: Test, place: string): Promise<void> => {
    t.match(await cenr('verify-store', '--store', place), { code: 0 });
    t.match(await cenr('verify', `${out}.manifest.json`, '--store', place), { code: 0 });
    t.same(await contentOf(place), before.content);
    t.same((await explained(place)).out, before.explained.out);
    const { short, close } = connectionsTo(place, 1);
    try {
      const walls = await short<{ n: number }[]>`SELECT count(*)::int AS n FROM pg_policies`;
      t.ok((walls[0]?.n ?? 0) > 8, 'policies are there');
      const leas = await inScope(short, [LEA], (sql) => sql`SELECT DISTINCT lea FROM enrolled`);
      t.same(
        leas.map((row) => row['lea']),
        [LEA],
        'a query that names no LEA shows nothing of others',
      );
      await t.rejects(
        inScope(short, [LEA], (sql) => sql`SELECT * FROM api_key`),
        { code: '42501' },
      );
    } finally {
      await close();
    }
  };
  /** Runs a block of the page, where other names stand for those in it. */
  const bash = (block: string | undefined, place: string) =>
    runBlock(server, address, block, [
      ...[
        ['/var/backups', backups],
        ['/var/lib/cenr-restored', restoredFiles],
        ['/var/lib/cenr', data],
      ],
      ...[
        ['postgres://cenr@db.example.org/cenr_restored', place],
        ['cenr_restored', nameIn(place)],
      ],
      ...[
        ['-U postgres', '-U administrator'],
        ['-U cenr ', `-U ${new URL(address).username} `],
      ],
      ...[
        ['--owner=cenr ', `--owner=${new URL(address).username} `],
        [/ cenr$/m, ` ${nameIn(address)}`],
      ],
    ] as const);
  const beside = (name: string): string => Object.assign(new URL(address), { pathname: `/${name}` }).href;

  await t.test('dumped and restored it is the same, and so are the files', async (t) => {
    const place = beside('cenr_test_restored');
    await bash(BACK_UP, place);
    t.match(await bash(RESTORE, place), /nothing is damaged|0 damaged|students/i);
    await equal(t, place);
    await served(place, restoredFiles, async (ask) => {
      t.match(await ask(`/v1/extracts/${id}/file`), { status: 200 });
      const file = join(restoredFiles, 'extracts', `${id}.txt`);
      // A backup of the files that is older than that of the database, and one that is newer.
      renameSync(file, join(restoredFiles, 'extracts', 'extract_unknown.txt'));
      t.match(await ask(`/v1/extracts/${id}/file`), { status: 410, text: /CENR_EXTRACT_FILE_GONE/ });
      t.match(await ask('/v1/extracts/extract_unknown/file'), { status: 404 });
      const { text } = await ask('/v1/extracts');
      t.notMatch(text, /extract_unknown/);
    });
  });

  await t.test('what is being loaded during a dump is not in it', async (t) => {
    const place = beside('cenr_test_during');
    writeFileSync(join(files, 'more.txt'), line('SENR', { ssid: '9912345678' }));
    const store = await openStore(address);
    await t.rejects(
      store.load({ id: 'up_3', sender: 'all', files: [{ name: 'x' }] }, async (writer) => {
        writer.problem({
          problem: {
            file: 'x',
            line: 1,
            recordType: 'SENR',
            field: '1',
            fieldName: 'x',
            value: '',
            code: 'X',
            severity: 'reject',
            message: 'x',
          },
          ssid: '9912345678',
        });
        await bash(BACK_UP, place);
        throw new Error('given up');
      }),
      /given up/,
    );
    await store.close();
    await bash(RESTORE, place);
    await equal(t, place);
  });

  await t.test('a base backup is a server with the same', async (t) => {
    const base = server.folder('base');
    const [, ...args] = (BASE as string)
      .trim()
      .replace('/var/backups/cenr-base', base)
      .replace('-U postgres', '-U administrator')
      .split(' ');
    const { hostname, port } = new URL(address);
    await server.run('pg_basebackup', args, { PGHOST: hostname, PGPORT: port });
    const { port: other } = await server.serve(base);
    await equal(t, Object.assign(new URL(address), { port: other }).href);
  });
});

const nameIn = (address: string): string => new URL(address).pathname.slice(1);

async function runBlock(
  server: PostgresServer,
  address: string,
  block: string | undefined,
  instead: readonly (readonly [string | RegExp, string])[],
): Promise<string> {
  if (block === undefined) throw new Error('docs/postgresql.md has no such commands any more');
  let script = block;
  for (const [from, to] of instead)
    script = script.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'gm'), to);
  const { hostname, port } = new URL(address);
  const child = spawn(
    'bash',
    ['-ec', `npx() { shift; "${process.execPath}" "${PROGRAM}" "$@"; }\nexec 2>&1\n${script}`],
    {
      env: { ...process.env, PGHOST: hostname, PGPORT: port, PATH: `${server.programs}:${process.env['PATH']}` },
    },
  );
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`bash ended with ${code}: ${said}\n${script}`);
  return said;
}
