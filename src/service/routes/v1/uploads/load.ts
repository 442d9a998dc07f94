/** POST /v1/uploads: files in, received as a stream and loaded as a whole or not at all. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ENCODINGS, type Encoding } from '#intake/lines';
import { layoutOf } from '#records/layout';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { charsetOf } from '#service/http/charset';
import { ServiceError } from '#service/http/errors';
import type { IncomingFolder } from '#service/http/receive';
import { exceptBodies } from '#service/http/validate';
import { requireLEAs, scopeOf } from '#service/plugins/auth';
import { type GivenAnswer, idempotencyKeyOf, sendAnswer } from '#service/plugins/idempotency';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { contents, responses, text } from '#service/schemas/responses';
import { shownUpload } from '#service/schemas/upload';

const Query = Type.Object(
  {
    reportingLEA: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8_000,
        pattern: '^(all|[0-9]{7}(,[0-9]{7})*)$',
        description:
          'The LEA that sends the records, several with commas between them, or "all" for a county or the state (default: all LEAs of the key, when it is bound to certain LEAs)',
      }),
    ),
    encoding: Type.Optional(
      Type.String({
        enum: [...ENCODINGS],
        description: 'Encoding of the files (default: the charset of the Content-Type, or else utf-8)',
      }),
    ),
    recordType: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 16,
        description:
          'The record type of lines that do not begin with one, such as MEPS; lines that do are read as what they are',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What curl and other tools say a file is when they are not told. */
const RAW_TYPES = /^(text\/[\w.+-]+|application\/(octet-stream|gzip|x-gzip|x-www-form-urlencoded))$/;
const GZIP = 'gzip';
const FILE = Type.String({ format: 'binary', description: 'A file, compressed with gzip or not' });

const route: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(multipart, {
    limits: { files: app.config.uploadFiles, fields: 1, fileSize: app.config.uploadBytes, headerPairs: 50 },
  });
  takeFiles(app);

  app.post(
    '',
    {
      config: { access: ['vendor'] },
      // Limits are kept while receiving, since the size is that of all files, unpacked.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        tags: ['uploads'],
        operationId: 'uploadFiles',
        summary: 'Load files',
        description: `One file as the body, or several as parts of multipart/form-data; each may be compressed with gzip. File names do not matter: field 1 of each line gives the record type.
The upload is stored as a whole, or not at all. Rejected records are not stored; see the problems of the upload. A file that is not caret-delimited refuses the whole upload. When no record could be used, \`warnings\` of the answer says so.

With an \`Idempotency-Key\`, the same upload sent again is not loaded again: it gets the first answer, with the header \`Idempotent-Replayed: true\`.`,
        querystring: Query,
        headers: IdempotencyHeader,
        body: {
          content: {
            // First: generators of clients that take one of several take this one, which can be all that there is.
            'multipart/form-data': {
              schema: Type.Object({ file: Type.Array(FILE, { description: 'A part for each file, with a filename' }) }),
            },
            'application/octet-stream': { schema: FILE },
            'application/gzip': { schema: FILE },
            'text/plain': { schema: text('A file') },
          },
        },
        response: responses(
          {
            201: contents(
              'Loaded; the Location header has the address of the upload',
              { 'application/json': Type.Ref('Upload') },
              ['location', 'cenr-rulebook', 'idempotent-replayed'],
            ),
          },
          [
            'CENR_REQUEST_INVALID',
            'CENR_UPLOAD_EMPTY',
            'CENR_ALL_LEAS_MISSING',
            'CENR_NOT_FOUND',
            'CENR_BODY_TOO_LARGE',
            'CENR_MEDIA_TYPE_UNSUPPORTED',
            'CENR_UPLOAD_UNREADABLE',
            'CENR_NOT_A_CARET_FILE',
            'CENR_IDEMPOTENCY_BUSY',
            'CENR_IDEMPOTENCY_KEY_REUSED',
            'CENR_STORE_BUSY',
          ],
        ),
      },
      validatorCompiler: exceptBodies(app),
      // Before a byte of the body is read: who may not send it need not.
      preParsing: (request, _reply, _payload, done) => {
        done(refusalOf(request.headers, app.config.uploadBytes) ?? null);
      },
    },
    async (request, reply) => {
      const { recordType } = request.query;
      const encoding = (request.query.encoding as Encoding | undefined) ?? charsetOf(request) ?? 'utf-8';
      requireRecordType(app.rules.current().rulebook, recordType);
      const sender = senderOf(scopeOf(request), request.query.reportingLEA);
      idempotencyKeyOf(request);
      const { id, folder } = await app.uploads.begin();
      let answer: GivenAnswer;
      try {
        // When a limit is passed the rest of the body is not read, and the connection is of no more use.
        await receive(request, folder).catch((error: unknown) => {
          reply.header('connection', 'close');
          throw malformed(error);
        });
        const requestHash = createHash('sha256')
          .update(JSON.stringify(['POST /v1/uploads', sender, encoding, recordType, folder.contentHash()]))
          .digest('hex');
        // Loading may take longer than a connection may be silent.
        request.raw.socket?.setTimeout?.(0);
        answer = await app.answerOnce(request, requestHash, async () => {
          const files = folder.files.map((file) => ({ ...file, recordType }));
          const upload = shownUpload(await app.uploads.load(id, sender, files, encoding));
          return { status: 201, location: upload.links.self, body: JSON.stringify(upload) };
        });
      } finally {
        request.raw.socket?.setTimeout?.(app.config.connectionTimeout);
        await folder.remove();
      }
      return sendAnswer(reply, answer);
    },
  );
};

/** Takes a file as the body, as a stream. */
function takeFiles(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('*', (request, payload, done) => {
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? 'application/octet-stream';
    if (RAW_TYPES.test(type)) done(null, payload);
    else
      done(
        new ServiceError('CENR_MEDIA_TYPE_UNSUPPORTED', {
          detail: `Found the Content-Type "${type.slice(0, 60)}", expected text/plain, application/octet-stream, application/gzip or multipart/form-data.`,
        }),
      );
  });
}

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

/** Whose records these are: of all LEAs of a key, unless the request names some of them. */
function senderOf(scope: LEAScope, asked: string | undefined): string {
  if (asked === undefined) {
    if (scope !== 'all') return scope.toSorted().join(',');
    throw new ServiceError('CENR_REQUEST_INVALID', {
      errors: [
        {
          parameter: 'reportingLEA',
          message:
            'this key is bound to all LEAs; name those that send the records, or "all" for a county or the state',
        },
      ],
    });
  }
  const leas = asked === 'all' ? asked : [...new Set(asked.split(','))].sort();
  requireLEAs(scope, leas);
  return leas === 'all' ? leas : leas.join(',');
}

function requireRecordType({ schemas }: Rulebook, recordType: string | undefined): void {
  if (recordType === undefined || layoutOf(schemas, recordType)) return;
  const known = schemas.layouts.map((layout) => layout.recordType).join(', ');
  throw new ServiceError('CENR_REQUEST_INVALID', {
    errors: [{ parameter: 'recordType', message: `expected one of ${known}` }],
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

export default route;
