/** Requests that are answered, changed at random: none may be a fault of the service, each refusal is problem details. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Random } from '#sample/random';
import { ERROR_CODES } from '#service/http/errors';
import { shipped } from '../support/histories.ts';
import { LEA, line, multipart, type Owner, record, service } from '../support/service.ts';

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';

/** What is mutated: requests that are answered, as bytes. */
function requests(keys: { readonly vendor: string; readonly policy: string }): Buffer[] {
  const sent = (method: string, url: string, key: string, type?: string, body: string | Buffer = ''): Buffer => {
    const payload = Buffer.from(body);
    return Buffer.concat([
      Buffer.from(
        `${method} ${url} HTTP/1.1\r\nHost: service\r\nAuthorization: ${key}\r\n${
          type ? `Content-Type: ${type}\r\n` : ''
        }Idempotency-Key: ${url.length}-${payload.length}\r\nAccess-Purpose: a test\r\nContent-Length: ${payload.length}\r\nConnection: close\r\n\r\n`,
      ),
      payload,
    ]);
  };
  const { vendor, policy } = keys;
  const evaluation = { request, records: [record('SENR'), line('SINF')] };
  const parts = multipart({ 'SENR.txt': line('SENR'), 'SINF.txt': line('SINF') });
  return [
    sent('POST', '/v1/evaluations', vendor, JSON_TYPE, JSON.stringify(evaluation)),
    sent('POST', '/v1/evaluations?explain=true&field=40', vendor, JSON_TYPE, JSON.stringify(evaluation)),
    sent(
      'POST',
      '/v1/evaluations',
      vendor,
      NDJSON,
      `${JSON.stringify({ request })}\n${JSON.stringify({ records: evaluation.records })}\n`,
    ),
    sent('POST', '/v1/uploads', vendor, parts.headers['content-type'], parts.payload),
    sent('POST', `/v1/uploads?reportingLEA=${LEA}&encoding=utf-8`, vendor, 'text/plain', line('SENR')),
    sent('POST', '/v1/extracts', vendor, JSON_TYPE, JSON.stringify({ ...request, runDate: '2024-07-01' })),
    sent('GET', '/v1/extracts?limit=5', vendor),
    sent('GET', '/v1/extracts/extract_1/rows/9900000001', vendor),
    sent('GET', '/v1/rulebook/versions', policy),
    sent('GET', `/v1/rulebook/versions/${shipped.hash}`, policy),
    sent('POST', '/v1/rulebook/drafts', policy, JSON_TYPE, JSON.stringify({ title: 'A change', reason: 'a test' })),
    sent('PUT', '/v1/rulebook/drafts/draft_1/files/rules/a.json', policy, JSON_TYPE, '{"a":1}'),
    sent('GET', '/openapi.json', policy),
  ];
}

/** What readers of requests stumble over. */
const PIECES = [
  '\0',
  '\r\n',
  '\n',
  '\r\n\r\n',
  '%',
  '%00',
  '%ff',
  '%2e%2e%2f',
  '/',
  '//',
  '?',
  '&',
  '"',
  '\\',
  '{',
  '[[[[',
  '}',
  ',',
  ':',
  '--',
  '--cenr-test-boundary',
  '--cenr-test-boundary--',
  '^',
  'null',
  '-1',
  '1e999',
  '"__proto__":1,',
  'é',
  '\ud83d\ude00',
  '\u202e',
  'x'.repeat(300),
  '[]=1',
  'Expect: 100-continue\r\n',
  'Expect: something\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Type: multipart/form-data\r\n',
  'Accept: text/nothing\r\n',
  'Range: bytes=9-1\r\n',
  'If-None-Match: *\r\n',
].map((piece) => Buffer.from(piece));

