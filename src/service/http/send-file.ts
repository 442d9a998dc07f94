/** Files that were made before, as answers: streamed, or refused when they are no longer there. */
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { withRulebook } from '../plugins/rules.ts';
import { type ErrorCode, ServiceError } from './errors.ts';

/** What reading a file failed with becomes a refusal when the file is not there, and is thrown as it is otherwise. */
export const goneAs =
  (code: ErrorCode) =>
  (error: unknown): never => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new ServiceError(code) : error;
  };

export interface SentFile {
  /** Hash of the rulebook it was made with. */
  readonly rulebook: string;
  /** Under which whoever asked may keep it. */
  readonly name: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How many bytes it has, where that is known without looking. */
  readonly bytes?: number | undefined;
  /** What is sent instead of its bytes, made of them on the way; nobody knows how long that is. */
  readonly through?: (bytes: Readable) => Readable;
}

/**
 * Sends a file. Headers are set only when it is there.
 * @param gone as `goneAs` gives it
 */
export async function sendFile(
  reply: FastifyReply,
  path: string,
  gone: (error: unknown) => never,
  { rulebook, name, type, headers = {}, bytes, through }: SentFile,
): Promise<FastifyReply> {
  const file = await open(path).catch(gone);
  withRulebook(reply, rulebook)
    .header('content-disposition', `attachment; filename="${name}"`)
    .headers(headers)
    .type(type);
  if (through) return reply.send(through(file.createReadStream()));
  return reply.header('content-length', bytes ?? (await file.stat()).size).send(file.createReadStream());
}
