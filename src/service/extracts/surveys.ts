/**
 * Surveys of finished extracts: made when they are first asked for, and kept beside the file. Of few students they are
 * made on the spot; of more in a thread, one after the other, in turns that go round between keys, while everybody else
 * is answered. They survive no restart: whoever asks next begins anew, which a page that shows one does by itself.
 */
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { runInThread, threadFile } from '#base/threads';
import { UserError } from '#base/user-error';
import type { ExtractRequest } from '#extract/request';
import type { ExtractJob } from '#store/extract-job';
import { SnapshotGoneError } from '#store/store';
import { placeOf } from '../config.ts';
import { type ErrorCode, ServiceError } from '../http/errors.ts';
import { turns } from '../http/turns.ts';
import { removeFiles, type WorkControl } from '../jobs/job-queue.ts';
import { prefersNoWait, secondsPreferred } from '../jobs/prefer-wait.ts';
import { keyIdOf } from '../plugins/auth.ts';
import { contents, responses } from '../schemas/responses.ts';
import { EXTRACT_REFUSALS } from './extract-answers.ts';
import { keptJson } from './kept-json.ts';
import { type SurveyAsked, type Surveyed, surveyFiles } from './survey-files.ts';
import type { SurveyThread } from './survey-thread.ts';
import { SURVEYS, type SurveyWork } from './survey-work.ts';

/** Of more students a survey is made in a thread. */
const MOST_HERE = 2_000;
/** How long somebody is kept waiting who says nothing of it. */
const PATIENCE_SECONDS = 5;
const MOST_MEGABYTES = 1_024;
const WHOLE = 100;
const RETRY_SECONDS = 2;

const THREAD = {
  file: threadFile(import.meta.url, './survey-thread'),
  limits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  errors: [SnapshotGoneError, UserError],
};

/** What is answered while a survey is being made. */
export const SurveyUnderWay = Type.Object(
  {
    status: Type.Literal('Processing'),
    progress: Type.Integer({ description: 'In percent' }),
  },
  closed,
);
export type SurveyUnderWay = Shape<typeof SurveyUnderWay>;

const UNDER_WAY = contents(
  'Every student of the extract is being looked at, which happens once; ask again after a while. `Prefer: wait=N` waits for it, 50 seconds at most; without it the service waits 5 seconds. After a restart of the service, asking again begins anew',
  { 'application/json': SurveyUnderWay },
  ['preference-applied'],
);

/**
 * What the API document says of the answers of a route that needs a survey.
 * @param made the answer 200
 * @param more refusals of this route alone
 */
