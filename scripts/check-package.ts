/**
 * `npm run check-package`: packs the project, installs the package in an empty folder, and uses it there as somebody
 * would who has no checkout. Needs npm and its registry.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const PROJECT = resolve(import.meta.dirname, '..');
const MOST_BYTES = 1_500_000;
/** What a package has no use for. */
const UNWANTED = /(^|\/)(test|bench|scripts|docs|src|\.ci)\/|\.test\.|\.map$/;
const REQUEST = ['--lea', '9900001', '--academic-year', '2023-2024', '--run-date', '20240715'];
const PATIENCE_MS = 60_000;

const work = mkdtempSync(join(tmpdir(), 'cenr-package-'));
const home = join(work, 'home');
mkdirSync(home);
let failures = 0;

function check(what: string, holds: boolean, found: unknown = ''): void {
  if (!holds) failures++;
  process.stdout.write(`${holds ? 'ok' : 'not ok'} - ${what}${holds || found === '' ? '' : `: ${String(found)}`}\n`);
}

const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

function packed(): string {
  run('npm', ['pack', '--silent', '--pack-destination', work], PROJECT);
  const [name = ''] = readdirSync(work).filter((file) => file.endsWith('.tgz'));
  return join(work, name);
}

function checkContents(tarball: string): void {
  const { size } = statSync(tarball);
  check(`the package has at most ${MOST_BYTES} bytes`, size <= MOST_BYTES, size);
  const files = run('tar', ['tzf', tarball], work).trim().split('\n');
  const unwanted = files.map((file) => file.replace('package/', '')).filter((file) => UNWANTED.test(file));
  check('no tests, sources or maps are in it', unwanted.length === 0, unwanted.slice(0, 5));
}

function checkCommands(): void {
  const npx = (...args: string[]): string => run('npx', ['cenr', ...args], home);
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
  const said = npx('--version').trim();
  check('npx cenr --version', said === version, said);
  npx('sample', '--students', '300', '--out', 'sample');
  npx('extract', 'sample', ...REQUEST, '--out', 'package.txt');
  run(
    process.execPath,
    [join(PROJECT, 'bin/cenr.mjs'), 'extract', 'sample', ...REQUEST, '--out', 'checkout.txt'],
    home,
  );
  const bytes = (name: string): string => readFileSync(join(home, name), 'utf8');
  check('its extract has the bytes of the checkout', bytes('package.txt') === bytes('checkout.txt'));
  check('and rows', bytes('package.txt').startsWith('CENR-R^'));
  for (const [form, begins] of [
    ['xlsx', 'PK'],
    ['parquet', 'PAR1'],
  ] as const) {
    npx('convert', 'package.txt', '--out', `package.${form}`);
    check(`npx cenr convert makes ${form}`, bytes(`package.${form}`).startsWith(begins));
  }
  npx('load', 'sample', '--lea', 'all', '--store', 'data', '--load-date', '20240715');
  npx('extract', '--store', 'data', ...REQUEST, '--out', 'store.txt');
  check('so has its extract from a store', bytes('store.txt') === bytes('checkout.txt'));
  const ssid = /\^(99\d{8})\^/.exec(bytes('store.txt'))?.[1] ?? '';
  const explained = npx('explain', 'sample', '--ssid', ssid, ...REQUEST);
  check('npx cenr explain explains a row', explained.includes(ssid), explained.slice(0, 200));
  check('npx cenr rules check finds no error', /\b0 errors\b|no errors/i.test(npx('rules', 'check')));
}

/** Waits until something answers at an address, or nothing does any more. */
async function until(answers: boolean, url: string): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await wait(200)) {
    const there = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (there === answers) return true;
  }
  return false;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function checkService(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const port = await freePort();
  const npx = spawn('npx', ['cenr', 'serve', '--store', 'data', '--port', String(port)], {
    cwd: home,
    stdio: 'ignore',
  });
  const ended = once(npx, 'exit');
  const url = `http://127.0.0.1:${port}/health/ready`;
  check('npx cenr serve becomes ready', await until(true, url));
  npx.kill(signal);
  await ended;
  check(`and ends when npx is ended by ${signal}`, await until(false, url));
}

try {
  const tarball = packed();
  checkContents(tarball);
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', tarball], home);
  checkCommands();
  await checkService('SIGTERM');
  await checkService('SIGKILL');
} finally {
  rmSync(work, { recursive: true, force: true });
  rmSync(join(PROJECT, 'dist'), { recursive: true, force: true });
}
process.stdout.write(failures === 0 ? 'the package works\n' : `${failures} checks failed\n`);
process.exitCode = failures === 0 ? 0 : 1;
