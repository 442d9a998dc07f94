/** A match as a job: of a file that came in, or of records of the store that wait. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { MatchingJob } from '#store/matching-job';
import type { ReceivedFile } from '../jobs/incoming.ts';
import { jobWithin } from '../jobs/job-within.ts';
import { keyIdOf } from '../plugins/auth.ts';
import type { GivenAnswer } from '../plugins/idempotency.ts';
import { shownMatching } from '../schemas/matching.ts';
import { matchingShown, refusedAs } from './match-answers.ts';
import { requestsIn } from './match-work.ts';

/**
 * Adds a match.
 * @param route that was asked, and what else makes two requests the same
 * @returns the answer, and whether the file belongs to a job now
 * @throws ServiceError CENR_NOT_REQUESTS
 */
export async function addMatching(
  app: FastifyInstance,
  request: FastifyRequest,
  { route, sender, waiting }: { readonly route: string; readonly sender: string; readonly waiting?: true },
  { id, folder, name, at, encoding, contentHash }: ReceivedFile,
): Promise<{ readonly answer: GivenAnswer; readonly isKept: boolean }> {
  const { rulebook, hash: rulebookHash } = await app.rules.current();
  const job: MatchingJob = {
    ...{ id, status: 'Pending', progress: 0, file: name, at, encoding, sender, rulebookHash },
    ...{ reportingLEAs: sender === 'all' ? sender : sender.split(','), requestedAt: app.clock().toISOString() },
    ...(waiting && { waiting }),
  };
  // The first request comes when every line was looked at.
  await refusedAs('CENR_NOT_REQUESTS', async () => {
    for await (const _ of requestsIn(job, folder, rulebook, app.today())) break;
  });
  const hash = createHash('sha256')
    .update(JSON.stringify([route, sender, encoding, contentHash]))
    .digest('hex');
  let isKept = false;
  const answer = await app.answerOnce(request, hash, async (remember) => {
    const shown = shownMatching(job);
    const accepted = { status: 202, location: shown.links.self, body: JSON.stringify(shown) };
    await app.jobs.matching.add(job, keyIdOf(request), remember(accepted));
    isKept = true;
    return accepted;
  });
  return { answer, isKept };
}

/** Finds a match and shows it, for whoever waits for it. */
export const matchFound = (app: FastifyInstance, request: FastifyRequest) => ({
  find: (id: string) => jobWithin(app, request, 'matching', id),
  shown: (found: MatchingJob) => matchingShown(app, found),
});
