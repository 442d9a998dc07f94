/** Calls to an issuer: to the address that was looked at, private ones refused, redirects not followed. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { CustomFetch } from 'openid-client';
import { NotDeliveredError } from '#service/outbox/outbox';
import { addressOf, only, type Resolve, resolveName, targetFault } from '#service/outbox/targets';
import { ISSUER_TARGET, isLoopback } from '#service/persons/issuers';

/** No answer of an issuer is longer. */
const MOST_BYTES = 2 ** 20;

/**
 * What openid-client calls an issuer with.
 * @throws NotDeliveredError for an address that may not be called; else what node throws
 */
export const issuerFetch =
  (allowsPrivate: boolean, resolve: Resolve = resolveName): CustomFetch =>
  async (text, { method, headers, body, signal }) => {
    const url = new URL(text);
    const fault = targetFault(text, allowsPrivate, ISSUER_TARGET.variable);
    if (fault !== undefined) throw new NotDeliveredError(`the issuer is not called: ${fault}`);
    if (url.protocol === 'http:' && !isLoopback(url.hostname))
      throw new NotDeliveredError('the issuer is not called: expected https://');
    const address = await addressOf(url, allowsPrivate, resolve, ISSUER_TARGET);
    const { promise, resolve: answered, reject } = Promise.withResolvers<Response>();
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const sent = request(url, { method, headers, agent: false, lookup: only(address), ...(signal && { signal }) });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      try {
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of response as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          if (bytes > MOST_BYTES) throw new NotDeliveredError(`the issuer answered more than ${MOST_BYTES} bytes`);
          chunks.push(chunk);
        }
        const type = response.headers['content-type'];
        answered(
          new Response(Buffer.concat(chunks), {
            status: response.statusCode ?? 0,
            ...(type !== undefined && { headers: { 'content-type': type } }),
          }),
        );
      } catch (error) {
        response.destroy();
        reject(error);
      }
    });
    // The library sends forms, and nothing else.
    sent.end(body instanceof URLSearchParams ? body.toString() : undefined);
    return promise;
  };
