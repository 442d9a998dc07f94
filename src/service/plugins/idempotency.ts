/**
 * Idempotency-Key: a request sent again with the same key gets the first one's answer, and nothing is done twice,
 * whenever the process dies: the answer is kept together with the job that the request asks for. Of several processes
 * that share a store one answers. Only answers that did something are remembered; a request that was refused may be
 * corrected and sent again under the same key.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isOver } from '#publishing/job';
import { AnsweredElsewhereError, type RememberedAnswer, type Store } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { shownUpload } from '../schemas/upload.ts';
import { withRulebook } from './rules.ts';

export interface Answer {
  readonly status: number;
  readonly location: string;
  /** JSON of something; where rules had a part in it, with the hash of its `rulebook`. */
  readonly body: string;
}

export interface GivenAnswer extends Answer {
  /** Whether it was given before. */
  readonly replayed: boolean;
}

/**
 * To be kept with the job of a request: its answer, or the upload that the answer is made of. `undefined` without an
 * Idempotency-Key.
 */
export type Remember = (answer: Answer | { readonly upload: string }) => RememberedAnswer | undefined;

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The answer to a request, the same for each Idempotency-Key of the caller; to be sent with `sendAnswer`.
     * @param requestHash SHA-256 of all that makes the request what it is
     * @param act does what was asked, and keeps the answer with it; not called when its answer is known
     */
    answerOnce(
      request: FastifyRequest,
      requestHash: string,
      act: (remember: Remember) => Promise<Answer>,
    ): Promise<GivenAnswer>;
  }
}

/** Nobody sends a request again after a week. */
const REMEMBERED_MS = 7 * 24 * 60 * 60_000;
const FORM = /^[\x21-\x7e]{1,255}$/;

/**
 * The Idempotency-Key of a request, if it has one.
 * @throws ServiceError for one that cannot be used
 */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const sent = request.headers['idempotency-key'];
  if (sent === undefined) return undefined;
  if (typeof sent === 'string' && FORM.test(sent)) return sent;
  throw new ServiceError('CENR_REQUEST_INVALID', {
    errors: [{ header: 'Idempotency-Key', message: 'expected 1 to 255 visible ASCII characters, such as a UUID' }],
  });
}

/** The answer about an upload; `undefined` for one that was not loaded. */
export async function loadedAnswer(store: Store, id: string): Promise<Answer | undefined> {
  const loaded = await store.forLEAs('all').upload(id);
  if (!loaded) return undefined;
  const upload = shownUpload(loaded);
  return { status: 201, location: upload.links.self, body: JSON.stringify(upload) };
}

const busy = (): ServiceError => new ServiceError('CENR_IDEMPOTENCY_BUSY', { headers: { 'retry-after': '5' } });

/**
 * The same for one that may still be loaded elsewhere, for a process that is gone.
 * @throws ServiceError CENR_IDEMPOTENCY_BUSY
 */
async function answerAbout(store: Store, id: string): Promise<Answer | undefined> {
  const loaded = await loadedAnswer(store, id);
  if (loaded) return loaded;
  const job = await store.forLEAs('all').jobs('upload').get(id);
  if (job && !isOver(job)) throw busy();
  return await loadedAnswer(store, id);
}

/** Sends an answer, with a header that says so when it was given before. */
export function sendAnswer(reply: FastifyReply, { status, location, body, replayed }: GivenAnswer): FastifyReply {
  if (replayed) reply.header('idempotent-replayed', 'true');
  const { rulebook } = JSON.parse(body) as { rulebook?: string };
  if (rulebook !== undefined) withRulebook(reply, rulebook);
  return reply.code(status).header('location', location).type('application/json; charset=utf-8').send(body);
}

export default fp(
  async (app) => {
    const forget = (): Promise<void> =>
      app.store.forgetAnswers(new Date(app.clock().getTime() - REMEMBERED_MS).toISOString());
    app.addHook('onReady', async () => await forget());
    app.decorate('answerOnce', async (request, requestHash, act) => {
      const idempotencyKey = idempotencyKeyOf(request);
      const keyId = request.key?.id;
      if (idempotencyKey === undefined || keyId === undefined)
        return { ...(await act(() => undefined)), replayed: false };
      const given = async (): Promise<GivenAnswer | undefined> => {
        const known = await app.store.answer(keyId, idempotencyKey);
        const answer = known && ('upload' in known ? await answerAbout(app.store, known.upload) : known);
        if (!answer) return undefined;
        if (known.requestHash !== requestHash) throw new ServiceError('CENR_IDEMPOTENCY_KEY_REUSED');
        return { ...answer, replayed: true };
      };
      // Of several requests at once one goes on; that it does is said before anybody looks for an answer.
      const end = await app.store.beginAnswer(keyId, idempotencyKey);
      try {
        const before = await given();
        if (before) return before;
        if (!end) throw busy();
        await forget();
        const answer = await act((answer) => ({ keyId, idempotencyKey, requestHash, ...answer }));
        return { ...answer, replayed: false };
      } catch (error) {
        throw error instanceof AnsweredElsewhereError ? busy() : error;
      } finally {
        await end?.();
      }
    });
  },
  { name: 'idempotency', dependencies: ['auth', 'store', 'config'] },
);
