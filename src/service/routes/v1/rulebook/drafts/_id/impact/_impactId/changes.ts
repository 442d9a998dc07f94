/** GET /v1/rulebook/drafts/{id}/impact/{impactId}/changes: every changed value and row, streamed. */

import { readFile } from 'node:fs/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LIST_FORMATS, type ListFormat } from '#authoring/impact/change-list';
import { FORM_TYPES } from '#extract/forms/form';
import { convertedList, MOST_IN_A_SHEET } from '#service/extracts/converted-list';
import { ServiceError } from '#service/http/errors';
import { sendFile } from '#service/http/send-file';
import { varyBy } from '#service/http/vary';
import { completeImpact, impactGone } from '#service/rules/draft-answers';
import { ImpactParams } from '#service/schemas/impact';
import { contents, responses, text } from '#service/schemas/responses';

const TYPES = {
  ndjson: 'application/x-ndjson',
  csv: FORM_TYPES.csv,
  xlsx: FORM_TYPES.xlsx,
} as const satisfies Record<ListFormat, string>;

const PARAMETERS = { ndjson: '; charset=utf-8', csv: '; charset=utf-8; header=present', xlsx: '' } as const;

const Query = Type.Object(
  { format: Type.Optional(Type.String({ enum: [...LIST_FORMATS], description: 'Replaces the Accept header' })) },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/changes',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'getImpactChanges',
        summary: 'All changes of an impact report',
        description:
          'Every value that changes and every row that appears or disappears, with the reason in a sentence, in the form that `format` or the Accept header asks for. Contains student data.',
        params: ImpactParams,
        querystring: Query,
        response: responses(
          {
            200: contents(
              'The changes',
              {
                [TYPES.ndjson]: text('One line for each change'),
                [TYPES.csv]: text('RFC 4180, with column names in the first line'),
                [TYPES.xlsx]: text('A workbook with one sheet; all cells are text'),
              },
              ['cenr-rulebook'],
            ),
          },
          ['CENR_NOT_FOUND', 'CENR_NOT_ACCEPTABLE', 'CENR_IMPACT_NOT_COMPLETE', 'CENR_IMPACT_GONE'],
        ),
      },
    },
    async (request, reply) => {
      const accepted = request.accepts().type(Object.values(TYPES));
      const format =
        (request.query.format as ListFormat | undefined) ?? LIST_FORMATS.find((one) => TYPES[one] === accepted);
      if (!format)
        throw new ServiceError('CENR_NOT_ACCEPTABLE', {
          detail: `Changes can be sent as ${Object.values(TYPES).join(', ')}.`,
        });
      const job = await completeImpact(app, request, request.params);
      if (format === 'xlsx' && (job.changed ?? 0) > MOST_IN_A_SHEET)
        throw new ServiceError('CENR_NOT_ACCEPTABLE', {
          detail: `There are ${job.changed} changes; a sheet can have ${MOST_IN_A_SHEET}. Ask for NDJSON or CSV.`,
        });
      const files = app.jobs.impact.filesOf(job);
      const { rowKey } = JSON.parse(await readFile(files.report, 'utf8').catch(impactGone)) as {
        rowKey: readonly string[];
      };
      varyBy(reply, 'accept');
      return sendFile(request, reply, files.changes, impactGone, {
        rulebook: job.hash,
        name: `${job.id}.${format}`,
        type: `${TYPES[format]}${PARAMETERS[format]}`,
        through: (lines) => (format === 'ndjson' ? lines : convertedList(lines, format, rowKey)),
      });
    },
  );
};

export default route;
