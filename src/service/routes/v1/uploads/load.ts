/** POST /v1/uploads: files in, received as a stream and loaded as a whole or not at all. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ENCODINGS, type Encoding } from '#intake/lines';
import { layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { charsetOf } from '#service/http/charset';
import { ServiceError } from '#service/http/errors';
import type { IncomingFolder } from '#service/http/receive';
import { receiveFiles, receiving, takeFiles } from '#service/http/receive-body';
import { mayBeAdded } from '#service/jobs/incoming';
import { prefersNoWait, RESPOND_ASYNC } from '#service/jobs/prefer-wait';
import { keyIdOf, scopeOf } from '#service/plugins/auth';
import {
  type Answer,
  type GivenAnswer,
  idempotencyKeyOf,
  loadedAnswer,
  type Remember,
  sendAnswer,
} from '#service/plugins/idempotency';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { contents, responses, text } from '#service/schemas/responses';
import { SenderQuery, senderOf } from '#service/schemas/sender';
import { shownUploadJob } from '#service/schemas/upload-status';
import type { UploadJob } from '#store/upload-job';

const Query = Type.Object(
  {
    ...SenderQuery,
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
    assignBlankSSIDs: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Give an SSID to enrollments (SENR) that come without one, without looking whether the student has one; they wait otherwise',
      }),
    ),
  },
  { additionalProperties: false },
);

const PreferHeader = Type.Object({
  prefer: Type.Optional(
    Type.String({ description: '"respond-async": do not wait until the upload is loaded (RFC 7240)' }),
  ),
});
const FILE = Type.String({ format: 'binary', description: 'A file, compressed with gzip or not' });

const ABOUT = `One file as the body, or several as parts of multipart/form-data; each may be compressed with gzip. File names do not matter: field 1 of each line gives the record type.
The upload is stored as a whole, or not at all. Rejected records are not stored; see the problems of the upload. A file that is not caret-delimited refuses the whole upload. When no record could be used, \`warnings\` of the answer says so.

Enrollments without an SSID wait until they are matched. With \`assignBlankSSIDs\`, their students get one at once, as part of the upload: \`assigned\` of the answer counts them, and \`numbers\` of its links lists line, local student ID and SSID. Whoever got one before gets the same.

With \`Prefer: respond-async\`, the answer comes when all files have arrived: 202, with the address of the status in the Location header. The upload is loaded when its turn comes, once, even if the service is restarted in between.

With an \`Idempotency-Key\`, the same upload sent again is not loaded again: it gets the first answer, with the header \`Idempotent-Replayed: true\`.`;

const RESPONSES = responses(
  {
    201: contents(
      'Loaded; the Location header has the address of the upload',
      { 'application/json': Type.Ref('Upload') },
      ['location', 'cenr-rulebook', 'idempotent-replayed'],
    ),
    202: contents(
      'Received; the Location header has the address of the status',
      { 'application/json': Type.Ref('UploadStatus') },
      ['location', 'preference-applied', 'idempotent-replayed'],
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
    'CENR_TOO_MANY_WAITING',
    'CENR_STORE_BUSY',
  ],
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  await takeFiles(app);

  app.post(
    '',
    {
      config: { access: ['vendor'] },
      ...receiving(app),
      schema: {
        tags: ['uploads'],
        operationId: 'uploadFiles',
        summary: 'Load files',
        description: ABOUT,
        querystring: Query,
        headers: Type.Object({ ...IdempotencyHeader.properties, ...PreferHeader.properties }),
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
        response: RESPONSES,
      },
    },
    async (request, reply) => {
      const { recordType, assignBlankSSIDs = false } = request.query;
      const encoding = (request.query.encoding as Encoding | undefined) ?? charsetOf(request) ?? 'utf-8';
      requireRecordType((await app.rules.current()).rulebook, recordType);
      const sender = senderOf(scopeOf(request), request.query.reportingLEA);
      idempotencyKeyOf(request);
      const keyId = keyIdOf(request);
      const { id, folder } = await app.uploads.begin(keyId);
      let answer: GivenAnswer;
      let isKept = false;
      try {
        await receiveFiles(request, reply, folder);
        const requestHash = createHash('sha256')
          .update(
            JSON.stringify([
              ...['POST /v1/uploads', sender, encoding, recordType, folder.contentHash()],
              ...(assignBlankSSIDs ? ['assignBlankSSIDs'] : []),
            ]),
          )
          .digest('hex');
        // Loading may take longer than a connection may be silent.
        request.raw.socket?.setTimeout?.(0);
        const act = async (remember: Remember): Promise<Answer> => {
          const job = newJob(
            app,
            { id, sender, encoding, recordType, by: assignBlankSSIDs ? (request.key?.name ?? '') : undefined },
            folder,
          );
          if (prefersNoWait(request)) {
            await folder.flush();
            const shown = shownUploadJob(job);
            const accepted = { status: 202, location: shown.links.self, body: JSON.stringify(shown) };
            await app.jobs.upload.add(job, keyId, remember(accepted));
            isKept = true;
            return accepted;
          }
          await app.jobs.upload.made(job, keyId, remember({ upload: id }));
          return (await loadedAnswer(app.store, id)) as Answer;
        };
        answer = await app.answerOnce(request, requestHash, act);
      } catch (error) {
        isKept ||= prefersNoWait(request) && mayBeAdded(error);
        throw error;
      } finally {
        request.raw.socket?.setTimeout?.(app.config.connectionTimeout);
        if (!isKept) await folder.remove();
      }
      if (answer.status === 202) reply.header('preference-applied', RESPOND_ASYNC);
      return sendAnswer(reply, answer);
    },
  );
};

/** An upload that was received, as the job to load it. */
function newJob(
  app: FastifyInstance,
  {
    id,
    sender,
    encoding,
    recordType,
    by,
  }: Pick<UploadJob, 'id' | 'sender' | 'encoding'> & Readonly<Record<'recordType' | 'by', string | undefined>>,
  { files, places }: IncomingFolder,
): UploadJob {
  const at = places();
  return {
    id,
    status: 'Pending',
    progress: 0,
    sender,
    requestedAt: app.clock().toISOString(),
    reportingLEAs: sender === 'all' ? sender : sender.split(','),
    files: files.map(({ name }, i) => ({ name, at: at[i] as string })),
    encoding,
    ...(recordType !== undefined && { recordType }),
    ...(by !== undefined && { blanksAssignedBy: by }),
  };
}

function requireRecordType({ schemas }: Rulebook, recordType: string | undefined): void {
  if (recordType === undefined || layoutOf(schemas, recordType)) return;
  const known = schemas.layouts.map((layout) => layout.recordType).join(', ');
  throw new ServiceError('CENR_REQUEST_INVALID', {
    errors: [{ parameter: 'recordType', message: `expected one of ${known}` }],
  });
}

export default route;
