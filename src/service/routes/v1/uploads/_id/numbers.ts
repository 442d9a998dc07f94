/** GET /v1/uploads/{id}/numbers: which SSIDs records got that were sent without one. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { closed, oneOf } from '#base/shape';
import { namedRulebook } from '#extract/forms/about';
import { FORM_TYPES } from '#extract/forms/form';
import { listColumns } from '#extract/forms/list';
import { ServiceError } from '#service/http/errors';
import { varyBy } from '#service/http/vary';
import { scopeOf } from '#service/plugins/auth';
import { IdParams, Next, PlaceInList, pageAddress } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { LIST_FORMS, listFormOf, sendList } from '#service/ssid/send-list';

const Query = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most on one page' })),
    after: PlaceInList,
  },
  closed,
);
const Numbers = Type.Object(
  {
    numbers: Type.Array(
      Type.Object(
        {
          file: Type.String({ description: 'The name of its file' }),
          line: Type.Integer({ description: 'Of the record, from 1' }),
          localStudentID: Type.String(),
          ssid: Type.String({ description: 'As it is now: where it was retired, the one that replaces it' }),
          origin: oneOf(['new', 'before'], { description: 'before: this student got it earlier' }),
        },
        closed,
      ),
      { description: 'In the order of files and lines' },
    ),
    next: Next,
  },
  closed,
);

const JSON_TYPE = 'application/json';
const AT_ONCE = 1_000;
const [NAME, LINE, LOCAL_ID, SSID, ORIGIN] = [255, 9, 16, 10, 6];
/** Of the list. */
const COLUMNS = listColumns([
  ...[
    { name: 'File', max: NAME },
    { name: 'Line', max: LINE },
    { name: 'Local Student ID', max: LOCAL_ID },
  ],
  ...[
    { name: 'SSID', max: SSID },
    { name: 'Origin', max: ORIGIN },
  ],
]);

const originOf = (isNew: boolean) => (isNew ? ('new' as const) : ('before' as const));

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/numbers',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        operationId: 'getNumbersGiven',
        summary: 'Which SSIDs records got that were sent without one',
        description:
          'As JSON page by page, or as a list in the form that the Accept header asks for. A record that waited is here too, once its student has an SSID.',
        params: IdParams,
        querystring: Query,
        response: responses(
          { 200: contents('The numbers', { [JSON_TYPE]: Numbers, ...LIST_FORMS }, ['content-disposition']) },
          ['CENR_REQUEST_INVALID', 'CENR_NOT_FOUND', 'CENR_NOT_ACCEPTABLE'],
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const leas = app.store.forLEAs(scopeOf(request));
      const upload = await leas.upload(id);
      if (!upload) throw new ServiceError('CENR_NOT_FOUND');
      if (request.accepts().type([JSON_TYPE, ...Object.values(FORM_TYPES)]) === JSON_TYPE) {
        const { limit = 50, after = '0' } = request.query;
        const offset = Number(after);
        const found = await leas.numbersGiven(id, { offset, limit: limit + 1 });
        const numbers = found.slice(0, limit);
        request.disclosed = numbers.map(({ ssid }) => ssid);
        varyBy(reply, 'accept');
        return {
          numbers: numbers.map(({ file, line, localID, ssid, isNew }) => ({
            ...{ file, line, localStudentID: localID, ssid, origin: originOf(isNew) },
          })),
          ...(found.length > limit && {
            next: pageAddress(`/v1/uploads/${id}/numbers`, request.query, String(offset + limit)),
          }),
        };
      }
      const form = listFormOf(request);
      const rows: string[][] = [];
      const seen: string[] = [];
      for (let offset = 0; ; offset += AT_ONCE) {
        const found = await leas.numbersGiven(id, { offset, limit: AT_ONCE });
        for (const { file, line, localID, ssid, isNew } of found) {
          rows.push([file, String(line), localID, ssid, originOf(isNew)]);
          seen.push(ssid);
        }
        if (found.length < AT_ONCE) break;
      }
      request.disclosed = seen;
      const namesFrom = namedRulebook((await app.rules.current()).rulebook);
      const about = { sha256: upload.files[0]?.sha256 ?? '', columns: 'SSIDs given', sheet: 'SSIDs', namesFrom };
      const all = (async function* () {
        yield rows;
      })();
      return sendList(reply, form, `numbers_${id}`, { rows: all, columns: COLUMNS, about });
    },
  );
};

export default route;
