/** GET /v1/extracts/{id}/file: the extract itself, or another form of it, streamed. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { namedRulebook } from '#extract/forms/about';
import { FORM_NAMES, FORM_TYPES, FORMS, type Form, type MadeForm } from '#extract/forms/form';
import { type FormPlan, formPlan } from '#extract/forms/made-form';
import type { ExtractRequest } from '#extract/request';
import type { Rulebook } from '#rulebook/load/assemble';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { extractName } from '#service/extracts/file-name';
import { formPieces } from '#service/extracts/form-pieces';
import { ServiceError } from '#service/http/errors';
import { FILE_REFUSALS, fileChecks, sendFile } from '#service/http/send-file';
import { varyBy } from '#service/http/vary';
import { IdParams, invalid } from '#service/schemas/page';
import { contents, NOT_MODIFIED, responses, text } from '#service/schemas/responses';
import type { ExtractJob } from '#store/extract-job';

/** Each form as it is sent. */
const SENT_AS = {
  text: `${FORM_TYPES.text};charset=utf-8`,
  csv: `${FORM_TYPES.csv};charset=utf-8;header=present`,
  xlsx: FORM_TYPES.xlsx,
  parquet: FORM_TYPES.parquet,
} as const satisfies Record<Form, string>;

const Query = Type.Object(
  {
    labels: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Not in text: put the meanings of codes beside them, in columns of their own',
      }),
    ),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  const isAsMade = fileChecks();

  app.get(
    '/file',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'getExtractFile',
        summary: 'The file of an extract',
        description: `In the form that the Accept header asks for. The text is the extract: caret-delimited lines, CR LF, UTF-8. Its ETag is the SHA-256 of the bytes, and so is the header Repr-Digest (RFC 9530). Compressed, under an ETag of its own, when the Accept-Encoding header
allows gzip; a part of the file when the header Range asks for one. Before the service sends a file, it compares the bytes on the disk with the SHA-256 that they had when the extract was made.
The other forms are made from the rows of the text while they are sent; they have no ETag and no parts. CSV has the days of the text, and an apostrophe before what a spreadsheet would take for a formula; workbooks and Parquet have dates.`,
        params: IdParams,
        querystring: Query,
        response: responses(
          {
            200: contents(
              'The file',
              {
                [FORM_TYPES.text]: text('The lines of the extract'),
                [FORM_TYPES.csv]: text('RFC 4180, with column names in the first line'),
                [FORM_TYPES.xlsx]: text(
                  'A workbook; up to 20,000 rows it has a filter and a sheet that says what the extract is',
                ),
                [FORM_TYPES.parquet]: text('Days are dates, all other columns texts, blanks null'),
              },
              ['cenr-rulebook', 'content-disposition', 'etag', 'repr-digest'],
            ),
            206: contents('A part of the text', { [FORM_TYPES.text]: text('Bytes of the file') }, [
              'content-range',
              'etag',
            ]),
            304: NOT_MODIFIED,
          },
          [...EXTRACT_REFUSALS, ...FILE_REFUSALS, 'CENR_EXTRACT_FILE_CHANGED', 'CENR_INPUTS_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { labels = false } = request.query;
      const job = await completeExtract(app, request, id);
      const accepted = request.accepts().type(Object.values(SENT_AS));
      const form = FORMS.find((one) => SENT_AS[one] === accepted);
      if (!form)
        throw new ServiceError('CENR_NOT_ACCEPTABLE', {
          detail: `The file can be sent as ${Object.values(FORM_TYPES).join(', ')}.`,
        });
      const { rows } = app.jobs.extract.filesOf(job);
      const { sha256 } = job;
      const sent = {
        rulebook: job.rulebookHash,
        type: SENT_AS[form].replaceAll(';', '; '),
        async before(file: FileHandle) {
          if (sha256 === undefined || (await isAsMade(rows, file, sha256))) return;
          app.log.error({ extractId: id }, 'the file of an extract changed on the disk');
          throw new ServiceError('CENR_EXTRACT_FILE_CHANGED');
        },
      };
      varyBy(reply, 'accept');
      if (form !== 'text') {
        const plan = planOf(form, job, (await app.explanations.by(job.rulebookHash)).rulebook, labels);
        return sendFile(request, reply, rows, extractGone, {
          ...sent,
          name: `${extractName(job)}.${form}`,
          through(bytes) {
            // The thread reads the file itself.
            bytes.destroy();
            return Readable.from(formPieces({ plan, path: rows }), { objectMode: false });
          },
        });
      }
      if (labels) throw invalid('labels', `text has the codes alone; ask for ${OTHERS} with the Accept header`);
      return sendFile(request, reply, rows, extractGone, {
        ...sent,
        name: `${extractName(job)}.txt`,
        sha256,
        packs: true,
        headers: sha256 ? { 'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` } : {},
      });
    },
  );
};

const OTHERS = FORMS.flatMap((form) => (form === 'text' ? [] : [FORM_NAMES[form]])).join(', ');

const planOf = (
  form: MadeForm,
  { columns, sha256 = '', request, runDate }: ExtractJob,
  rulebook: Rulebook,
  labels: boolean,
): FormPlan =>
  formPlan(form, rulebook, columns, labels, {
    sha256,
    made: { request: request as ExtractRequest, runDate, rulebook: namedRulebook(rulebook) },
  });

export default route;
