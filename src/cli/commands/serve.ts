import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { newId } from '#base/ids';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { pages } from '#pages/pages';
import { loadUpload } from '#pipeline/load-upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { DEMO } from '#sample/demo';
import { writeSample } from '#sample/write';
import { PROCESS_ROLES, type ProcessRole, placeOf, type ServiceConfig } from '#service/config';
import { storeAt, unknownVariables } from '#service/environment';
import { createKey, hashKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import type { Store } from '#store/store';
import { today } from '../clock.ts';
import { namedFiles } from '../inputs.ts';
import { whenNpmEnds } from '../npm-parent.ts';
import { numberOption, rulesOption } from '../options.ts';
import { say } from '../summary.ts';
import { VERSION } from '../version.ts';

const SAMPLE_LEA = '9900001';
const LINK_BYTES = 24;
const DEMO_KEY = 'demo, made by cenr serve --sample';

export const serveCommand = (): Command =>
  new Command('serve')
    .description('Starts the REST service.')
    .option(
      '--store <DIR>',
      'the store: a folder, created if missing, or the address of a database (CENR_STORE, or data)',
    )
    .option('--host <H>', 'the address to listen on (CENR_HOST, or 127.0.0.1)')
    .option('--port <P>', 'the port to listen on (CENR_PORT, or 8080)', numberOption(0))
    .addOption(
      new Option(
        '--role <R>',
        'of several on one database: api answers requests and makes no jobs, work makes jobs and answers only /health and /metrics (CENR_ROLE, or both)',
      ).choices([...PROCESS_ROLES]),
    )
    .option('--sample', 'load 1,000 synthetic students if the store is empty, and show a demo key and calls to copy')
    .addOption(rulesOption())
    .option(
      '--watch',
      'with --rules: a valid change in the folder takes effect; an invalid one is reported and ignored',
    )
    .addHelpText(
      'after',
      '\nExample:\n  cenr serve --sample --port 8080\n  cenr serve --store data --rules my-rules --watch',
    )
    .action(
      async (options: {
        store?: string;
        host?: string;
        port?: number;
        role?: ProcessRole;
        sample?: boolean;
        rules?: string;
        watch?: boolean;
      }) => {
        if (options.watch && options.rules === undefined)
          throw new UserError('--watch needs --rules DIR, the folder to watch');
        say(unknownVariables(process.env).map((sentence) => `warning: ${sentence}`));
        let demoKey: string | undefined;
        const links = new Map<string, string>();
        const link = randomBytes(LINK_BYTES).toString('base64url');
        let students = 0;
        const server = await startServer({
          ...storeAt(options.store, process.env),
          ...(options.host !== undefined && { host: options.host }),
          ...(options.port !== undefined && { port: options.port }),
          ...(options.role !== undefined && { role: options.role }),
          ...(options.rules !== undefined && { rulesDir: options.rules }),
          ...(options.watch && { watch: true }),
          version: VERSION,
          pages: pages(links),
          prepare: async (store, config, rulebook) => {
            if (!options.sample) return;
            if (config.role === 'work')
              throw new UserError(
                '--sample shows calls to copy, and a process with the role "work" answers none: use it with the role "api" or "both"',
              );
            if ((await store.forLEAs('all').students()) === 0) await loadSample(config, rulebook);
            students = await store.forLEAs('all').students();
            demoKey = await demoKeyOf(store);
            links.set(link, hashKey(demoKey));
          },
        });
        say(
          demoKey === undefined
            ? [
                server.app.config.role === 'work'
                  ? `cenr makes jobs; ${server.address} answers only /health/live, /health/ready and /metrics`
                  : `cenr listens on ${server.address}, its API documentation on ${server.address}/docs`,
              ]
            : welcome(server.address, { key: demoKey, link, students }),
        );
        // As for a signal from outside: the service ends in good order.
        whenNpmEnds(process.env, () => process.kill(process.pid, 'SIGTERM'));
        await server.closed;
      },
    );

async function loadSample(config: ServiceConfig, rulebook: Rulebook): Promise<void> {
  const { storeDir } = config;
  const dir = await mkdtemp(join(storeDir, 'sample-'));
  try {
    await writeSample(DEMO, dir);
    const now = new Date();
    const files = (await namedFiles([dir], undefined, rulebook)).map(({ path }) => ({
      name: path.slice(dir.length + 1),
      path,
    }));
    await loadUpload({
      storeDir: placeOf(config),
      id: newId('upload', now.getTime(), randomBytes(10)),
      sender: 'all',
      files,
      receivedAt: now.toISOString(),
      loadDay: today(now),
      rulebook,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A key cannot be shown twice, so every start makes a new one and the former is revoked. */
async function demoKeyOf(store: Store): Promise<string> {
  const now = new Date();
  for (const { id, name, revokedAt } of await store.keys())
    if (name === DEMO_KEY && revokedAt === undefined) await store.revokeKey(id, now.toISOString());
  const { key, record } = createKey({
    name: DEMO_KEY,
    role: 'admin',
    leas: 'all',
    now,
    random: randomBytes(KEY_RANDOM_BYTES),
  });
  await store.addKey(record);
  return key;
}

interface Demo {
  readonly key: string;
  /** Last part of the address that signs in. */
  readonly link: string;
  readonly students: number;
}

function welcome(address: string, { key, link, students }: Demo): string[] {
  const bearer = `-H 'Authorization: Bearer ${key}'`;
  const json = "-H 'Content-Type: application/json'";
  const request = `{"reportingLEAs":["${SAMPLE_LEA}"],"academicYear":"2023-2024"}`;
  const line = `SENR^A^^${SAMPLE_LEA}^0199001^^2023-2024^9900000001^L1^Maple^^River^^^^^20130401^F^^^US^20230815^10^05`;
  return [
    '',
    `cenr listens on ${address} with ${grouped(students)} students in its store`,
    `  open   ${address}/sign-in/${link}   (pages; signs you in)`,
    `  calls  ${address}/docs`,
    `  key    ${key}   (this demo key may do everything; cenr key add makes real ones)`,
    '',
    'Three calls to copy:',
    '',
    '1. Ask for an extract, and fetch it when it is Complete (its Location is in the answer):',
    `  curl -i ${address}/v1/extracts ${bearer} ${json} -d '${request}'`,
    '',
    '2. See the extracts asked for, with their status and the path of each file:',
    `  curl ${address}/v1/extracts ${bearer}`,
    '',
    '3. Send one student and get its rows; nothing is stored:',
    `  curl ${address}/v1/evaluations ${bearer} ${json} -d '{"request":${request},"records":["${line}"]}'`,
    '',
  ];
}
