/** Numbers for Prometheus. Labels are route templates, statuses and codes, never anything that a caller sent. */
import fp from 'fastify-plugin';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Upload } from '#intake/upload';
import { JOB_KINDS } from '#store/job-kinds';
import type { JobKind } from '#store/store';
import { routeOf } from './request-log.ts';

export interface ServiceMetrics {
  readonly registry: Registry;
  uploaded(upload: Upload): void;
  /** A change of an extract's status. */
  extract(status: string, rows?: number): void;
  evaluated(students: number): void;
  /** A request was entered in the access log. */
  entered(): void;
  /** One could not be, and was refused. */
  notEntered(): void;
  /** A second opinion that differs. */
  disagreed(): void;
  /** A rulebook took effect. */
  rulebook(hash: string): void;
  /** One was to take effect and cannot be used. */
  rulesRefused(of: 'version' | 'folder'): void;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly metrics: ServiceMetrics;
  }
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300];

/** So many jobs of a kind are counted: beyond that, nobody does anything else about a greater number. */
const MOST_COUNTED = 1_000;

/**
 * @param registry where numbers are kept; one for each service, so that several can live in one process
 * @param waiting how many jobs of a kind wait for their turn
 */
export function createMetrics(
  registry: Registry = new Registry(),
  waiting: (kind: JobKind) => Promise<number> = async () => 0,
): ServiceMetrics & { request(method: string, route: string, status: number, seconds: number): void } {
  const registers = [registry];
  const requests = new Histogram({
    name: 'cenr_http_request_duration_seconds',
    help: 'Duration of requests',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const uploads = new Counter({ name: 'cenr_uploads_total', help: 'Uploads loaded', registers });
  const lines = new Counter({
    name: 'cenr_upload_lines_total',
    help: 'Lines of uploads, by result',
    labelNames: ['result'],
    registers,
  });
  const extracts = new Counter({
    name: 'cenr_extracts_total',
    help: 'Extracts by status',
    labelNames: ['status'],
    registers,
  });
  const rows = new Counter({ name: 'cenr_extract_rows_total', help: 'Rows of completed extracts', registers });
  const students = new Counter({
    name: 'cenr_evaluated_students_total',
    help: 'Students evaluated without being stored',
    registers,
  });
  const disagreements = new Counter({
    name: 'cenr_second_opinion_disagreements_total',
    help: 'Rows for which json-rules-engine has another result',
    registers,
  });
  const entries = new Counter({
    name: 'cenr_access_log_entries_total',
    help: 'Requests written to the access log',
    registers,
  });
  const unentered = new Counter({
    name: 'cenr_access_log_failures_total',
    help: 'Requests refused because they could not be logged',
    registers,
  });
  const rulebook = new Gauge({
    name: 'cenr_rulebook_info',
    help: 'The rulebook in effect; always 1',
    labelNames: ['sha256'],
    registers,
  });
  const refused = new Counter({
    name: 'cenr_rulebook_refused_total',
    help: 'Rulebooks that should have taken effect and cannot be used, by origin',
    labelNames: ['of'],
    registers,
  });
  new Gauge({
    name: 'cenr_jobs_waiting',
    help: `Jobs in the store that wait for their turn, by kind; at most ${MOST_COUNTED} of each are counted`,
    labelNames: ['kind'],
    registers,
    async collect() {
      // A number that cannot be read is left out; that the store does not answer is the health check's to report.
      this.reset();
      await Promise.all(
        JOB_KINDS.map((kind) =>
          waiting(kind).then(
            (jobs) => this.set({ kind }, jobs),
            () => this.remove({ kind }),
          ),
        ),
      );
    },
  });
  return {
    registry,
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    uploaded({ counts }) {
      uploads.inc();
      for (const result of ['added', 'replaced', 'deleted', 'notUsed', 'rejected'] as const)
        lines.inc({ result }, counts[result]);
    },
    extract(status, made = 0) {
      extracts.inc({ status });
      rows.inc(made);
    },
    evaluated: (count) => students.inc(count),
    entered: () => entries.inc(),
    notEntered: () => unentered.inc(),
    disagreed: () => disagreements.inc(),
    rulebook(sha256) {
      rulebook.reset();
      rulebook.set({ sha256 }, 1);
    },
    rulesRefused: (of) => refused.inc({ of }),
  };
}

export default fp<{ readonly registry?: Registry | undefined }>(
  async (app, { registry }) => {
    const metrics = createMetrics(registry, async (kind) =>
      Math.min(MOST_COUNTED, await app.store.jobs(kind).waiting()),
    );
    app.decorate('metrics', metrics);
    app.addHook('onResponse', (request, reply, done) => {
      metrics.request(request.method, routeOf(request), reply.statusCode, reply.elapsedTime / 1_000);
      done();
    });
  },
  { name: 'metrics', dependencies: ['request-log', 'store'] },
);
