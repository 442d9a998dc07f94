/**
 * The service under test: a real SQLite store in a folder of the test, the shipped rulebook, a clock that stands still,
 * and no threads: uploads and extracts are made in the test's own process. Every answer is held to the API document:
 * its status and error code must be documented for the route, its JSON must fit the schema.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { openAccessLog } from '#audit/access-log/access-log';
import type { Upload } from '#intake/upload';
import { loadFiles } from '#pipeline/load-files';
import type { Role } from '#publishing/role';
import type { LEAScope } from '#records/scope';
import { buildApp, type ServiceDeps } from '#service/app';
import { DEFAULT_CONFIG, type ServiceConfig } from '#service/config';
import type { WorkControl } from '#service/jobs/job-queue';
import type { LoadUpload } from '#service/jobs/upload-jobs';
import { writeExtract } from '#service/jobs/write-extract';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { createLogger } from '#service/logger';
import { INCOMING } from '#service/plugins/uploads';
import { makeReconciliation } from '#service/reconciliations/reconcile-work';
import { checkTexts, makeImpact } from '#service/rules/rules-work';
import { ssidWorkIn } from '#service/ssid/ssid-work';
import { openSqliteStore } from '#store/sqlite';
import type { Store } from '#store/store';
import { folder } from './folders.ts';
import { shipped } from './histories.ts';

export const NOW = new Date('2024-07-15T19:00:00Z');
export const TODAY = '20240715';
export const LEA = '1234567';
export const OTHER_LEA = '7654321';

const defaults = (
  JSON.parse(readFileSync(new URL('../../rules/examples/defaults.json', import.meta.url), 'utf8')) as {
    records: Record<string, Record<string, string>>;
  }
).records;

/** A record that passes all checks, columns by key, as `POST /v1/evaluations` takes it. */
export function record(recordType: string, changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { recordTypeCode: _, ...columns } = defaults[recordType] as Record<string, string>;
  return { recordType, ...columns, ...changes };
}

/** The same as a line of a file. */
export function line(recordType: string, changes: Readonly<Record<string, string>> = {}): string {
  const columns = shipped.schemas.layouts.find((l) => l.recordType === recordType)?.columns ?? [];
  const values = { ...defaults[recordType], ...changes };
  return columns.map((c) => values[c.key] ?? '').join('^');
}

/** Loads files in the calling process, as `src/pipeline/load-thread.ts` does in a thread of its own. */
export const loadHere =
  (storeDir: string) =>
  (upload: Parameters<LoadUpload>[0], control?: WorkControl): Promise<Upload> =>
    loadFiles({ storeDir, temporaryDir: join(storeDir, INCOMING), ...upload, ...control });

/** Makes an extract in the calling process, without threads. */
export const extractHere =
  (store: Store, storeDir: string): ServiceDeps['writeExtract'] =>
  (work, control) =>
    writeExtract({ ...work, store, storeDir, version: '0.0.0' }, { ...control, workers: 0 });

/** Makes impact reports in the calling process, without threads. */
export const impactHere =
  (storeDir: string): ServiceDeps['writeImpact'] =>
  (work, control) =>
    makeImpact({ ...work, storeDir }, { ...control, workers: 0 });

/** Whoever a service is made for: a test, or a script that is done with it at some time. */
export interface Owner {
  teardown(done: () => Promise<void> | void): void;
}

