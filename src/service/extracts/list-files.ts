/** What is found out of an extract, as files: a workbook and a list, each with an address of its own. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { FORM_TYPES } from '#extract/forms/form';
import type { ExtractJob } from '#store/extract-job';
import { withRulebook } from '../plugins/rules.ts';
import { contents, responses, text } from '../schemas/responses.ts';
import { EXTRACT_REFUSALS } from './extract-answers.ts';
import { extractName } from './file-name.ts';

const workbook = Type.String({ format: 'binary', description: 'The workbook' });
export const WORKBOOK = { file: 'workbook', form: 'xlsx', schema: workbook } as const;
export const LIST = {
  file: 'list',
  form: 'csv',
  schema: text('RFC 4180, with column names in the first line'),
} as const;
type ListFile = typeof WORKBOOK | typeof LIST;

/** What the API document says of a file. */
export const fileContents = ({ form, schema }: ListFile, summary: string) =>
  contents(summary, { [FORM_TYPES[form]]: schema }, ['cenr-rulebook', 'content-disposition']);

/** What the API document says of the answer. */
export const fileResponses = (as: ListFile, summary: string) =>
  responses({ 200: fileContents(as, summary) }, [...EXTRACT_REFUSALS, 'CENR_INPUTS_GONE']);

/**
 * Says what file of an extract comes.
 * @param what of the extract, as a part of the file's name
 */
export function announce(reply: FastifyReply, job: ExtractJob, what: string, { form }: ListFile): void {
  withRulebook(reply, job.rulebookHash);
  reply
    .header('content-disposition', `attachment; filename="${extractName(job)}_${what}.${form}"`)
    .type(form === 'csv' ? `${FORM_TYPES.csv}; charset=utf-8; header=present` : FORM_TYPES[form]);
}
