/** A body of files: a file as it is, or parts of multipart/form-data, received as a stream. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { text } from '../schemas/responses.ts';
import { ServiceError } from './errors.ts';
import type { IncomingFolder } from './receive.ts';
import { exceptBodies } from './validate.ts';

/** What curl and other tools say a file is when they are not told. */
const RAW_TYPES = /^(text\/[\w.+-]+|application\/(octet-stream|gzip|x-gzip|x-www-form-urlencoded))$/;
const GZIP = 'gzip';

/**
 * Has the routes of a plugin take files as the body, as a stream.
 * @param more media types that these routes take
 */
export async function takeFiles(app: FastifyInstance, more: readonly string[] = []): Promise<void> {
  await app.register(multipart, {
    limits: { files: app.config.uploadFiles, fields: 1, fileSize: app.config.uploadBytes, headerPairs: 50 },
  });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('*', (request, payload, done) => {
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? 'application/octet-stream';
    if (RAW_TYPES.test(type) || more.includes(type)) done(null, payload);
    else
      done(
        new ServiceError('CENR_MEDIA_TYPE_UNSUPPORTED', {
          detail: `Found the Content-Type "${type.slice(0, 60)}", expected text/plain, application/octet-stream, application/gzip or multipart/form-data.`,
        }),
      );
  });
}

/**
 * The body of a route that takes one file.
 * @param more media types that it takes
 */
export const oneFileBody = (more: readonly string[] = []) => {
  const file = Type.String({ format: 'binary', description: 'The file, compressed with gzip or not' });
  const parts = Type.Array(file, { maxItems: 1, description: 'One part, with a filename' });
  return {
    content: {
      // First: generators of clients that take one of several take this one, which can be all that there is.
      'multipart/form-data': { schema: Type.Object({ file: parts }) },
      ...Object.fromEntries(
        ['application/octet-stream', 'application/gzip', ...more].map((type) => [type, { schema: file }]),
      ),
      'text/plain': { schema: text('The file') },
    },
  };
};

/** What every route that takes files says of receiving them. */
export const receiving = (app: FastifyInstance) => ({
  // Limits are kept while receiving, since the size is that of all files, unpacked.
  bodyLimit: Number.MAX_SAFE_INTEGER,
  validatorCompiler: exceptBodies(app),
  // Before a byte of the body is read: who may not send it need not.
  preParsing: (
    { headers }: Pick<FastifyRequest, 'headers'>,
    _reply: unknown,
    _payload: unknown,
    done: (error?: Error | null) => void,
  ): void => done(refusalOf(headers, app.config.uploadBytes) ?? null),
});

/** Why an upload is refused by its headers. */
function refusalOf(headers: IncomingHttpHeaders, uploadBytes: number): ServiceError | undefined {
  const { 'content-length': length, 'content-encoding': encoding, 'content-type': type } = headers;
  if (Number(length) > uploadBytes)
    return new ServiceError('CENR_BODY_TOO_LARGE', {
      detail: `An upload may have at most ${uploadBytes} bytes.`,
      headers: { connection: 'close' },
    });
  const isMultipart = type?.toLowerCase().startsWith('multipart/') ?? false;
  if (encoding === undefined || encoding === 'identity' || (encoding === GZIP && !isMultipart)) return undefined;
  return new ServiceError('CENR_MEDIA_TYPE_UNSUPPORTED', {
    detail: 'Expected the Content-Encoding gzip, or none. In multipart/form-data, compress each part.',
  });
}

/**
 * Receives all files of a request into a folder.
 * @throws ServiceError for a body that is none, or is too large
 */
export async function receiveFiles(
  request: FastifyRequest,
  reply: FastifyReply,
  folder: IncomingFolder,
): Promise<void> {
  // When a limit is passed the rest of the body is not read, and the connection is of no more use.
  await receive(request, folder).catch((error: unknown) => {
    reply.header('connection', 'close');
    throw malformed(error);
  });
}

/** Plain errors are those of the reader of parts; limits that are passed and faults of the disk have a code. */
const malformed = (error: unknown): unknown =>
  error instanceof Error && error.constructor === Error && !('code' in error)
    ? new ServiceError('CENR_HTTP_INVALID', {
        detail: 'The multipart body is not well-formed, or its end is missing.',
      })
    : error;

async function receive(request: FastifyRequest, folder: IncomingFolder): Promise<void> {
  if (request.isMultipart())
    for await (const part of request.parts()) {
      if (part.type !== 'file')
        throw new ServiceError('CENR_REQUEST_INVALID', {
          errors: [{ pointer: '', message: 'expected a file with a filename in every part of the upload' }],
        });
      await folder.add(part.filename, part.file);
    }
  else if (request.body !== undefined && request.body !== null) await folder.add('upload', request.body as Readable);
  if (folder.files.length === 0 || folder.isEmpty()) throw new ServiceError('CENR_UPLOAD_EMPTY');
}
