/**
 * The queues of jobs, one for each kind: they begin when the service is ready, and finish or put back what they are
 * doing when it stops.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { removePartials } from '#base/output';
import type { Upload } from '#intake/upload';
import type { RangeMaker } from '#pipeline/from-store';
import type { JobKind, JobKinds } from '#store/store';
import { anomalySearchJobs } from '../jobs/anomaly-search-jobs.ts';
import { extractJobs, rowsOf } from '../jobs/extract-jobs.ts';
import { impactJobs } from '../jobs/impact-jobs.ts';
import { type JobDefinition, JobQueue, type WriteFiles } from '../jobs/job-queue.ts';
import { type MatchingFiles, matchingJobs } from '../jobs/matching-jobs.ts';
import { PartHelper } from '../jobs/part-helper.ts';
import { type ReconciliationFiles, reconciliationJobs } from '../jobs/reconciliation-jobs.ts';
import { type PartSizes, SharedExtracts } from '../jobs/shared-extracts.ts';
import { ssidExtractJobs } from '../jobs/ssid-extract-jobs.ts';
import { type LoadUpload, type UploadFiles, uploadJobs } from '../jobs/upload-jobs.ts';
import type { ExtractFiles, ExtractRows, ExtractWork, WrittenExtract } from '../jobs/write-extract.ts';
import type { MadeReconciliation, ReconciliationWork } from '../reconciliations/reconcile-work.ts';
import type { ImpactFiles, ImpactWork, MadeImpact } from '../rules/rules-work.ts';
import type { SSIDExtractFiles, SSIDWork } from '../ssid/ssid-work.ts';
import { MATCHES, RECONCILIATIONS } from './one-file-jobs.ts';
import { refusalOf } from './problem-details.ts';
import { INCOMING } from './uploads.ts';

export interface JobsOptions {
  readonly writeExtract: WriteFiles<ExtractWork, WrittenExtract>;
  /** What makes parts of extracts that other processes have; none are made here without it. */
  readonly extractParts?: (work: ExtractRows, parts: number) => Promise<RangeMaker>;
  readonly partSizes?: PartSizes;
  /** Of the program. */
  readonly version: string;
  readonly writeImpact: WriteFiles<Omit<ImpactWork, 'storeDir'>, MadeImpact>;
  readonly loadUpload: LoadUpload;
  readonly reconcile: WriteFiles<ReconciliationWork, MadeReconciliation>;
  readonly ssidWork: SSIDWork;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly jobs: {
      readonly extract: JobQueue<'extract', ExtractFiles>;
      readonly impact: JobQueue<'impact', ImpactFiles>;
      readonly upload: JobQueue<'upload', UploadFiles>;
      readonly reconciliation: JobQueue<'reconciliation', ReconciliationFiles>;
      readonly matching: JobQueue<'matching', MatchingFiles>;
      readonly ssidExtract: JobQueue<'ssidExtract', SSIDExtractFiles>;
      readonly anomalySearch: JobQueue<'anomalySearch', object>;
    };
  }
}

/** What people call a job of each kind. */
const NAMES: Readonly<Record<JobKind, string>> = {
  extract: 'extract',
  impact: 'impact report',
  upload: 'upload',
  reconciliation: 'reconciliation',
  matching: 'match',
  ssidExtract: 'SSID extract',
  anomalySearch: 'search for anomalies',
};
/** Below the folder of the store: where the files of jobs are. */
const FOLDERS: Readonly<Record<JobKind, string>> = {
  extract: 'extracts',
  impact: 'impacts',
  upload: INCOMING,
  reconciliation: RECONCILIATIONS,
  matching: MATCHES,
  ssidExtract: 'ssid-extracts',
  anomalySearch: 'searches',
};

/** What has other processes make parts of extracts; `undefined` where there are none. */
function sharedBy({ store, log }: FastifyInstance, version: string, sizes: PartSizes = {}): SharedExtracts | undefined {
  const parts = store.replicas?.parts;
  const onTrouble = (extractId: string, err: unknown): void =>
    log.warn({ extractId, err }, 'what another process made of an extract is made again, or is left in its folder');
  return parts && new SharedExtracts({ ...sizes, parts, version, onTrouble });
}

