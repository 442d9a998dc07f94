/**
 * Clients made of the API document by generators of others compile and work as they were made; linters of others have no
 * error to report. Each is a package of its own beside this file (README.md).
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { line, service } from '../support/service.ts';

// Generators and compilers take their time.
t.setTimeout(900_000);

const LEA = '9900001';
const DOCUMENT = '../../../openapi/openapi.json';
const at = { reportingLEA: LEA, schoolOfAttendance: '0199001' };
const folderOf = (peer: string): string => join(import.meta.dirname, peer);

/** Whether a peer is installed, or why it is skipped. */
const missing = (peer: string): string | false =>
  existsSync(join(folderOf(peer), 'node_modules'))
    ? false
    : `not installed; npm ci --prefix test/peers/${peer} --ignore-scripts installs it`;

/** Runs a program of a peer in its folder. */
async function run(peer: string, program: string, ...args: readonly string[]): Promise<{ code: number; out: string }> {
  const cwd = folderOf(peer);
  const path = program.endsWith('.js') ? [program] : [join('node_modules', '.bin', program)];
  const env = { ...process.env, NO_COLOR: '1', CI: '1', REDOCLY_TELEMETRY: 'off', ORVAL_DISABLE_TELEMETRY: '1' };
  const child = spawn(process.execPath, [...path, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out: out + err };
}

/** Generators of clients, and how they are told to write `generated`. */
const GENERATORS: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  'openapi-fetch': ['openapi-typescript', DOCUMENT, '-o', 'generated/api.d.ts'],
  orval: ['orval', '--config', 'orval.config.js'],
  'hey-api': ['openapi-ts', '-i', DOCUMENT, '-o', 'generated', '--no-log-file'],
};

for (const [peer, [program, ...args]] of Object.entries(GENERATORS))
  t.test(`a client from ${peer} compiles and works`, { skip: missing(peer) }, async (t) => {
    rmSync(join(folderOf(peer), 'generated'), { recursive: true, force: true });
    const made = await run(peer, program, ...args);
    t.equal(made.code, 0, made.out);
    const compiled = await run(peer, 'tsc', '-p', '.');
    t.equal(compiled.code, 0, compiled.out);

    const { app, key } = await service(t);
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const bearer = key('vendor', [LEA]).authorization.slice('Bearer '.length);
    const sent = [line('SENR', at), line('SPRG', { ...at, educationProgramCode: '191' })];
    const ran = await run(peer, 'generated/out/client.js', address, bearer, ...sent);
    t.equal(ran.code, 0, ran.out);
    t.match(JSON.parse(ran.out), {
      uploads: [
        [1, 1],
        [1, 1],
        [2, 2],
      ],
      status: 'Complete',
      progress: 100,
      rows: 1,
      explained: '9900000001',
      field: 'Y',
      grade: '05',
    });
  });

const LINTERS: Readonly<Record<string, readonly string[]>> = {
  redocly: ['lint', '--config', 'redocly.yaml', DOCUMENT],
  spectral: ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'error', DOCUMENT],
};

for (const [linter, args] of Object.entries(LINTERS))
  t.test(`${linter} has no error to report`, { skip: missing('lint') }, async (t) => {
    const { code, out } = await run('lint', linter, ...args);
    t.equal(code, 0, out);
  });
