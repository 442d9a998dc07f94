/** PUT /v1/rulebook/drafts/{id}/parameters/{name}: other values of one parameter. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { isRefused } from '#publishing/refusals';
import { changeParameter, putFolder } from '#publishing/workflow';
import { CHANGE_REFUSALS, change, codesOf, sendDraft, THE_DRAFT } from '#service/rules/draft-answers';
import { IfMatchHeader, ParameterBody } from '#service/schemas/draft';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, responses } from '#service/schemas/responses';

const Params = Type.Object(
  { ...IdParams.properties, name: Type.String({ maxLength: 200, description: 'The name of a parameter' }) },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.put(
    '/parameters/:name',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'putDraftParameter',
        summary: 'Change a parameter',
        description: `Only the author can do this. Replaces the values of one parameter in the file that has it; every other character of the file stays as it is. With "examples": "follow", worked examples that expect a text of before then expect the one in its place. The check says whether the rules can be used with these values.`,
        params: Params,
        headers: IfMatchHeader,
        body: ParameterBody,
        response: responses({ 200: THE_DRAFT }, [
          ...CHANGE_REFUSALS,
          ...codesOf('not-the-author', 'too-large', 'check-has-errors'),
          ...BODY_REFUSALS,
        ]),
      },
    },
    async (request, reply) => {
      const { id, name } = request.params;
      const { values, examples } = request.body;
      return await sendDraft(
        app,
        reply,
        await change(app, request, id, (draft, by, at) => {
          const files = changeParameter(draft, name, values, examples === 'follow');
          return isRefused(files) ? files : putFolder(draft, files, by, at);
        }),
      );
    },
  );
};

export default route;
