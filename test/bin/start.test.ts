/** What a start loads: a command is quick when it loads nothing that it does not need. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, globSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { folder } from '../support/folders.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const BIN = join(PROJECT, 'bin/cenr.mjs');

interface Started {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(words: readonly string[], preload: string, cache: string, program = BIN): Started {
  const args = ['--import', join(import.meta.dirname, preload), program, ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    // The tests' own cache of compiled modules would be taken instead.
    env: { ...process.env, NODE_COMPILE_CACHE: undefined, CENR_CACHE: cache },
  });
  return { code: status, out: stdout, err: stderr };
}

/** The files of the project and its packages that a start loads, from the project's folder. */
const loadedBy = (words: readonly string[], cache: string, program?: string): string[] =>
  start(words, 'list-modules.mjs', cache, program)
    .err.split('\n')
    .filter((line) => line.startsWith('file:'))
    .map((url) => relative(PROJECT, fileURLToPath(url)).replaceAll('\\', '/'))
    .filter((file) => !file.startsWith('test/'));

t.test('the program can be executed in a checkout, as npx does', async () => {
  accessSync(BIN, constants.X_OK);
});

t.test('the version is said without loading anything else', async (t) => {
  const { code, out } = start(['--version'], 'list-modules.mjs', folder(t));
  t.equal(code, 0);
  t.match(out, /^\d+\.\d+\.\d+\n$/);
  t.same(loadedBy(['--version'], folder(t)), ['bin/cenr.mjs']);
});

/** What tells errors of a store in words. */
const OF_ERRORS = ['src/store/store.ts', 'src/store/trouble.ts'];

t.test('the help of a command loads neither its work nor other commands', async (t) => {
  const loaded = loadedBy(['extract', '--help'], folder(t));
  t.ok(loaded.includes('src/cli/commands/extract.ts'));
  t.same(
    loaded.filter((file) => file.startsWith('src/cli/commands/')),
    ['src/cli/commands/extract.ts'],
  );
  for (const room of ['rulebook', 'pipeline', 'explain', 'service/routes', 'store'])
    t.same(
      loaded.filter((file) => file.startsWith(`src/${room}/`) && !OF_ERRORS.includes(file)),
      [],
      room,
    );
});

t.test('listing the rules loads neither the service nor what verifies rules', async (t) => {
  const loaded = loadedBy(['rules', 'list'], folder(t));
  for (const unneeded of [/^src\/service\/(?!config)/, /\/ajv\//, /fastify/, /typebox/, /validators\.cjs/, /hucre/])
    t.same(
      loaded.filter((file) => unneeded.test(file)),
      [],
      String(unneeded),
    );
});

t.test(
  'a service loads what reads and writes workbooks, writes Parquet, sends mails or speaks with PostgreSQL when it has to',
  async (t) => {
    // Routes are found in their folders.
    const files = globSync('src/{service,pages}/**/*.ts', { cwd: PROJECT }).filter(
      (file) => !file.endsWith('-thread.ts'),
    );
    const program = join(folder(t), 'all.mjs');
    writeFileSync(program, files.map((file) => `import ${JSON.stringify(join(PROJECT, file))};\n`).join(''));
    const loaded = loadedBy([], folder(t), program);
    t.ok(loaded.includes('src/service/routes/v1/extracts/request.ts'));
    t.ok(loaded.some((file) => /\/fastify\//.test(file)));
    for (const later of ['hucre', 'hyparquet-writer', 'nodemailer', 'postgres'])
      t.same(
        loaded.filter((file) => file.startsWith(`node_modules/${later}/`)),
        [],
        later,
      );
  },
);

t.test('what was loaded is kept compiled in the cache folder, and only there', async (t) => {
  const cache = join(folder(t), 'cache');
  t.equal(start(['rules', 'list'], 'list-modules.mjs', cache).code, 0);
  t.ok(existsSync(join(cache, 'compiled')));
  t.ok(readdirSync(join(cache, 'compiled'), { recursive: true }).length > 10);
});

t.test('a cache folder that cannot be made is no fault', async (t) => {
  const { code, out } = start(['rules', 'list'], 'list-modules.mjs', join(BIN, 'below-a-file'));
  t.equal(code, 0);
  t.match(out, /SHA-256/);
});

t.test('an older Node is told in the first line which one is needed', async (t) => {
  const { code, out, err } = start(['rules', 'list'], 'older-node.mjs', folder(t));
  t.equal(code, 2);
  t.equal(out, '');
  t.match(err.split('\n')[0], /^cenr needs Node 24 or later, and this is Node 20\.11\.0; install Node 24/);
});
