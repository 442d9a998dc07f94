/** A collector of OpenTelemetry: keeps the spans that it is sent as JSON. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SpanSent {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number };
}

interface AttributeSent {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly AttributeSent[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<SpanSent, 'attributes'> & { readonly attributes: readonly AttributeSent[] })[];
    }[];
  }[];
}

export interface Collector {
  readonly url: string;
  /** What the next requests are answered with; nothing at all with 0. */
  status: number;
  /** Requests as they came. */
  readonly received: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[];
  spans(): readonly SpanSent[];
  /** Attributes of the process that sent the first spans. */
  resource(): Readonly<Record<string, unknown>>;
}

const plain = (attributes: readonly AttributeSent[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export async function collector(t: { teardown(done: () => Promise<void> | void): void }): Promise<Collector> {
  const received: Collector['received'][number][] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    received.push({ path: String(request.url), headers: request.headers, body });
    if (own.status !== 0) response.writeHead(own.status, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const sent = () => received.flatMap(({ body }) => (JSON.parse(body) as Sent).resourceSpans);
  const own: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    status: 200,
    received,
    spans: () =>
      sent().flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => ({ ...span, attributes: plain(span.attributes), links: span.links ?? [] })),
        ),
      ),
    resource: () => plain(sent()[0]?.resource.attributes),
  };
  return own;
}
