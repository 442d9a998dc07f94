/**
 * What the API document shows as answers: a service with synthetic students is asked for everything that it can do, and
 * what it answers is kept in openapi/answers.json, by operation, status and media type; refusals by their code. Clock
 * and randomness stand still, so that the same sources give the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { SECRET_BYTES } from '#audit/secret';
import { newSigningKey, SEED_BYTES } from '#audit/signature';
import { ERROR_CODES, problemDetails, ServiceError } from '#service/http/errors';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import type { Store } from '#store/store';
import { askEverything, type Who } from './ask-everything.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const BEGIN = Date.parse('2026-06-15T17:00:00Z');
const REQUEST_ID = 'example-1';
const LEA = '9900001';
const ISSUER = {
  id: 'valley',
  name: 'Valley Unified',
  issuer: 'https://login.example.org',
  clientID: 'cenr',
  clientSecret: '',
  leas: [LEA],
} as const;
/** Of a list, and of a text line by line, so much is shown. */
const MOST_ITEMS = 3;
/** Answers of which only these keys are shown: the document itself would hold itself. */
const PARTS: Readonly<Record<string, readonly string[]>> = { getOpenAPI: ['openapi', 'info'] };
/** Answers with lists in lists: these are cut too. */
const DEEP = new Set(['getLedger']);
/** The same with lines: others say how long something took. */
const LINES: Readonly<Record<string, RegExp>> = { getMetrics: /cenr_(?:uploads|extracts)_total/ };
/** Bytes that nobody reads. */
const UNREADABLE = /gzip|spreadsheet/;

interface Kept {
  /** By operation, status and media type. */
  readonly answers: Record<string, Record<string, Record<string, unknown>>>;
  /** By code. */
  readonly refusals: Record<string, unknown>;
}

/** The answers as text. */
export async function answersText(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
  const storeDir = mkdtempSync(join(tmpdir(), 'cenr-answers-'));
  let now = BEGIN;
  const random = counted();
  const keys = new Map<Who, string>();
  try {
    const server = await startServer({
      storeDir,
      port: 0,
      logLevel: 'silent',
      practice: false,
      publicURL: 'https://cenr.example.org',
      issuers: [ISSUER],
      version,
      clock: () => new Date(now),
      random,
      prepare: async (store) => prepare(store, random, keys),
    });
    const kept: Kept = { answers: {}, refusals: {} };
    try {
      const operationOf = await operations(server.app);
      await askEverything(async (who, options) => {
        // No two things happen in the same second.
        now += 1_000;
        const key = keys.get(who);
        const headers = {
          'x-request-id': REQUEST_ID,
          ...(key && { authorization: `Bearer ${key}` }),
          ...options.headers,
        };
        const { statusCode, headers: sent, body: said } = await server.app.inject({ ...options, headers });
        // The folder is another one each time.
        const body = said.replaceAll(storeDir, 'data');
        const type = String(sent['content-type'] ?? '').split(';')[0] as string;
        const answer = type.endsWith('json') && !type.endsWith('ndjson') ? JSON.parse(body) : body;
        keep(kept, operationOf(options), statusCode, type, answer);
        return { status: statusCode, headers: sent, body: answer };
      });
    } finally {
      await server.close();
    }
    // What does not happen to a service in good order.
    for (const code of ERROR_CODES) kept.refusals[code] ??= problemDetails(new ServiceError(code), REQUEST_ID);
    return `${JSON.stringify({ answers: sorted(kept.answers), refusals: sorted(kept.refusals) }, null, 2)}\n`;
  } finally {
    rmSync(storeDir, { recursive: true, force: true });
  }
}

const sorted = (object: object): object =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Bytes that look random, and are the same every time. */
function counted(): (bytes: number) => Buffer {
  let calls = 0;
  return (bytes) => {
    calls++;
    return createHash('sha512').update(`answers ${calls}`).digest().subarray(0, bytes);
  };
}

async function prepare(store: Store, random: (bytes: number) => Buffer, keys: Map<Who, string>): Promise<void> {
  const now = new Date(BEGIN);
  await store.secret(() => random(SECRET_BYTES));
  await store.signingKey(() => newSigningKey(random(SEED_BYTES), now));
  const people = [
    ['vendor', 'vendor', [LEA]],
    ['author', 'policy', 'all'],
    ['approver', 'policy', 'all'],
    ['auditor', 'auditor', [LEA]],
    ['administrator', 'admin', 'all'],
  ] as const;
  for (const [name, role, leas] of people) {
    const { key, record } = createKey({
      name: `an ${name}`.replace('an v', 'a v'),
      role,
      leas,
      now,
      random: random(KEY_RANDOM_BYTES),
    });
    await store.addKey(record);
    keys.set(name, key);
  }
}

/** Finds the operation that a request asks for. */
async function operations(app: FastifyInstance): Promise<(options: InjectOptions) => string | undefined> {
  const paths = Object.entries(
    (await app.apiDocument())['paths'] as Record<string, Record<string, { operationId: string }>>,
  );
  const forms = paths.map(([path, methods]) => ({
    form: new RegExp(
      `^${path
        .replaceAll('.', '\\.')
        .replace('{path}', '.+')
        .replaceAll(/\{\w+\}/g, '[^/]+')}$`,
    ),
    methods,
  }));
  return ({ url, method = 'GET' }) => {
    const path = String(url).split('?')[0] as string;
    return forms.find(({ form }) => form.test(path))?.methods[method.toLowerCase()]?.operationId;
  };
}

/** Keeps the first answer of its kind. */
function keep(
  { answers, refusals }: Kept,
  operation: string | undefined,
  status: number,
  type: string,
  answer: unknown,
): void {
  if (type === 'application/problem+json') {
    refusals[(answer as { code: string }).code] ??= answer;
    return;
  }
  if (operation === undefined || answer === '' || UNREADABLE.test(type)) return;
  answers[operation] ??= {};
  const byStatus = answers[operation];
  byStatus[status] ??= {};
  byStatus[status][type] ??= shown(operation, answer);
}

/** Long lists and texts are cut. */
function shown(operation: string, answer: unknown): unknown {
  if (typeof answer === 'string') {
    const wanted = LINES[operation] ?? /./;
    const lines = answer.split(/(?<=\n)/).filter((line) => wanted.test(line));
    return lines.slice(0, MOST_ITEMS).join('');
  }
  if (answer === null || typeof answer !== 'object') return answer;
  const parts = PARTS[operation] ?? Object.keys(answer);
  const cut = parts.map((key) => {
    const value: unknown = (answer as Record<string, unknown>)[key];
    if (DEEP.has(operation)) return [key, shortened(value)];
    return [key, Array.isArray(value) ? value.slice(0, MOST_ITEMS) : value];
  });
  return Object.fromEntries(cut);
}

function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shortened(one)]));
}
