/** The files of a draft or of a version, as they are served: a list of them, and each as it was written. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { fileHash, type RulebookTexts } from '#rulebook/load/texts';
import { ServiceError } from '../http/errors.ts';
import { sendUnlessKnown } from '../http/etag.ts';
import { withRulebook } from '../plugins/rules.ts';
import { contents, NOT_MODIFIED } from '../schemas/responses.ts';
import { shownFiles, VersionFiles } from '../schemas/version.ts';

/** What has the files. */
export interface FileOwner {
  readonly what: 'draft' | 'version';
  /** Its path below the service. */
  readonly address: string;
  readonly hash: string;
  readonly texts: RulebookTexts;
}

/** The good answers of a list of files, for the API document. */
export const FILES_ANSWERS = {
  200: contents('The files', { 'application/json': VersionFiles }, ['cenr-rulebook', 'etag']),
  304: NOT_MODIFIED,
};

/** The good answers of one file. */
export const fileAnswers = (description: string) => ({
  200: contents('The file', { 'application/json': Type.Unknown({ description }) }, ['cenr-rulebook', 'etag']),
  304: NOT_MODIFIED,
});

/** Answers with the list of files. */
export const sendFiles = (
  request: FastifyRequest,
  reply: FastifyReply,
  { address, hash, texts }: FileOwner,
  tag: string,
): FastifyReply =>
  sendUnlessKnown(request, withRulebook(reply, hash), tag, JSON.stringify({ files: shownFiles(address, texts) }));

/**
 * Answers with one file.
 * @param tag that of the file when absent
 * @throws ServiceError CENR_NOT_FOUND
 */
export function sendRuleFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { what, address, hash, texts }: FileOwner,
  path: string,
  tag?: string,
): FastifyReply {
  const file = texts.find((one) => one.path === path);
  if (!file)
    throw new ServiceError('CENR_NOT_FOUND', {
      detail: `The ${what} has no such file; GET ${address}/files lists its files.`,
    });
  return sendUnlessKnown(request, withRulebook(reply, hash), tag ?? fileHash(file.text), file.text);
}
