/** Files that were made before, as answers: streamed, or refused when they are no longer there or no longer the same. */

import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { withRulebook } from '../plugins/rules.ts';
import { type ErrorCode, ServiceError } from './errors.ts';
import { namesTag } from './etag.ts';
import { rangeOf } from './range.ts';
import { varyBy } from './vary.ts';

/** What reading a file failed with becomes a refusal when the file is not there, and is thrown as it is otherwise. */
export const goneAs =
  (code: ErrorCode) =>
  (error: unknown): never => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new ServiceError(code) : error;
  };

/** What `sendFile` may refuse of a file that is packed on demand. */
export const FILE_REFUSALS = [
  'CENR_NOT_ACCEPTABLE',
  'CENR_RANGE_UNSATISFIABLE',
] as const satisfies readonly ErrorCode[];

export interface SentFile {
  /** Hash of the rulebook it was made with. */
  readonly rulebook: string;
  /** Under which whoever asked may keep it. */
  readonly name: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** SHA-256 of its bytes, where that is known: its ETag, and what makes parts of it possible. */
  readonly sha256?: string | undefined;
  /** Whether it is packed for whoever accepts that. */
  readonly packs?: boolean;
  /** Looks at the file that was opened, before anything of it is sent. */
  readonly before?: (file: FileHandle) => Promise<void>;
  /** What is sent instead of its bytes, made of them on the way; nobody knows how long that is. */
  readonly through?: (bytes: Readable) => Readable;
}

/**
 * Sends a file. Headers are set only when it is there.
 * @param gone as `goneAs` gives it
 * @throws ServiceError as FILE_REFUSALS says
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  gone: (error: unknown) => never,
  sent: SentFile,
): Promise<FastifyReply> {
  const coding = codingFor(request, sent);
  const file = await open(path).catch(gone);
  try {
    await sent.before?.(file);
    const { size } = await file.stat();
    return await sendOpened(request, reply, file, size, coding, sent);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function sendOpened(
  { headers: asked }: FastifyRequest,
  reply: FastifyReply,
  file: FileHandle,
  size: number,
  coding: 'gzip' | 'identity',
  { rulebook, name, type, headers = {}, sha256, packs = false, through }: SentFile,
): Promise<FastifyReply> {
  const tag = sha256 === undefined ? undefined : coding === 'gzip' ? `"${sha256}-gzip"` : `"${sha256}"`;
  withRulebook(reply, rulebook);
  if (packs) varyBy(reply, 'accept-encoding');
  if (tag !== undefined) reply.header('etag', tag);
  const known = asked['if-none-match'];
  if (tag !== undefined && known !== undefined && namesTag(known, tag)) {
    await file.close();
    return reply.code(304).send();
  }
  const whole = coding === 'gzip' || through !== undefined || tag === undefined;
  const range = whole ? undefined : rangeOf(asked.range, asked['if-range'], tag, size);
  reply.header('content-disposition', `attachment; filename="${name}"`).headers(headers).type(type);
  if (tag !== undefined && through === undefined) reply.header('accept-ranges', 'bytes');
  if (through) return reply.send(through(file.createReadStream()));
  if (coding === 'gzip') {
    // The digest is of what is sent, and nobody has packed it yet.
    return reply.removeHeader('repr-digest').header('content-encoding', 'gzip').send(packed(file.createReadStream()));
  }
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
  return reply
    .header('content-length', range ? range.end - range.start + 1 : size)
    .send(file.createReadStream(range && { start: range.start, end: range.end }));
}

/** A part of a file is a part of its bytes: whoever asks for one gets them unpacked, where that is accepted. */
function codingFor(request: FastifyRequest, { packs = false }: SentFile): 'gzip' | 'identity' {
  if (!packs) return 'identity';
  const offered = request.headers.range === undefined ? ['gzip', 'identity'] : ['identity', 'gzip'];
  const accepted = request.accepts();
  const coding =
    request.headers.range !== undefined && accepted.encoding(['identity']) ? 'identity' : accepted.encoding(offered);
  if (coding === 'gzip' || coding === 'identity') return coding;
  throw new ServiceError('CENR_NOT_ACCEPTABLE', { detail: 'This can be sent as it is (identity) or as gzip.' });
}

function packed(bytes: Readable): Readable {
  const gzip = createGzip();
  // Whoever stops reading lets go of the file too.
  bytes.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => bytes.destroy());
  return bytes.pipe(gzip);
}

/** So many files are remembered. */
const MOST_FILES = 10_000;

const stampOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string => [dev, ino, size, mtimeMs, ctimeMs].join();

/**
 * Compares files with the SHA-256 that they had when they were made: each once, and again when it changed on the disk.
 * @returns gives whether a file that is open has that hash
 */
export function fileChecks(): (path: string, file: FileHandle, sha256: string) => Promise<boolean> {
  const checks = new LRUCache<string, { readonly stamp: string; readonly same: Promise<boolean> }>({ max: MOST_FILES });
  return async (path, file, sha256) => {
    const stamp = `${stampOf(await file.stat())} ${sha256}`;
    let check = checks.get(path);
    if (check?.stamp !== stamp) {
      check = { stamp, same: hashOf(path).then((found) => found === sha256) };
      checks.set(path, check);
      check.same.catch(() => checks.delete(path));
    }
    return check.same;
  };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
