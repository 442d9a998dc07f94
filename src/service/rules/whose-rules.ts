/** The rules that a request asks about: a draft's, a version's, or those in effect. */
import type { FastifyInstance } from 'fastify';
import type { Rulebook } from '#rulebook/load/assemble';
import { ServiceError } from '../http/errors.ts';
import { versionUnknown } from './asked-rules.ts';
import { draftOf, usable } from './draft-answers.ts';

/**
 * @throws ServiceError CENR_NOT_FOUND; CENR_RULEBOOK_UNUSABLE for files of a draft that cannot be loaded;
 * CENR_REQUEST_INVALID for both
 */
export async function rulesOf(
  app: FastifyInstance,
  { draft, version }: { readonly draft?: string; readonly version?: string },
): Promise<Rulebook> {
  if (draft !== undefined && version !== undefined)
    throw new ServiceError('CENR_REQUEST_INVALID', {
      errors: [{ parameter: 'version', message: 'give "draft" or "version", not both' }],
    });
  if (draft !== undefined) return usable(app, (await draftOf(app, draft)).texts);
  const current = await app.rules.current();
  const hash = version ?? current.version;
  const rules = await app.rules.by(hash);
  if (!rules) throw versionUnknown(hash);
  return rules.rulebook;
}
