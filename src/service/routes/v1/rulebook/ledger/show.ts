/** GET /v1/rulebook/ledger: what answers for each sentence of the published pages. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { citedPlaces } from '#authoring/ledger/cited';
import { reportOf } from '#authoring/ledger/report';
import { withRulebook } from '#service/plugins/rules';
import { rulesOf } from '#service/rules/whose-rules';
import { LedgerView, WhoseRulesQuery } from '#service/schemas/examples';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getLedger',
        summary: 'What answers for each published sentence',
        description:
          'What `cenr rules ledger` says: for each sentence of the published pages the rules, parameters with their readings, and examples that cite it, or why it needs none.',
        querystring: WhoseRulesQuery,
        response: responses({ 200: contents('The ledger', { 'application/json': LedgerView }, ['cenr-rulebook']) }, [
          'CENR_NOT_FOUND',
          'CENR_REQUEST_INVALID',
          'CENR_RULEBOOK_UNUSABLE',
        ]),
      },
    },
    async (request, reply) => {
      const rulebook = await rulesOf(app, request.query);
      const placeOf = citedPlaces(rulebook);
      const { pages, findings } = reportOf(rulebook);
      withRulebook(reply, rulebook.hash);
      return {
        rulebook: rulebook.hash,
        pages: pages.map(({ elements, ...page }) => ({
          ...page,
          elements: elements.map(({ id, title, sentences }) => ({
            id,
            title,
            sentences: sentences.map(({ rules, examples, ...sentence }) => ({
              ...sentence,
              rules: rules.map(placeOf),
              examples: examples.map(placeOf),
            })),
          })),
        })),
        findings: findings.map(({ file, pointer, message }) => ({ file, pointer, message })),
      };
    },
  );
};

export default route;
