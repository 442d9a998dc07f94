/** GET /v1/settings: what the operator set, as it is in force. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { settingsOf } from '#service/environment';
import { requireLEAs, scopeOf } from '#service/plugins/auth';
import { Settings } from '#service/schemas/administration';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'getSettings',
        summary: 'Show the settings in force',
        description: 'For administrators of all LEAs. Secrets are never shown.',
        response: responses({ 200: contents('The settings', { 'application/json': Settings }) }, [
          'CENR_ALL_LEAS_MISSING',
        ]),
      },
    },
    async (request) => {
      requireLEAs(scopeOf(request), 'all');
      return { settings: [...settingsOf(app.config)] };
    },
  );
};

export default route;
