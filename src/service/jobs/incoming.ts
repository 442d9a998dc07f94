/** Files that come in for jobs: a folder to receive those of each in, and what is taken up of those that a process left. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Encoding } from '#intake/lines';
import type { InputFile } from '#intake/upload';
import type { JobKind } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import { charsetOf } from '../http/charset.ts';
import { type IncomingFolder, incomingFolder } from '../http/receive.ts';
import { receiveFiles } from '../http/receive-body.ts';
import { keyIdOf } from '../plugins/auth.ts';
import { type GivenAnswer, idempotencyKeyOf } from '../plugins/idempotency.ts';
import { isOld } from './old-files.ts';

/** Where the files of new jobs of one kind are received. */
export interface Incoming {
  /**
   * A new job: its id, and the folder for its files.
   * @param keyId of the API key that sends them
   * @throws ServiceError CENR_TOO_MANY_WAITING
   */
  begin(keyId: string): Promise<{ readonly id: string; readonly folder: IncomingFolder }>;
}

/**
 * @param prefix of ids
 * @param dir has a folder for each job
 * @param files the most that one may have
 */
export const incoming = (
  app: FastifyInstance,
  {
    kind,
    prefix,
    dir,
    files,
  }: { readonly kind: JobKind; readonly prefix: string; readonly dir: string; files: number },
): Incoming => ({
  async begin(keyId) {
    await app.jobs[kind].requireRoom(keyId);
    const id = app.newId(prefix);
    const folder = await incomingFolder(join(dir, id), { bytes: app.config.uploadBytes, files });
    const { replicas } = app.store;
    if (replicas) await writeFile(join(folder.dir, RECEIVER), replicas.own, { mode: 0o600 });
    return { id, folder };
  },
});

/** In a folder: which of the processes that share a store receives files in it. */
const RECEIVER = '.receiver';

/** Removes what a killed process was still receiving: it is student data, and nobody was told that it arrived. */
export async function removeOthers(
  { store, clock }: Pick<FastifyInstance, 'store' | 'clock'>,
  dir: string,
  isKept: (id: string) => boolean | Promise<boolean>,
): Promise<void> {
  const { replicas } = store;
  const isInUse = async (path: string): Promise<boolean> => {
    if (!replicas) return false;
    const receiver = await readFile(join(path, RECEIVER), 'utf8').catch(() => undefined);
    return receiver === undefined ? !(await isOld(path, clock())) : await replicas.isThere(receiver);
  };
  for (const name of await readdir(dir).catch(() => [])) {
    const path = join(dir, name);
    // Whether it is in use is asked first: what was received since is a job by now.
    if (!(await isInUse(path)) && !(await isKept(name))) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Whether a job may have been added all the same: a database that is lost while it is told may have it. Then the files
 * stay, which the next start removes when they belong to no job.
 */
export const mayBeAdded = (error: unknown): boolean => error instanceof StoreTroubleError;

/** The file of a job that begins with one. */
export interface ReceivedFile {
  /** The id of the job. */
  readonly id: string;
  readonly folder: string;
  /** The name that it was sent with. */
  readonly name: string;
  /** Its place in the folder. */
  readonly at: string;
  readonly encoding: Encoding;
  readonly contentHash: string;
}

/**
 * Receives the file of a new job, which is removed again unless it is kept.
 * @throws ServiceError for a body that is none, or is too large; CENR_TOO_MANY_WAITING
 */
export async function withReceivedFile(
  files: Incoming,
  request: FastifyRequest,
  reply: FastifyReply,
  use: (file: ReceivedFile) => Promise<{ readonly answer: GivenAnswer; readonly isKept: boolean }>,
): Promise<GivenAnswer> {
  idempotencyKeyOf(request);
  const encoding = charsetOf(request) ?? 'utf-8';
  const { id, folder } = await files.begin(keyIdOf(request));
  let isKept = false;
  try {
    await receiveFiles(request, reply, folder);
    await folder.flush();
    const [{ name }, [at]] = [folder.files[0] as InputFile, folder.places()];
    const contentHash = folder.contentHash();
    const used = await use({ id, folder: folder.dir, name, at: at as string, encoding, contentHash });
    isKept = used.isKept;
    return used.answer;
  } catch (error) {
    isKept = mayBeAdded(error);
    throw error;
  } finally {
    if (!isKept) await folder.remove();
  }
}