export const surveyResponses = (made: unknown, more: readonly ErrorCode[] = []) =>
  responses({ 202: UNDER_WAY, 200: made }, [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE', 'CENR_TOO_MANY_WAITING', ...more]);

interface UnderWay {
  readonly done: Promise<void>;
  progress: number;
}

export class Surveys {
  readonly #app: FastifyInstance;
  readonly #turn: ReturnType<typeof turns>;
  readonly #stopping = new AbortController();
  /** By extract and survey. */
  readonly #underWay = new Map<string, UnderWay>();
  /** What went wrong when nobody was waiting; whoever asks next is told. */
  readonly #failed = new Map<string, unknown>();

  constructor(app: FastifyInstance) {
    this.#app = app;
    this.#turn = turns(app.config.waitingJobs);
  }

  /**
   * What a survey counted; one that was not made is begun. Waits as long as the request prefers.
   * @returns how far it is while it takes longer
   * @throws ServiceError CENR_INPUTS_GONE, CENR_TOO_MANY_WAITING; Error with code ENOENT when a file is gone
   */
  async counted<S extends SurveyAsked>(
    survey: S,
    job: ExtractJob,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ readonly counts: Surveyed[S['name']] } | SurveyUnderWay> {
    const seconds = secondsPreferred(this.#app, request, reply) ?? (prefersNoWait(request) ? 0 : PATIENCE_SECONDS);
    const kept = await this.#kept(survey, job);
    if (kept) return { counts: kept };
    const name = JSON.stringify([job.id, survey]);
    this.#tellFailure(name);
    const underWay = this.#underWay.get(name) ?? this.#begin(name, survey, job, keyIdOf(request));
    if (seconds > 0) await endedOrLate(underWay.done, seconds);
    this.#tellFailure(name);
    const counts = this.#underWay.has(name) ? undefined : await this.#kept(survey, job);
    return counts
      ? { counts }
      : { status: 'Processing', progress: Math.min(WHOLE - 1, Math.floor(WHOLE * underWay.progress)) };
  }

  /** Ends what is under way. */
  stop(): void {
    this.#stopping.abort(new ServiceError('CENR_NOT_READY'));
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#underWay.values(), ({ done }) => done));
  }

  #kept<S extends SurveyAsked>(survey: S, job: ExtractJob): Promise<Surveyed[S['name']] | undefined> {
    return keptJson(surveyFiles(survey, this.#app.jobs.extract.filesOf(job)).counts);
  }

  #tellFailure(name: string): void {
    if (!this.#failed.has(name)) return;
    const error = this.#failed.get(name);
    this.#failed.delete(name);
    throw error;
  }

  #begin(name: string, survey: SurveyAsked, job: ExtractJob, keyId: string): UnderWay {
    const underWay = { progress: 0 } as { done: Promise<void>; progress: number };
    this.#underWay.set(name, underWay);
    underWay.done = this.#make(survey, job, keyId, (progress) => {
      underWay.progress = progress;
    })
      .catch((error: unknown) => {
        this.#app.log.warn(
          { extractId: job.id, survey: survey.name, reason: (error as Error).name },
          'a survey was not made',
        );
        this.#failed.set(name, told(error));
      })
      .finally(() => this.#underWay.delete(name));
    return underWay;
  }

  async #make(
    asked: SurveyAsked,
    job: ExtractJob,
    keyId: string,
    onProgress: WorkControl['onProgress'],
  ): Promise<void> {
    const { store, jobs, config, explanations } = this.#app;
    const { id, request, runDate, reportingLEAs, snapshot } = job;
    const { rulebook } = await explanations.by(job.rulebookHash);
    const { list, counts } = surveyFiles(asked, jobs.extract.filesOf(job));
    const work: SurveyWork = {
      ...{ runDate, reportingLEAs, asked, list, counts },
      request: request as ExtractRequest,
      snapshot: snapshot as number,
    };
    const control = { signal: this.#stopping.signal, onProgress };
    if ((await store.forLEAs(reportingLEAs).students()) <= MOST_HERE)
      await SURVEYS[asked.name](store, rulebook, work, control);
    else {
      const { hash, files: texts } = rulebook;
      const input = { storeDir: placeOf(config), rulebook: { hash, files: texts }, work };
      await this.#turn(keyId, () => runInThread<SurveyThread, 'survey'>(THREAD, 'survey', input, control));
    }
    // Its files went with the extract, if somebody cancelled that meanwhile.
    if ((await store.forLEAs('all').jobs('extract').get(id))?.status !== 'Complete')
      await removeFiles(list === '' ? { counts } : { list, counts });
  }
}

/** Resolves when something is done, or after so many seconds. */
async function endedOrLate(done: Promise<void>, seconds: number): Promise<void> {
  const enough = new AbortController();
  const late = setTimeout(seconds * 1_000, undefined, { signal: enough.signal }).catch(() => undefined);
  await Promise.race([done, late]);
  enough.abort();
}

const told = (error: unknown): unknown =>
  error instanceof SnapshotGoneError ? new ServiceError('CENR_INPUTS_GONE', { detail: error.message }) : error;

/** Answers that a survey is under way. */
export const underWay = (request: FastifyRequest, reply: FastifyReply, { status, progress }: SurveyUnderWay) => {
  request.disclosed = [];
  return reply
    .code(202)
    .header('retry-after', String(RETRY_SECONDS))
    .send({ status, progress } as never);
};
