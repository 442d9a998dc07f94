/**
 * An issuer (OpenID Connect) of a test: it listens on this computer, signs with real keys, and checks what it is sent as
 * strictly as a real one. Whoever asks is signed in as `account`, unless `denies`.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Issuer } from '#service/persons/issuers';
import { NOW, type Owner } from './service.ts';

const LIFE_SECONDS = 300;
const MS = 1_000;
const KEY_BITS = 2048;

export type Claims = Readonly<Record<string, unknown>>;

export interface TestIssuer {
  readonly url: string;
  /** Its entry in the file of issuers. */
  readonly entry: Issuer;
  /** Who signs in. */
  account: Claims;
  /** What is otherwise in the next tokens. */
  changes: Claims;
  /** Signs with a key that it does not publish, under the name of one that it does, or its own. */
  forges: 'its own name' | 'a known name' | undefined;
  denies: boolean;
  /** Asks in a page, as for a password. */
  asks: boolean;
  /** Tells who somebody is only where that is asked for. */
  tellsLittle: boolean;
  /** Has no place to sign out of. */
  keeps: boolean;
  /** What it was asked, as `METHOD path`. */
  readonly asked: string[];
  /** The tokens of those who signed out. */
  readonly signedOut: string[];
  /** Signs with another key from now on; the former one is not published any more. */
  rotate(): void;
  /** A moment, in seconds, as tokens have it. */
  seconds(ms?: number): number;
}

interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

interface Code {
  readonly redirect: string;
  readonly challenge: string;
  readonly nonce: string;
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function newKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: KEY_BITS });
  return { id: randomBytes(8).toString('hex'), key: privateKey };
}

function signed({ id, key }: SigningKey, claims: Claims): string {
  const text = `${base64({ alg: 'RS256', kid: id, typ: 'JWT' })}.${base64(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }))).toString('base64url')}`;
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

const answer = (response: ServerResponse, status: number, body: unknown): ServerResponse =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const go = (response: ServerResponse, address: URL): ServerResponse =>
  response.writeHead(302, { location: address.href }).end();

/**
 * @param backs where it may send people: addresses of the service
 * @param clock of the service
 */
export async function testIssuer(
  t: Owner,
  backs: readonly string[],
  { id = 'valley', leas = ['1234567'] as Issuer['leas'], clock = () => NOW } = {},
): Promise<TestIssuer> {
  let key = newKey();
  const codes = new Map<string, Code>();
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answer(response, 500, { error: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TestIssuer = {
    url,
    entry: { id, name: 'Valley Unified', issuer: url, clientID: 'cenr', clientSecret: 'a secret & more', leas },
    account: { sub: 'sam-1', email: 'sam@lea.example.org', email_verified: true },
    changes: {},
    forges: undefined,
    denies: false,
    asks: false,
    tellsLittle: false,
    keeps: false,
    asked: [],
    signedOut: [],
    rotate() {
      key = newKey();
    },
    seconds: (ms = 0) => Math.floor((clock().getTime() + ms) / MS),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const { pathname, searchParams } = new URL(request.url ?? '', url);
    issuer.asked.push(`${request.method} ${pathname}`);
    if (pathname === '/.well-known/openid-configuration') return answer(response, 200, metadata());
    if (pathname === '/jwks') {
      const { kty, n, e } = key.key.export({ format: 'jwk' });
      return answer(response, 200, { keys: [{ kty, n, e, kid: key.id, use: 'sig', alg: 'RS256' }] });
    }
    if (pathname === '/authorize') return authorize(searchParams, response);
    if (pathname === '/token') return token(request, await bodyOf(request), response);
    if (pathname === '/userinfo')
      return request.headers.authorization === 'Bearer an-access-token'
        ? answer(response, 200, issuer.account)
        : answer(response, 401, {});
    if (pathname === '/end-session') {
      issuer.signedOut.push(searchParams.get('id_token_hint') ?? '');
      return go(response, new URL(searchParams.get('post_logout_redirect_uri') ?? ''));
    }
    return answer(response, 404, {});
  }

  const signer = (): SigningKey => {
    if (issuer.forges === undefined) return key;
    const other = newKey();
    return issuer.forges === 'a known name' ? { ...other, id: key.id } : other;
  };

  const metadata = (): Claims => ({
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    userinfo_endpoint: `${url}/userinfo`,
    ...(!issuer.keeps && { end_session_endpoint: `${url}/end-session` }),
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
  });

  function authorize(query: URLSearchParams, response: ServerResponse): ServerResponse {
    const of = (name: string): string => query.get(name) ?? '';
    const isRight =
      of('client_id') === 'cenr' &&
      backs.includes(of('redirect_uri')) &&
      of('response_type') === 'code' &&
      of('code_challenge_method') === 'S256' &&
      of('scope').split(' ').includes('openid');
    if (!isRight) return answer(response, 400, { error: 'invalid_request' });
    const back = new URL(of('redirect_uri'));
    back.searchParams.set('state', of('state'));
    back.searchParams.set('iss', url);
    if (issuer.denies) {
      back.searchParams.set('error', 'access_denied');
      return go(response, back);
    }
    const code = randomBytes(16).toString('hex');
    codes.set(code, { redirect: of('redirect_uri'), challenge: of('code_challenge'), nonce: of('nonce') });
    back.searchParams.set('code', code);
    if (!issuer.asks) return go(response, back);
    return response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        `<!doctype html><html lang="en"><title>Valley</title><a href="${back.href.replaceAll('&', '&amp;')}">Continue</a>`,
      );
  }

  function token(request: IncomingMessage, body: URLSearchParams, response: ServerResponse): ServerResponse {
    const { clientID, clientSecret } = issuer.entry;
    const basic = [clientID, clientSecret]
      .map((text) => new URLSearchParams({ x: text }).toString().slice(2))
      .join(':');
    if (request.headers.authorization !== `Basic ${Buffer.from(basic).toString('base64')}`)
      return answer(response, 401, { error: 'invalid_client' });
    const code = codes.get(body.get('code') ?? '');
    codes.delete(body.get('code') ?? '');
    const verifier = body.get('code_verifier') ?? '';
    const isRight =
      body.get('grant_type') === 'authorization_code' &&
      code?.redirect === body.get('redirect_uri') &&
      code?.challenge === createHash('sha256').update(verifier).digest('base64url');
    if (!code || !isRight) return answer(response, 400, { error: 'invalid_grant' });
    const { sub } = issuer.account;
    const claims = {
      iss: url,
      aud: clientID,
      iat: issuer.seconds(),
      exp: issuer.seconds(LIFE_SECONDS * MS),
      nonce: code.nonce,
      ...(issuer.tellsLittle ? { sub } : issuer.account),
      ...issuer.changes,
    };
    return answer(response, 200, {
      access_token: 'an-access-token',
      token_type: 'Bearer',
      expires_in: LIFE_SECONDS,
      id_token: signed(signer(), claims),
    });
  }

  return issuer;
}
