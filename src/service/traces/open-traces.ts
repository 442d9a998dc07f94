/**
 * Sends spans to a collector (OpenTelemetry, OTLP over HTTP). Whatever goes wrong with that is told in the log now and
 * then, and nobody who asks the service for something ever notices.
 *
 * The packages of OpenTelemetry are large and few operators need them: they are optional peers of this one, and loaded
 * only when traces are asked for. This file is the only one that loads them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { UserError } from '#base/user-error';
import { TRACES_VARIABLE, type TracesConfig } from './traces-config.ts';

/** What a span is begun with. Nothing of it may come from a caller: the collector is somebody else's. */
export interface SpanBegun {
  readonly kind: 'request' | 'job' | 'phase';
  /** When, in milliseconds since 1970; with a fraction where that is known. */
  readonly at: number;
  readonly attributes?: Attributes;
  /** The span that this one is part of; without one a trace begins. */
  readonly parent?: SpanContext | undefined;
  /** A span that led to this one, and did not wait for it. */
  readonly link?: SpanContext | undefined;
}

export interface OpenSpan {
  readonly context: SpanContext;
  /** Whether it will be sent. */
  readonly isSent: boolean;
  /** @param failed whether what it stands for went wrong */
  end(at: number, attributes?: Attributes, failed?: boolean): void;
}

export interface Traces {
  begin(name: string, begun: SpanBegun): OpenSpan;
  /** The span that a caller names in the header `traceparent`, if that can be taken over. */
  callerOf(traceparent: string | string[] | undefined): SpanContext | undefined;
  /** Sends what waits; gives up after so many milliseconds. */
  close(ms: number): Promise<void>;
}

interface TracesOptions {
  readonly version: string;
  /** This process among those that share a store. */
  readonly replica: string;
  readonly log: Logger;
  /** Milliseconds, to measure pauses with. */
  readonly now: () => number;
}

/** A collector that is away is told of this often. */
const PAUSE_MS = 5 * 60_000;
/**
 * How long the exporter tries to send a batch, unless `OTEL_EXPORTER_OTLP_TIMEOUT` says otherwise: as long may a process
 * outlive its grace time.
 */
const SEND_MS = 5_000;
const TIMEOUTS = ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'];

/** An SSID in the place of a random number. */
const SSID_PADDED = /^0*\d{10}0*$/;

/**
 * Begins to send spans.
 * @throws UserError when the packages that do so are not installed
 */
export async function openTraces(
  { url, share, followsCaller }: TracesConfig,
  { version, replica, log, now }: TracesOptions,
): Promise<Traces> {
  const { api, core, resources, sdk, otlp } = await packages();
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api;
  const kinds = { request: SpanKind.SERVER, job: SpanKind.CONSUMER, phase: SpanKind.INTERNAL };
  const own = new sdk.TraceIdRatioBasedSampler(share);
  const timeout = TIMEOUTS.some((name) => process.env[name]) ? {} : { timeoutMillis: SEND_MS };
  const told = telling(new otlp.OTLPTraceExporter({ url, ...timeout }), log, now);
  const provider = new sdk.TracerProvider({
    // What the operator says in OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME goes before.
    resource: resources
      .defaultResource()
      .merge(
        resources.resourceFromAttributes({
          'service.name': 'cenr',
          'service.version': version,
          'service.instance.id': replica,
        }),
      )
      .merge(
        resources.detectResources({
          detectors: [resources.resourceAttributesEnvDetector, resources.serviceNameEnvDetector],
        }),
      ),
    sampler: followsCaller ? new sdk.ParentBasedSampler({ root: own }) : own,
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: told.exporter })],
  });
  const tracer = provider.getTracer('cenr', version);

  return {
    begin(name, { kind, at, attributes = {}, parent, link }) {
      const span = tracer.startSpan(
        name,
        { kind: kinds[kind], startTime: at, attributes, links: link ? [{ context: link }] : [] },
        parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
      );
      return {
        context: span.spanContext(),
        isSent: span.isRecording(),
        end(ended, more = {}, failed = false) {
          span.setAttributes(more);
          if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end(ended);
        },
      };
    },
    callerOf(traceparent) {
      // The header `tracestate` is left: callers may write into it what they like.
      const caller = typeof traceparent === 'string' ? core.parseTraceParent(traceparent) : null;
      if (!caller || SSID_PADDED.test(caller.traceId) || SSID_PADDED.test(caller.spanId)) return undefined;
      return { ...caller, isRemote: true };
    },
    async close(ms) {
      const givenUp = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => givenUp.resolve(true), ms);
      // What cannot be sent was told when the exporter came to know it.
      const closed = provider.shutdown().then(
        () => false,
        () => false,
      );
      if (await Promise.race([closed, givenUp.promise])) log.warn('the last spans could not be sent in time');
      clearTimeout(timer);
    },
  };
}

/** An exporter whose failures come to the log: the first at once, then at most one in five minutes. */
function telling(exporter: SpanExporter, log: Logger, now: () => number): { readonly exporter: SpanExporter } {
  let lost = 0;
  let toldAt: number | undefined;
  return {
    exporter: {
      export(spans, done) {
        exporter.export(spans, (result) => {
          if (result.code === 0) {
            if (toldAt !== undefined) log.info({ spans: lost }, 'spans are sent again');
            toldAt = undefined;
            lost = 0;
          } else {
            lost += spans.length;
            if (toldAt === undefined || now() - toldAt >= PAUSE_MS) {
              toldAt = now();
              const { code } = (result.error ?? {}) as { code?: unknown };
              const status = typeof code === 'number' ? { status: code } : {};
              log.warn({ err: result.error, ...status, spans: lost }, 'spans could not be sent, and are lost');
            }
          }
          done(result);
        });
      },
      forceFlush: async () => void (await exporter.forceFlush?.()),
      shutdown: () => exporter.shutdown(),
    },
  };
}

async function packages() {
  try {
    const [api, core, resources, sdk, otlp] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
    return { api, core, resources, sdk, otlp };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError(
      `${TRACES_VARIABLE} asks for traces, and the packages that send them are not installed. Install them where cenr is installed, with "npm install --no-save --save-prod ${peers()}", or unset the variable`,
    );
  }
}

/** The packages with the versions that this program was tested with. */
function peers(): string {
  const file = join(import.meta.dirname, '../../../package.json');
  const { peerDependencies } = JSON.parse(readFileSync(file, 'utf8')) as { peerDependencies: Record<string, string> };
  return Object.entries(peerDependencies)
    .map(([name, version]) => `${name}@${version}`)
    .join(' ');
}