function mutated(original: Buffer, random: Random): Buffer {
  let bytes = original;
  for (let left = random.between([1, 4]); left > 0; left--) {
    const at = random.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + random.below(30));
    const between = (piece: Uint8Array, behind: number) =>
      Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(behind)]);
    switch (random.below(6)) {
      case 0:
        bytes = between(Buffer.of(random.below(256)), at + 1);
        break;
      case 1:
        bytes = between(Buffer.alloc(0), end);
        break;
      case 2:
        bytes = between(bytes.subarray(at, end), at);
        break;
      case 3:
        bytes = random.chance(0.2) ? bytes.subarray(0, at) : between(bytes.subarray(at, end), end);
        break;
      default:
        bytes = between(PIECES[random.below(PIECES.length)] as Buffer, random.chance(0.5) ? at : end);
    }
  }
  // Most of the time the length is right, or little else would ever be looked at.
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0 || random.chance(0.1)) return bytes;
  const fields = bytes.subarray(0, head).toString('latin1');
  const right = fields.replace(/Content-Length: \d+/, `Content-Length: ${bytes.length - head - 4}`);
  return Buffer.concat([Buffer.from(right, 'latin1'), bytes.subarray(head)]);
}

export interface MutatedFigures {
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What was wrong, with what was sent. */
  readonly faults: readonly string[];
}

const MOST_FAULTS = 5;

/** Sends so many mutated requests to a service. */
export async function mutatedRequests(t: Owner, runs: number, seed: number): Promise<MutatedFigures> {
  const { app, key, log } = await service(t, { requestsPerMinute: 0, evaluationsPerMinute: 0, jsonBytes: 2 ** 16 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  // The end of what was sent is said by closing this side: no request waits for more, and each is answered.
  Object.assign(app.server, { httpAllowHalfOpen: true });
  const originals = requests({
    vendor: key('vendor', [LEA]).authorization,
    policy: key('policy', 'all').authorization,
  });
  const statuses: Record<string, number> = {};
  const faults: string[] = [];
  for (const [i, original] of originals.entries()) {
    const [answer] = await answersTo(port, original);
    if (!(Number(answer?.status) < 500 && answer?.status !== '400'))
      faults.push(`request ${i} is not understood: ${answer?.status} ${answer?.body}`);
  }
  let run = 0;
  for (; run < runs && faults.length < MOST_FAULTS; run++) {
    const random = new Random(seed, run);
    const sent = mutated(originals[random.below(originals.length)] as Buffer, random);
    const answers = await answersTo(port, sent);
    for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
    for (const fault of answers.map(faultOf))
      if (fault !== undefined) faults.push(`request ${run} ${JSON.stringify(sent.toString('latin1'))}: ${fault}`);
  }
  const failed = log.find((one) => JSON.parse(one).level >= 50);
  if (failed !== undefined) faults.push(`something failed inside: ${failed}`);
  return { requests: run, statuses, faults };
}

export interface Answered {
  readonly status: string;
  readonly type: string;
  readonly body: string;
}

/** Sends bytes on a connection of their own; a second request may hide in them. */
export async function answersTo(port: number, bytes: Buffer): Promise<Answered[]> {
  const socket = connect({ port, host: '127.0.0.1' });
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  // Whoever is refused early may find the connection closed.
  socket.on('error', () => {});
  socket.end(bytes);
  await once(socket, 'close');
  const text = Buffer.concat(received).toString('latin1');
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((one) => one !== '' && !one.startsWith('HTTP/1.1 100 '))
    .map((one) => ({
      status: /^HTTP\/1\.1 (\d{3})/.exec(one)?.[1] ?? one.slice(0, 20),
      type: /^content-type: (.*)$/im.exec(one)?.[1]?.trim() ?? '',
      body: one.slice(one.indexOf('\r\n\r\n') + 4),
    }));
}

/** What an answer should not be. */
function faultOf({ status, type, body }: Answered): string | undefined {
  if (!/^[234]\d\d$/.test(status)) return `answered ${status} ${body.slice(0, 300)}`;
  if (Number(status) < 400) return undefined;
  // An answer to HEAD has no body.
  if (type.startsWith('application/problem+json') && body === '') return undefined;
  const code = /"code":"(CENR_\w+)"/.exec(body)?.[1];
  return type.startsWith('application/problem+json') && ERROR_CODES.includes(code as never)
    ? undefined
    : `answered ${status} as "${type}": ${body.slice(0, 300)}`;
}