export interface TestService {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly config: ServiceConfig;
  /** Makes a key; gives the header that carries it. Keys with one name are one person's. */
  key(role: Role, leas: LEAScope, name?: string, email?: string): { readonly authorization: string };
  /** A request; its answer is held to the API document. */
  ask(options: InjectOptions): Promise<Answer>;
  /** Lines of the log so far. */
  readonly log: string[];
  /** Lets another service have the access log, as the death of the process would. */
  stopLog(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a body is whatever the test expects of it
  readonly body: any;
}

/**
 * Builds a service for a test; it is gone when the test ends.
 * @param storeDir of a service before it
 */
export async function service(
  t: Owner,
  changes: Partial<ServiceConfig> = {},
  deps: (store: Store, storeDir: string) => Partial<ServiceDeps> | Promise<Partial<ServiceDeps>> = () => ({}),
  storeDir: string = folder(t),
): Promise<TestService> {
  const store = openSqliteStore(storeDir);
  const accessLog = await openAccessLog(storeDir, { clock: () => NOW });
  const config = { ...DEFAULT_CONFIG, storeDir, shutdownGrace: 0, practice: false, ...changes };
  const log: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const app = await buildApp(config, {
    store,
    rulebook: shipped,
    clock: () => NOW,
    loadUpload: loadHere(storeDir),
    writeExtract: extractHere(store, storeDir),
    writeImpact: impactHere(storeDir),
    reconcile: (work, control) => makeReconciliation({ ...work, storeDir, version: '0.0.0' }, control),
    ssidWork: ssidWorkIn(storeDir, 0),
    checkDraft: async (texts, today, versions, before) => checkTexts(texts, today, versions, before),
    accessLog,
    logger: createLogger('trace', sink),
    version: '0.0.0-test',
    ...(await deps(store, storeDir)),
  });
  t.teardown(async () => {
    await app.close();
    await store.close();
    await accessLog.close();
  });
  await app.ready();
  const documented = await documentOf(app);
  let keysAreKept: Promise<unknown> = Promise.resolve();

  return {
    app,
    store,
    config,
    log,
    stopLog: () => accessLog.close(),
    key(role, leas, name = `a ${role}`, email?: string) {
      const random = randomBytes(KEY_RANDOM_BYTES);
      const { key, record: kept } = createKey({ name, role, leas, email, now: NOW, random });
      keysAreKept = Promise.all([keysAreKept, store.addKey(kept)]);
      return { authorization: `Bearer ${key}` };
    },
    async ask(options) {
      await keysAreKept;
      const response = await app.inject(options);
      const type = String(response.headers['content-type'] ?? '').split(';')[0];
      const body =
        type?.endsWith('json') && type !== 'application/x-ndjson' && response.body !== ''
          ? JSON.parse(response.body)
          : undefined;
      documented(String(options.method ?? 'GET'), String(options.url), response.statusCode, type ?? '', body);
      return {
        status: response.statusCode,
        headers: response.headers as Record<string, string>,
        text: response.body,
        body,
      };
    },
  };
}

/** Codes that belong to no route. */
const OF_NO_ROUTE = ['CENR_ROUTE_UNKNOWN', 'CENR_METHOD_NOT_ALLOWED', 'CENR_ONLY_WORKS'];

interface APIDocument {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { description: string; content?: Record<string, unknown> }> }>
  >;
}

/** By the rules in effect, on which alone the document depends: it takes long to make, and its schemas to compile. */
const documents = new Map<string, ReturnType<typeof checkerOf>>();

async function documentOf(app: FastifyInstance): Promise<ReturnType<typeof checkerOf>> {
  const { hash } = await app.rules.current();
  const known = documents.get(hash) ?? checkerOf((await app.apiDocument()) as unknown as APIDocument);
  documents.set(hash, known);
  return known;
}

/** Throws for an answer that the API document does not have. */
function checkerOf(document: APIDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(document, 'api');
  const validators = new Map<string, ValidateFunction>();
  const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
  const paths = Object.keys(document.paths).map((path) => ({
    path,
    form: new RegExp(
      `^${path
        .replaceAll('.', '\\.')
        .replaceAll('{path}', '.+')
        .replaceAll(/\{\w+\}/g, '[^/]+')}$`,
    ),
  }));

  return (method: string, url: string, status: number, type: string, body: unknown): void => {
    const code = (body as { code?: string } | undefined)?.code;
    if (type === 'application/problem+json' && OF_NO_ROUTE.includes(code ?? '')) return;
    const path = paths.find(({ form }) => form.test(url.split('?')[0] as string))?.path;
    const answers = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()]?.responses;
    if (path === undefined || !answers) return;
    const answer = answers[String(status)];
    if (!answer) throw new Error(`${method} ${path} answers ${status}, which the API document does not name`);
    if (type === 'application/problem+json' && !answer.description.includes(`\`${code}\``))
      throw new Error(`${method} ${path} answers ${code}, which the API document does not name`);
    if (body === undefined) return;
    if (!answer.content?.[type])
      throw new Error(`${method} ${path} answers ${status} as ${type}, which the API document does not name`);
    const pointer = `api#/paths/${escaped(path)}/${method.toLowerCase()}/responses/${status}/content/${escaped(type)}/schema`;
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: pointer });
    validators.set(pointer, validate);
    if (!validate(body))
      throw new Error(
        `${method} ${path} answers ${status} otherwise than documented: ${ajv.errorsText(validate.errors)}`,
      );
  };
}

/** A multipart body of files. */
export function multipart(files: Readonly<Record<string, string | Buffer>>): {
  readonly headers: { readonly 'content-type': string };
  readonly payload: Buffer;
} {
  const boundary = 'cenr-test-boundary';
  const parts = Object.entries(files).flatMap(([name, content]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

/** Where the service keeps finished extracts. */
export const extractFile = ({ config }: TestService, id: string): string =>
  join(config.storeDir, 'extracts', `${id}.txt`);
