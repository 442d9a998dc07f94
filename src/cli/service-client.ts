/**
 * A running service, as commands ask it: its rules hold for them as for everybody, and every step is in its access log.
 */

import { existsSync, readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { UserError } from '#base/user-error';

export interface ServiceOptions {
  readonly service?: string;
  /** A file. */
  readonly key?: string;
}

const DEFAULT_SERVICE = 'http://127.0.0.1:8080';

/**
 * Adds `--service` and `--key`. A key on the command line could be read by everybody on the machine, so only a file
 * with it is named.
 */
export const withService = (command: Command): Command =>
  command
    .addOption(new Option('--service <URL>', `the address of the service (CENR_SERVICE, or ${DEFAULT_SERVICE})`))
    .addOption(new Option('--key <FILE>', 'a file with the API key (default: the key in CENR_KEY)'));

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The body as JSON; what it holds is the API document's to say (`service/schemas`). */
  json<T>(): T;
}

export interface ServiceRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** An object is sent as JSON, a text as it is. */
  readonly body?: object | string;
  /** For If-Match, with quotation marks. */
  readonly seen?: string;
  readonly accept?: string;
}

/**
 * @returns a function that asks the service for a path
 * @throws UserError without a key or for an address that is none; the function throws one for a refusal, in the words
 * of the service
 */
export function serviceClient({
  service,
  key,
}: ServiceOptions): (path: string, request?: ServiceRequest) => Promise<ServiceAnswer> {
  const base = addressOf(service ?? process.env['CENR_SERVICE'] ?? DEFAULT_SERVICE);
  const authorization = `Bearer ${keyFrom(key)}`;
  return async (path, { method = 'GET', body, seen, accept } = {}) => {
    const headers = {
      authorization,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(seen !== undefined && { 'if-match': seen }),
      ...(accept !== undefined && { accept }),
    };
    const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
    // A service does not send elsewhere; whoever answers so must not get the key.
    const response = await fetch(new URL(path, base), { method, headers, body: sent, redirect: 'error' }).catch(
      (error: unknown) => {
        const { cause } = error as { cause?: { code?: string; message?: string } };
        throw new UserError(
          `the service at ${base.origin} cannot be reached (${cause?.code ?? cause?.message ?? (error as Error).message}); start it with cenr serve, or name it with --service`,
        );
      },
    );
    const bytes = await response.bytes();
    const json = <T>() => JSON.parse(new TextDecoder().decode(bytes)) as T;
    if (!response.ok) throw new UserError(refusalWords(response, json));
    return { status: response.status, headers: response.headers, bytes, json };
  };
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new UserError(`--service ${text} is not an address; expected one such as ${DEFAULT_SERVICE}`);
}

function keyFrom(file: string | undefined): string {
  if (file !== undefined && !existsSync(file))
    throw new UserError(`there is no file "${file}"; --key names the file that holds an API key`);
  const key = (file === undefined ? process.env['CENR_KEY'] : readFileSync(file, 'utf8'))?.trim();
  if (key && /\s|[^\x20-\x7e]/.test(key))
    throw new UserError(
      `${file === undefined ? 'CENR_KEY' : `the file ${file}`} does not hold an API key; expected one word`,
    );
  if (key) return key;
  throw new UserError(
    file === undefined
      ? 'there is no API key; set CENR_KEY, or name a file that holds it with --key FILE'
      : `the file ${file} is empty; expected an API key`,
  );
}

/** The code for a draft that was changed since the caller saw it. */
const STALE = 'CENR_DRAFT_CHANGED';

interface ProblemBody {
  readonly code?: string;
  readonly detail?: string;
  readonly fix?: string;
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly message: string }[];
}

function refusalWords({ status }: Response, json: () => unknown): string {
  let problem: ProblemBody;
  try {
    problem = json() as ProblemBody;
  } catch {
    return `the service answered with status ${status} and no explanation`;
  }
  const { code, detail, fix, errors = [] } = problem;
  const items = errors.map(
    ({ pointer, parameter, message }) => `${(pointer ?? parameter) ? `${pointer ?? parameter}: ` : ''}${message}`,
  );
  // The detail about this request is enough; the general fix speaks of REST.
  const words =
    items.length > 0 ? items.join('\n  ') : (detail ?? `the service answered with status ${status}. ${fix ?? ''}`);
  const hint = code === STALE ? ' Read it again with cenr rules draft show, and give the revision shown there.' : '';
  return `${words}${hint}${code ? ` (${code})` : ''}`;
}
