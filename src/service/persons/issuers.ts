/**
 * Issuers by which people sign in (OpenID Connect), from a file of the operator. An issuer says who somebody is, and is
 * bound to LEAs: it can never let anybody in to another one's.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { closest } from '#base/closest';
import { isPrintable } from '#base/text';
import { UserError } from '#base/user-error';
import type { LEAScope } from '#records/scope';
import { targetFault } from '../outbox/targets.ts';

export interface Issuer {
  /** Stands in addresses: `/sign-in/back/ID`. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly issuer: string;
  readonly clientID: string;
  readonly clientSecret: string;
  /** LEAs that its people may be given. */
  readonly leas: LEAScope;
}

/** The variable that lets issuers have private addresses. */
const PRIVATE_VARIABLE = 'CENR_OIDC_PRIVATE';
/** What an issuer is in sentences about the addresses that are called. */
export const ISSUER_TARGET = { noun: 'issuer', variable: PRIVATE_VARIABLE } as const;

const KEYS = ['id', 'name', 'issuer', 'clientID', 'clientSecret', 'clientSecretFile', 'leas'];
const EXAMPLE =
  '[{"id": "valley", "name": "Valley Unified", "issuer": "https://login.example.org", "clientID": "cenr", "clientSecretFile": "valley.secret", "leas": ["9900001"]}]';

/**
 * Reads the file of issuers.
 * @param secret of the issuer that names none
 * @param allowsPrivate whether issuers may have private addresses
 * @throws UserError saying which entry has what fault; secrets are never shown
 */
export function readIssuers(path: string, secret: string | undefined, allowsPrivate: boolean): readonly Issuer[] {
  const entries = parsed(path);
  if (!Array.isArray(entries) || entries.length === 0)
    throw new UserError(`the file of issuers "${path}" has none; expected a list such as ${EXAMPLE}`);
  const issuers = entries.map((entry: unknown, i) => {
    const fault = (words: string): UserError => new UserError(`${path}, issuer ${i + 1}: ${words}`);
    if (typeof entry !== 'object' || entry === null) throw fault(`expected an object such as ${EXAMPLE.slice(1, -1)}`);
    return issuerOf(entry as Readonly<Record<string, unknown>>, { path, secret, allowsPrivate, fault });
  });
  for (const key of ['id', 'name', 'issuer'] as const)
    for (const [i, one] of issuers.entries())
      if (issuers.findIndex((other) => other[key] === one[key]) < i)
        throw new UserError(`${path}, issuer ${i + 1}: "${key}" is "${one[key]}", which another issuer has`);
  return issuers;
}

function parsed(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`the file of issuers "${path}" is not JSON; expected a list such as ${EXAMPLE}`);
  }
}

interface Reading {
  readonly path: string;
  readonly secret: string | undefined;
  readonly allowsPrivate: boolean;
  fault(words: string): UserError;
}

function issuerOf(entry: Readonly<Record<string, unknown>>, reading: Reading): Issuer {
  const { allowsPrivate, fault } = reading;
  for (const key of Object.keys(entry))
    if (!KEYS.includes(key)) throw fault(`the key "${key}" is unknown.${closest(key, KEYS)}`);
  const text = (key: string, expected: string, isRight: (text: string) => boolean): string => {
    const value = entry[key];
    if (typeof value === 'string' && isRight(value)) return value;
    throw fault(`"${key}" is ${value === undefined ? 'missing' : JSON.stringify(value)}; expected ${expected}`);
  };
  const issuer = text('issuer', 'its URL, such as https://login.example.org', (url) => URL.canParse(url));
  const wrong = issuerFault(issuer, allowsPrivate);
  if (wrong !== undefined) throw fault(`"issuer" is "${issuer}"; ${wrong}`);
  return {
    id: text('id', 'small letters, digits and "-"', (id) => /^[a-z0-9-]{1,64}$/.test(id)),
    name: text('name', 'a name', (name) => name.trim() !== '' && isPrintable(name)),
    issuer,
    clientID: text('clientID', 'what the issuer calls this service', (id) => id !== ''),
    clientSecret: secretOf(entry, reading),
    leas: leasOf(entry['leas'], fault),
  };
}

/** Without TLS an issuer can be on this computer alone, for tests. */
function issuerFault(issuer: string, allowsPrivate: boolean): string | undefined {
  const { protocol, hostname, search, hash } = new URL(issuer);
  if (search !== '' || hash !== '') return 'expected a URL without "?" and "#"';
  const fault = targetFault(issuer, allowsPrivate, PRIVATE_VARIABLE);
  return fault ?? (protocol === 'http:' && !isLoopback(hostname) ? 'expected https://' : undefined);
}

export const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

function secretOf(entry: Readonly<Record<string, unknown>>, { path, secret, fault }: Reading): string {
  const { clientSecret, clientSecretFile } = entry;
  if (clientSecret !== undefined && clientSecretFile !== undefined)
    throw fault('"clientSecret" and "clientSecretFile" are both there; expected one of them');
  const given =
    typeof clientSecretFile === 'string'
      ? readFileSync(resolve(dirname(path), clientSecretFile), 'utf8').trim()
      : (clientSecret ?? clientSecretFile ?? secret);
  if (typeof given === 'string' && given !== '') return given;
  throw fault('its secret is missing; expected "clientSecretFile", "clientSecret", or the variable CENR_OIDC_SECRET');
}

function leasOf(leas: unknown, fault: Reading['fault']): LEAScope {
  if (leas === 'all') return 'all';
  const isList = Array.isArray(leas) && leas.length > 0 && leas.every((lea) => /^[0-9]{7}$/.test(String(lea)));
  if (isList) return leas.map(String);
  throw fault(`"leas" is ${JSON.stringify(leas) ?? 'missing'}; expected a list of seven-digit LEA codes, or "all"`);
}

/** LEAs of a person that their issuer is not bound to. */
export const foreignLEAs = ({ leas: bound }: Pick<Issuer, 'leas'>, leas: LEAScope): readonly string[] =>
  bound === 'all' ? [] : leas === 'all' ? ['all'] : leas.filter((lea) => !bound.includes(lea));
