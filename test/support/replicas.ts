/** Several services that share a database and a folder of files, as processes of several machines do. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { openAccessLog } from '#audit/access-log/access-log';
import { loadFiles } from '#pipeline/load-files';
import type { Role } from '#publishing/role';
import type { LEAScope } from '#records/scope';
import { buildApp, type ServiceDeps } from '#service/app';
import { DEFAULT_CONFIG, type ServiceConfig } from '#service/config';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { INCOMING } from '#service/plugins/uploads';
import { makeReconciliation } from '#service/reconciliations/reconcile-work';
import { checkTexts } from '#service/rules/rules-work';
import { ssidWorkIn } from '#service/ssid/ssid-work';
import { openStore } from '#store/open';
import type { Store } from '#store/store';
import { folder } from './folders.ts';
import { shipped } from './histories.ts';
import { type Answer, extractHere, impactHere, NOW, type Owner } from './service.ts';

export interface Replica {
  readonly app: FastifyInstance;
  readonly store: Store;
  ask(options: InjectOptions): Promise<Pick<Answer, 'status' | 'headers' | 'text' | 'body'>>;
}

export interface Replicas {
  readonly replicas: readonly [Replica, Replica];
  /** Makes a key; gives the header that carries it. */
  key(role: Role, leas: LEAScope, name?: string): Promise<{ readonly authorization: string }>;
}

/**
 * Two services on a database; they are gone when the test ends.
 * @param address of an empty database
 * @param prepare what is in the store before they begin
 */
export async function replicasOn(
  t: Owner,
  address: string,
  changes: Partial<ServiceConfig> = {},
  deps: (store: Store) => Partial<ServiceDeps> = () => ({}),
  prepare: (store: Store) => Promise<void> = async () => {},
): Promise<Replicas> {
  const storeDir = folder(t);
  const first = await openStore(address);
  await prepare(first);
  await first.close();
  const one = (): Promise<Replica> => replicaOn(t, { address, storeDir, changes, deps });
  const replicas = [await one(), await one()] as const;
  return {
    replicas,
    async key(role, leas, name = `a ${role}`) {
      const { key, record } = createKey({ name, role, leas, now: NOW, random: randomBytes(KEY_RANDOM_BYTES) });
      await replicas[0].store.addKey(record);
      return { authorization: `Bearer ${key}` };
    },
  };
}

/** What services share: the address of a database, and a folder of files. */
export interface SharedPlace {
  readonly address: string;
  readonly storeDir: string;
}

interface Shared extends SharedPlace {
  /** What others know it as. */
  readonly name?: string;
  readonly changes?: Partial<ServiceConfig>;
  readonly deps?: (store: Store) => Partial<ServiceDeps>;
}

/** Loads in this process, and lays aside what it must where the service does. */
export const loadShared =
  ({ address, storeDir }: SharedPlace): ServiceDeps['loadUpload'] =>
  (upload, control) =>
    loadFiles({ storeDir: address, temporaryDir: join(storeDir, INCOMING, upload.id), ...upload, ...control });

/** One service of several on a database; it is gone when the test ends. */
export async function replicaOn(
  t: Owner,
  { address, storeDir, name = randomUUID(), changes = {}, deps = () => ({}) }: Shared,
): Promise<Replica> {
  const store = await openStore(address, { replica: name });
  const accessLog = await openAccessLog(folder(t), { clock: () => NOW });
  const app = await buildApp(
    { ...DEFAULT_CONFIG, database: address, storeDir, shutdownGrace: 0, requestsPerMinute: 0, ...changes },
    {
      store,
      accessLog,
      rulebook: shipped,
      clock: () => NOW,
      loadUpload: loadShared({ address, storeDir }),
      writeExtract: extractHere(store, address),
      writeImpact: impactHere(address),
      reconcile: (work, control) => makeReconciliation({ ...work, storeDir: address, version: '0.0.0' }, control),
      ssidWork: ssidWorkIn(address, 0),
      checkDraft: async (texts, today, versions, before) => checkTexts(texts, today, versions, before),
      version: '0.0.0-test',
      ...deps(store),
    },
  );
  t.teardown(async () => {
    await app.close();
    await store.close();
    await accessLog.close();
  });
  await app.ready();
  return {
    app,
    store,
    async ask(options) {
      const { statusCode: status, headers, body: text } = await app.inject(options);
      const isJson = String(headers['content-type']).includes('json') && text !== '';
      return { status, headers: headers as Record<string, string>, text, body: isJson ? JSON.parse(text) : undefined };
    },
  };
}
