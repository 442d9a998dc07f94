/** Lists about numbers as answers: caret lines, CSV or a workbook, as the Accept header asks. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { About } from '#extract/forms/about';
import type { FormColumn, Rows } from '#extract/forms/columns';
import { FORM_TYPES } from '#extract/forms/form';
import { type ListForm, listForm } from '#extract/forms/list';
import type { LEAScope } from '#records/scope';
import { ServiceError } from '../http/errors.ts';
import { varyBy } from '../http/vary.ts';
import { requireLEAs } from '../plugins/auth.ts';
import { contents, text } from '../schemas/responses.ts';

const FORMS = ['text', 'csv', 'xlsx'] as const satisfies readonly ListForm[];
const ENDINGS = { text: 'txt', csv: 'csv', xlsx: 'xlsx' } as const;

/** The forms of a list, for the API document. */
export const LIST_FORMS = {
  [FORM_TYPES.text]: text('Caret-delimited lines, without names of columns'),
  [FORM_TYPES.csv]: text('RFC 4180, with column names in the first line'),
  [FORM_TYPES.xlsx]: text('A workbook'),
} as const;

export const LIST_CONTENTS = contents('The list', LIST_FORMS, ['cenr-rulebook', 'content-disposition']);

/** @throws ServiceError CENR_NOT_ACCEPTABLE */
export function listFormOf(request: FastifyRequest): ListForm {
  const accepted = request.accepts().type(FORMS.map((form) => FORM_TYPES[form]));
  const form = FORMS.find((one) => FORM_TYPES[one] === accepted);
  if (form) return form;
  throw new ServiceError('CENR_NOT_ACCEPTABLE', {
    detail: `The list can be sent as ${FORMS.map((one) => FORM_TYPES[one]).join(', ')}.`,
  });
}

/** @param done called when all is sent, or nobody wants the rest */
export function sendList(
  reply: FastifyReply,
  form: ListForm,
  name: string,
  list: { readonly rows: Rows; readonly columns: readonly FormColumn[]; readonly about: About },
  done: () => Promise<void> = async () => {},
): FastifyReply {
  const pieces = async function* () {
    try {
      yield* listForm(form, list.rows, list.columns, list.about);
    } finally {
      await done();
    }
  };
  varyBy(reply, 'accept');
  return reply
    .header('content-disposition', `attachment; filename="${name}.${ENDINGS[form]}"`)
    .type(form === 'xlsx' ? FORM_TYPES.xlsx : `${FORM_TYPES[form]}; charset=utf-8`)
    .send(Readable.from(pieces(), { objectMode: false }));
}

/**
 * The LEAs that a list is about.
 * @param asked one, several with commas between them, or `all`; all that the caller may see when absent
 * @throws ServiceError for one that the caller may not see
 */
export function scopeAsked(scope: LEAScope, asked: string | undefined): LEAScope {
  if (asked === undefined) return scope;
  const leas: LEAScope = asked === 'all' ? asked : asked.split(',');
  requireLEAs(scope, leas);
  return leas;
}
