/** The version of the rulebook that a request asks for: by hash, by publication, or none in particular. */

import type { FastifyInstance } from 'fastify';
import { isHash, VersionUnknownError, versionByHash, versionByPublication } from '#publishing/choose';
import { parseDay } from '#records/days';
import { RulebookError } from '#rulebook/load/assemble';
import { ServiceError } from '../http/errors.ts';
import { shown } from '../http/validate.ts';
import type { AskedVersion } from '../schemas/version-keys.ts';
import type { Rules, RulesInEffect } from './rules-in-effect.ts';

/**
 * @param known what a request without either is answered by
 * @throws ServiceError CENR_REQUEST_INVALID, with a sentence that lists the versions there are
 */
export async function askedRules(
  app: FastifyInstance,
  { rulebook, publication }: AskedVersion,
  known?: RulesInEffect,
): Promise<Rules> {
  const inEffect = known ?? (await app.rules.current());
  if (rulebook !== undefined && publication !== undefined)
    throw invalid('/publication', 'give "rulebook" or "publication", not both');
  if (rulebook !== undefined) {
    if (typeof rulebook !== 'string' || !isHash(rulebook))
      throw invalid('/rulebook', `found ${shown(rulebook)}, expected the SHA-256 of a version: 64 hexadecimal digits`);
    return rulebook === inEffect.hash ? inEffect : await usable(app, '/rulebook', async () => rulebook);
  }
  if (publication !== undefined) {
    if (typeof publication !== 'string' || parseDay(publication) === undefined)
      throw invalid(
        '/publication',
        `found ${shown(publication)}, expected the day on which the page was updated, written CCYYMMDD or CCYY-MM-DD`,
      );
    return await usable(
      app,
      '/publication',
      async () => versionByPublication(await app.store.versions(), publication, app.clock().toISOString()).hash,
    );
  }
  return inEffect;
}

async function usable(app: FastifyInstance, pointer: string, hash: () => Promise<string>): Promise<Rules> {
  try {
    const wanted = await hash();
    const rules = await app.rules.inUse(wanted);
    return rules ?? ((await app.rules.inUse(versionByHash(await app.store.versions(), wanted).hash)) as Rules);
  } catch (error) {
    if (error instanceof VersionUnknownError) throw invalid(pointer, error.message);
    if (error instanceof RulebookError)
      throw invalid(pointer, `the version is kept, but this program cannot load it: ${error.message}`);
    throw error;
  }
}

/** The refusal for a version in the path of a request. */
export const versionUnknown = (hash: string): ServiceError =>
  new ServiceError('CENR_NOT_FOUND', {
    detail: `No version ${hash} of the rulebook is kept; GET /v1/rulebook/versions lists the versions that are kept.`,
  });

const invalid = (pointer: string, message: string): ServiceError =>
  new ServiceError('CENR_REQUEST_INVALID', { errors: [{ pointer, message }] });
