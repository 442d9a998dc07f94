/** The service as a process: opens the store, loads the rulebook, listens, and stops in good order when told to. */

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type AccessLog, openAccessLog } from '#audit/access-log/access-log';
import { chainWords } from '#audit/access-log/chains';
import { UserError } from '#base/user-error';
import { loadUpload } from '#pipeline/load-upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { loadRulebook } from '#rulebook/load/load';
import { openStore } from '#store/open';
import type { Store } from '#store/store';
import { openReplicaLog } from './access-log/replica-log.ts';
import { verifyWhole } from './access-log/verification.ts';
import { buildApp } from './app.ts';
import { DEFAULT_CONFIG, placeOf, type ServiceConfig } from './config.ts';
import { configFrom, requireShared } from './environment.ts';
import { evaluationThreads } from './evaluations/evaluation-threads.ts';
import { writeExtract } from './jobs/write-extract.ts';
import { createLogger } from './logger.ts';
import { INCOMING } from './plugins/uploads.ts';
import { reconcileInThread } from './reconciliations/reconcile-threads.ts';
import { activateFiles } from './rules/activate-files.ts';
import { rulesFolder } from './rules/rules-folder.ts';
import { checkInThread, impactInThread } from './rules/rules-threads.ts';
import { watchRules } from './rules/watch-rules.ts';
import { ssidWorkInThread } from './ssid/ssid-threads.ts';
import { openTraces } from './traces/open-traces.ts';

export interface ServerOptions extends Partial<ServiceConfig> {
  /**
   * The folder `rules`, whose files take effect; when not given, what was published into the store is in effect, or else
   * the shipped rules.
   */
  readonly rulesDir?: string;
  /** Whether changes of that folder take effect while the service runs. */
  readonly watch?: boolean;
  readonly version?: string;
  /** The service in a browser (`#pages/pages`). */
  readonly pages?: FastifyPluginAsync | undefined;
  /** The present moment, and bytes that nobody can guess; the real ones when not given. */
  readonly clock?: () => Date;
  readonly random?: (bytes: number) => Uint8Array;
  /** Lets so many milliseconds pass; the real ones when not given. */
  readonly pause?: (ms: number) => Promise<unknown>;
  /**
   * Called before the service listens, with the store open and the rules in effect: to make keys, or load sample data.
   */
  readonly prepare?: (store: Store, config: ServiceConfig, rulebook: Rulebook) => Promise<void>;
}

export interface RunningServer {
  readonly app: FastifyInstance;
  /** `http://127.0.0.1:8080` */
  readonly address: string;
  /**
   * Stops: for `drain` it only says that it is not ready, then nothing new is accepted, and what runs gets
   * `shutdownGrace` to finish.
   */
  close(): Promise<void>;
  /** Resolves when the service has stopped, whoever stopped it. */
  readonly closed: Promise<void>;
}

/**
 * Starts the service: what is given here goes before the environment (`CENR_…`, config.ts), which goes before the
 * defaults. SIGTERM and SIGINT stop it.
 * @throws UserError for a setting that cannot be used, and for `watch` without a folder; Error when the rulebook cannot be used, the store or its access log
 * cannot be opened or the port is taken
 */
