/** Webhooks in the Standard Webhooks form: made here, and called when something is told to them. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Webhook as Signer } from 'standardwebhooks';
import { newId } from '#base/ids';
import { UserError } from '#base/user-error';
import type { LEAScope } from '#records/scope';
import type { Webhook } from '#store/delivery';
import { NotDeliveredError } from './outbox.ts';
import { type Address, addressOf, only, type Resolve, targetFault } from './targets.ts';

/** How many random bytes `createWebhook` takes: 10 for the id, 32 for the secret. */
export const WEBHOOK_RANDOM_BYTES = 42;
const ID_BYTES = 10;
const TIMEOUT_MS = 10_000;

/**
 * Makes a webhook.
 * @param random 42 bytes from a cryptographic source
 * @throws UserError for a URL that may not be called
 */
export function createWebhook(options: {
  readonly url: string;
  readonly leas: LEAScope;
  readonly allowsPrivate: boolean;
  readonly now: Date;
  readonly random: Uint8Array;
}): Webhook {
  const { url, leas, allowsPrivate, now, random } = options;
  const fault = targetFault(url, allowsPrivate);
  if (fault !== undefined) throw new UserError(`the webhook "${url}" cannot be called: ${fault}`);
  return {
    id: newId('webhook', now.getTime(), random.subarray(0, ID_BYTES)),
    url,
    leas,
    secret: `whsec_${Buffer.from(random.subarray(ID_BYTES)).toString('base64')}`,
    createdAt: now.toISOString(),
  };
}

/** What stands for a webhook where others see it: the rest of its URL may be a secret. */
export const hostShown = ({ url }: Webhook): string => new URL(url).host;

export interface Call {
  /** The same in every try. */
  readonly id: string;
  readonly body: string;
  /** When this try is made. */
  readonly at: Date;
  readonly allowsPrivate: boolean;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

/**
 * Calls a webhook once. Redirects are not followed, since they could lead anywhere.
 * @throws NotDeliveredError
 */
export async function callWebhook({ url: text, secret }: Webhook, call: Call): Promise<void> {
  const { id, body, at, allowsPrivate, resolve } = call;
  const fault = targetFault(text, allowsPrivate);
  if (fault !== undefined) throw new NotDeliveredError(`the webhook is not called: ${fault}`);
  const url = new URL(text);
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'cenr',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Signer(secret).sign(id, at, body),
  };
  const status = await Promise.race([
    addressOf(url, allowsPrivate, resolve).then((address) => post(url, address, headers, body, signal)),
    abortOf(signal),
  ]);
  const told = String(status);
  if (!/^2/.test(told))
    throw new NotDeliveredError(`the webhook answered ${told}${/^3/.test(told) ? '; redirects are not followed' : ''}`);
}

/** Looking up a name cannot be ended. */
const abortOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(new NotDeliveredError(`the webhook did not answer within ${TIMEOUT_MS / 1_000} s`));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

/** @returns the status; the body is not read */
function post(
  url: URL,
  address: Address,
  headers: Readonly<Record<string, string | number>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const sent = request(url, {
    method: 'POST',
    headers,
    signal,
    // A connection of its own, to the address that was looked at.
    agent: false,
    lookup: only(address),
  });
  sent.on('response', (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  sent.on('error', (error: NodeJS.ErrnoException) =>
    reject(new NotDeliveredError(`the webhook could not be reached (${error.code ?? error.name})`)),
  );
  sent.end(body);
  return promise;
}
