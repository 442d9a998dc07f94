/** POST /v1/rulebook/drafts: a copy of a version, to be changed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { createDraft } from '#publishing/workflow';
import { actorOf, sendDraft, taken, textsOfVersion } from '#service/rules/draft-answers';
import { NewDraft } from '#service/schemas/draft';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'createDraft',
        summary: 'Create a draft',
        description: `A draft is a copy of the version in effect, or of another version, in which its author changes files. The person who creates it is its author. The ETag of every answer about a draft is its revision; every change must name the
ETag that was read, in \`If-Match\`.`,
        body: NewDraft,
        response: responses(
          {
            201: contents('Created; the Location header has its address', { 'application/json': Type.Ref('Draft') }, [
              'location',
              'cenr-rulebook',
              'etag',
            ]),
          },
          [...BODY_REFUSALS, 'CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const { title, reason = '', from = (await app.rules.current()).version } = request.body;
      const now = app.clock();
      const id = app.newId('draft');
      const version = { hash: from, texts: await textsOfVersion(app, from) };
      const draft = taken(createDraft({ id, title, reason, from: version }, actorOf(request), now.toISOString()));
      await app.store.addDraft(draft);
      return await sendDraft(app, reply.code(201).header('location', `/v1/rulebook/drafts/${id}`), draft);
    },
  );
};

export default route;