export async function startServer({
  rulesDir,
  watch = false,
  version = '0.0.0',
  clock = () => new Date(),
  random = randomBytes,
  pause = wait,
  prepare,
  pages,
  ...given
}: ServerOptions = {}): Promise<RunningServer> {
  const config: ServiceConfig = { ...DEFAULT_CONFIG, ...configFrom(process.env), ...withoutUndefined(given) };
  requireShared(config);
  if (watch && rulesDir === undefined)
    throw new UserError('watch needs a folder of rules; the rules in this program do not change');
  const rulebook = loadRulebook(rulesDir);
  const { storeDir } = config;
  const logger = createLogger(config.logLevel);
  const now = () => performance.now();
  const replica = randomUUID();
  const traces = config.traces && (await openTraces(config.traces, { version, replica, log: logger, now }));
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  const place = placeOf(config);
  const store = await openStore(place, { now, replica });
  const accessLog = await accessLogOf(store, config, clock, logger).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  try {
    // Whoever asks about an extract later is answered by the rules it was made with, so these are kept too.
    await activateFiles(store, rulebook, rulesDir !== undefined, clock().toISOString());
    const app = await buildApp(config, {
      store,
      rulebook,
      clock,
      random,
      loadUpload: (upload, control) =>
        // What is laid aside goes with the files of the upload, whoever removes them.
        loadUpload({ storeDir: place, temporaryDir: join(storeDir, INCOMING, upload.id), ...upload, ...control }),
      writeExtract: (work, control) => writeExtract({ ...work, store, storeDir: place, version }, control),
      writeImpact: (work, control) => impactInThread({ ...work, storeDir: place }, control),
      ssidWork: ssidWorkInThread(place),
      reconcile: (work, control) => reconcileInThread({ ...work, storeDir: place, version }, control),
      checkDraft: checkInThread,
      followsFolder: rulesDir !== undefined,
      evaluationThreads,
      accessLog,
      logger,
      registry,
      traces,
      version,
      pages,
    });
    await prepare?.(store, config, (await app.rules.current()).rulebook);
    const address = await app.listen({ host: config.host, port: config.port }).catch(refusePort);
    const stopWatching = watch ? watchRules(app, rulesFolder(rulesDir as string, rulebook.hash)) : undefined;
    // A fault in what was entered before does not keep the service from answering; that it is there must not wait for
    // somebody to look.
    verifyWhole(store, storeDir).then(
      (verdicts) => {
        for (const { chain, fault } of verdicts)
          if (fault)
            app.log.error(
              `${['the access log', chainWords(chain)].filter(Boolean).join(', ')} was changed after it was written; cenr audit verify says where`,
            );
      },
      (error: unknown) => app.log.error({ err: error }, 'the access log cannot be verified'),
    );
    return running(app, address, { ...config, pause }, async (msLeft) => {
      await traces?.close(msLeft);
      await stopWatching?.();
      await closeBoth(store, accessLog);
    });
  } catch (error) {
    await closeBoth(store, accessLog);
    throw error;
  }
}

/** What is left to send when the service has stopped gets so long, even when all of the grace time was used. */
const LAST_WORDS_MS = 1_000;

/** The log of a store in a folder; of a store in a database, which services may share, a chain of this one. */
async function accessLogOf(
  { accessChains }: Store,
  { storeDir, accessLogBytes }: ServiceConfig,
  clock: () => Date,
  logger: Logger,
): Promise<AccessLog> {
  const options = { clock, mostBytes: accessLogBytes || undefined };
  if (!accessChains) return openAccessLog(storeDir, options);
  return openReplicaLog({
    ...options,
    dir: storeDir,
    chains: accessChains,
    now: () => performance.now(),
    onPassedOver: (name, error) =>
      logger.error(
        { err: error },
        `${chainWords(name)} of the access log cannot be gone on with, and this service writes another; cenr audit verify says why`,
      ),
  });
}

/** The log first: the database keeps how far it is. */
async function closeBoth(store: Store, accessLog: AccessLog): Promise<void> {
  try {
    await accessLog.close();
  } finally {
    await store.close();
  }
}

/** A port that is none is a setting like any other; Node's own sentence says what it may be. */
function refusePort(error: NodeJS.ErrnoException): never {
  throw error.code === 'ERR_SOCKET_BAD_PORT' ? new UserError(error.message) : error;
}

interface Stopping extends Pick<ServiceConfig, 'drain' | 'shutdownGrace'>, Required<Pick<ServerOptions, 'pause'>> {}

function running(
  app: FastifyInstance,
  address: string,
  { drain, shutdownGrace, pause }: Stopping,
  release: (msLeft: number) => Promise<void>,
): RunningServer {
  const stopped = Promise.withResolvers<void>();
  // Whoever started the service may not be listening any more.
  stopped.promise.catch(() => {});
  let closing = false;

  async function stop(): Promise<void> {
    process.removeListener('SIGTERM', onSignal);
    process.removeListener('SIGINT', onSignal);
    app.stopping.announced = true;
    if (drain > 0) await pause(drain);
    // A client that does not read its answer must not keep the process.
    const begun = performance.now();
    const cut = setTimeout(() => app.server.closeAllConnections(), shutdownGrace);
    try {
      await app.close();
    } finally {
      clearTimeout(cut);
      await release(Math.max(LAST_WORDS_MS, begun + shutdownGrace - performance.now()));
    }
    app.log.info('stopped');
  }

  function close(): Promise<void> {
    if (!closing) stop().then(stopped.resolve, stopped.reject);
    closing = true;
    return stopped.promise;
  }

  function onSignal(signal: NodeJS.Signals): void {
    app.log.info({ signal }, 'stopping');
    // Asked twice: whoever asks knows what is lost, and jobs under way are taken up by the next start.
    process.once(signal, () => process.exit(1));
    close().catch((error: unknown) => {
      app.log.error({ err: error }, 'stopping failed');
      process.exitCode = 1;
    });
  }
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  return { app, address, close, closed: stopped.promise };
}

const withoutUndefined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
