/** POST /v1/reconciliations: the state's own file in, to be compared with the records when its turn comes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { InputFile } from '#intake/upload';
import { charsetOf } from '#service/http/charset';
import { receiveFiles, refusalOf, takeFiles } from '#service/http/receive-body';
import { exceptBodies } from '#service/http/validate';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { keyIdOf } from '#service/plugins/auth';
import { idempotencyKeyOf, sendAnswer } from '#service/plugins/idempotency';
import {
  addReconciliation,
  reconciliationOf,
  reconciliationShown,
} from '#service/reconciliations/reconciliation-answers';
import { IdempotencyHeader } from '#service/schemas/idempotency';
import { ReconciliationQuery } from '#service/schemas/reconciliation';
import { contents, responses, text } from '#service/schemas/responses';

const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const FILE = Type.String({ format: 'binary', description: 'The file, compressed with gzip or not' });

const route: FastifyPluginAsyncTypebox = async (app) => {
  await takeFiles(app, [WORKBOOK]);

  app.post(
    '',
    {
      config: { access: ['vendor'] },
      // Limits are kept while receiving, since the size is that of the unpacked file.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        tags: ['reconciliations'],
        operationId: 'requestReconciliation',
        summary: "Compare the state's own file with the records",
        description: `The CENR file as CALPADS gave it: text with carets, CSV or a workbook, of any generation, as the body or as one part of multipart/form-data. Every difference is explained by evaluating: which record, which reading of the rules, which request or run date makes both sides agree.
What is not said of the request is worked out from the rows, and \`requestBecause\` says what speaks for it. A request that no row fits is refused, and the place is named. Reconciliations are made one at a time, in turns that go round between keys, and survive a restart; the file is kept until the reconciliation is removed. With an \`Idempotency-Key\`, the same file sent again gets the first answer.`,
        querystring: ReconciliationQuery,
        headers: Type.Object({ ...IdempotencyHeader.properties, ...PreferHeader.properties }),
        body: {
          content: {
            'multipart/form-data': {
              schema: Type.Object({
                file: Type.Array(FILE, { maxItems: 1, description: 'One part, with a filename' }),
              }),
            },
            'application/octet-stream': { schema: FILE },
            'application/gzip': { schema: FILE },
            [WORKBOOK]: { schema: FILE },
            'text/plain': { schema: text('The file') },
          },
        },
        response: responses(
          {
            202: contents(
              'Received; the Location header has the address of the reconciliation',
              { 'application/json': Type.Ref('Reconciliation') },
              ['location', 'cenr-rulebook', 'idempotent-replayed', 'preference-applied'],
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
            'CENR_NOT_A_CENR_FILE',
            'CENR_IDEMPOTENCY_BUSY',
            'CENR_IDEMPOTENCY_KEY_REUSED',
            'CENR_TOO_MANY_WAITING',
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
      idempotencyKeyOf(request);
      const encoding = charsetOf(request) ?? 'utf-8';
      const { id, folder } = await app.reconciliations.begin(keyIdOf(request));
      let isKept = false;
      try {
        await receiveFiles(request, reply, folder);
        await folder.flush();
        const [{ name }, [at]] = [folder.files[0] as InputFile, folder.places()];
        const contentHash = folder.contentHash();
        const file = { id, folder: folder.dir, name, at: at as string, encoding, contentHash };
        const added = await addReconciliation(app, request, request.query, file, 'POST /v1/reconciliations');
        isKept = added.isKept;
        if (request.headers.prefer === undefined) return sendAnswer(reply, added.answer);
        const { id: known } = JSON.parse(added.answer.body) as { id: string };
        const find = () => reconciliationOf(app, request, known);
        const job = await jobAsPreferred(app, 'reconciliation', find, request, reply);
        const body = JSON.stringify(await reconciliationShown(app, job));
        return sendAnswer(reply, { ...added.answer, body });
      } finally {
        if (!isKept) await folder.remove();
      }
    },
  );
};

export default route;