/** What makes parts of extracts for other processes; `undefined` where there are none, or jobs are made elsewhere. */
function helperOf(
  { store, rules, jobs, config, log }: FastifyInstance,
  version: string,
  extractParts: NonNullable<JobsOptions['extractParts']>,
): PartHelper | undefined {
  const parts = store.replicas?.parts;
  if (!parts || config.role === 'api') return undefined;
  return new PartHelper({
    ...{ parts, version, own: jobs.extract },
    job: (id) => store.forLEAs('all').jobs('extract').get(id),
    dirOf: ({ job, attempt }) => jobs.extract.filesOf({ id: job, attempt }).parts,
    async makerOf(job, ranges) {
      const made = await rules.by(job.rulebookHash);
      if (!made) throw new Error(`the rulebook ${job.rulebookHash} is not kept`);
      return await extractParts(rowsOf(job, made.rulebook), ranges);
    },
    onHelped: (extractId, made) => log.info({ extractId, parts: made }, 'parts of an extract made for another process'),
    onTrouble: (extractId, err) => log.error({ extractId, err }, 'parts of extracts cannot be made here now'),
  });
}

export default fp<JobsOptions>(
  async (app, { writeExtract, extractParts, partSizes, version, writeImpact, loadUpload, reconcile, ssidWork }) => {
    const { store, rules, clock, metrics, log } = app;
    const { storeDir, shutdownGrace, waitingJobs, waitingUploads, role } = app.config;

    /** @param tell told when a job comes to a status; gives what the log says of it beside its id */
    function queueOf<K extends JobKind, Files extends object>(
      definition: JobDefinition<K, Files>,
      mostWaiting: number,
      tell: (job: JobKinds[K]) => object = () => ({}),
    ): JobQueue<K, Files> {
      const { kind } = definition;
      return new JobQueue(definition, {
        store,
        dir: join(storeDir, FOLDERS[kind]),
        clock,
        mostWaiting,
        makes: role !== 'api',
        refusedAs: (error) => refusalOf(error, app.config).code,
        deliveriesOf: (id, change) => app.deliveriesOf(kind, id, change),
        onStatus(job, error) {
          if (job.finishedAt !== undefined) app.outbox.wake();
          app.jobSpans(kind, job, clock());
          const id = { [`${kind}Id`]: job.id };
          const more = tell(job);
          if (error === undefined) log.info({ ...id, ...more }, `${NAMES[kind]} ${job.status}`);
          else log.error({ ...id, err: error }, `${NAMES[kind]} failed`);
        },
        onTrouble: (error) =>
          log.error({ err: error }, `${NAMES[kind]}s wait: the store or the disk cannot be used now`),
      });
    }

    function onLoaded(upload: Upload): void {
      metrics.uploaded(upload);
      log.info({ uploadId: upload.id, lines: upload.linesRead, rulebook: upload.rulebookHash }, 'upload loaded');
    }

    const sharing = sharedBy(app, version, partSizes);
    const jobs = {
      extract: queueOf(extractJobs(rules, writeExtract, sharing), waitingJobs, ({ status, rows }) => {
        metrics.extract(status, rows);
        return rows === undefined ? {} : { rows };
      }),
      impact: queueOf(impactJobs(store, rules, writeImpact), waitingJobs),
      reconciliation: queueOf(reconciliationJobs(rules, reconcile), waitingJobs),
      matching: queueOf(matchingJobs(ssidWork, rules, app.today), waitingJobs),
      ssidExtract: queueOf(ssidExtractJobs(ssidWork, rules, app.today, join(storeDir, INCOMING)), waitingJobs),
      anomalySearch: queueOf(anomalySearchJobs(ssidWork, rules, { today: app.today, now: clock }), waitingJobs),
      upload: queueOf(
        uploadJobs(store, rules, app.today, { loadUpload, onLoaded, random: app.random }),
        waitingUploads,
      ),
    };
    app.decorate('jobs', jobs);

    const helper = extractParts && helperOf(app, version, extractParts);
    const queues = Object.values(jobs);
    app.hear((told) => {
      sharing?.heard(told);
      helper?.heard(told);
      // A later version may have kinds that this one does not know.
      if (told.about === 'job') jobs[told.kind]?.heard(told.id, told.status);
      if (told.about === 'jobs') for (const kind of told.kinds) jobs[kind]?.wake();
      if (told.about === 'anything') for (const queue of queues) queue.look();
    });
    // What a killed process left unfinished is student data. Where several write, others may be writing now.
    app.removeLeft(async () => {
      if (store.replicas) for (const queue of queues) await queue.removeLate();
      else for (const folder of Object.values(FOLDERS)) await removePartials(join(storeDir, folder));
    });
    app.addHook('onReady', async () => {
      for (const queue of queues) await queue.start();
      helper?.wake();
    });
    // While requests finish, so may the jobs; all have the same time.
    let stopped: Promise<unknown> | undefined;
    app.addHook('preClose', async () => {
      stopped = Promise.all([helper?.stop(), ...queues.map((queue) => queue.stop(shutdownGrace))]);
    });
    app.addHook('onClose', async () => void (await stopped));
  },
  { name: 'jobs', dependencies: ['config', 'store', 'replicas', 'rules', 'metrics', 'outbox', 'traces'] },
);
