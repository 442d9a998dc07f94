/** What is behind a value of a field, for the students of an extract: the records and the rules of then. */
import type { FastifyInstance } from 'fastify';
import { UserError } from '#base/user-error';
import type { ExtractRequest } from '#extract/request';
import { type Grounds, groundsInStore } from '#pipeline/grounds';
import type { ExtractJob } from '#store/extract-job';
import { SnapshotGoneError } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { invalid } from '../schemas/page.ts';
import { remembered } from './remembered.ts';

/** Whoever looks at the counts takes them as a file next. */
const MOST_REMEMBERED = 32;
const counted = remembered<Grounds>(MOST_REMEMBERED);

/** @throws ServiceError for a field that there is not, CENR_INPUTS_GONE for records or rules that are no longer kept */
export async function extractGrounds(
  app: FastifyInstance,
  { id, request, runDate, rulebookHash, snapshot }: ExtractJob,
  field: string,
  value: string,
): Promise<{ readonly name: string; readonly found: Grounds }> {
  const { rulebook } = await app.explanations.by(rulebookHash);
  const { storeDir } = app.config;
  const asked = { storeDir, rulebook, request: request as ExtractRequest, runDate, field, value, snapshot };
  try {
    const found = await counted(app.store, JSON.stringify([id, field, value]), () => groundsInStore(asked));
    const name = rulebook.extract.fields.find(({ number }) => number === field)?.json.name ?? '';
    return { name, found };
  } catch (error) {
    if (error instanceof SnapshotGoneError) throw new ServiceError('CENR_INPUTS_GONE', { detail: error.message });
    if (error instanceof UserError) throw invalid('field', error.message);
    throw error;
  }
}
