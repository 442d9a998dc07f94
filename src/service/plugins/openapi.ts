/**
 * The API document, made of the schemas that requests are validated with, at /openapi.json; and a page to read it and
 * try it out, at /docs.
 */
import swagger from '@fastify/swagger';
import swaggerUI from '@fastify/swagger-ui';
import fp from 'fastify-plugin';

const ABOUT = `Computes California's Cumulative Enrollment Extract (CENR) from CALPADS records.

Send SENR, SINF, SPRG, SELA, SWDS and MEPS files to \`/v1/uploads\`, ask for an extract at \`/v1/extracts\`, and fetch its file; or evaluate single students at \`/v1/evaluations\` without
storing anything. docs/api.md is a guide with calls to copy.

Every request but those about the service itself needs an API key: \`Authorization: Bearer cenr_…\`. A key has a role and is bound to LEAs; it cannot see what belongs to other LEAs.
Every refusal is problem details (RFC 9457) with a \`code\`; docs/errors.md and \`/errors\` explain each.`;

declare module 'fastify' {
  interface FastifyInstance {
    /** The API document, keys in a fixed order. */
    apiDocument(): Record<string, unknown>;
  }
}

export default fp<{ readonly version: string }>(
  async (app, { version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'cenr', version, description: ABOUT, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
        tags: [
          { name: 'uploads', description: 'Send files' },
          { name: 'extracts', description: 'Request and fetch extracts' },
          { name: 'evaluations', description: 'Evaluate single students; nothing is stored' },
          { name: 'rulebook', description: 'The rules in effect, and all their versions' },
          {
            name: 'drafts',
            description: 'Change the rules: drafts, their checks, their impact and their publication',
          },
          { name: 'service', description: 'About the service itself' },
        ],
        components: {
          securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key (cenr_…)' } },
        },
        security: [{ key: [] }],
      },
      refResolver: { buildLocalReference: (json) => String(json['$id']) },
    });
    // The hook of the page's own routes; it comes before the check that every route says who may use it, which runs
    // when all are there.
    await app.register(async (docs) => {
      docs.addHook('onRoute', (route) => {
        route.config = { ...route.config, access: 'public' };
      });
      await docs.register(swaggerUI, { routePrefix: '/docs', staticCSP: true, uiConfig: { deepLinking: true } });
    });
    let document: Record<string, unknown> | undefined;
    app.decorate('apiDocument', () => {
      document ??= inOrder(app.swagger() as unknown as Record<string, unknown>);
      return document;
    });
  },
  { name: 'openapi' },
);

/**
 * Plugins are loaded side by side, and the order of their routes is not promised; a document that is compared must not
 * depend on it.
 */
function inOrder(document: Record<string, unknown>): Record<string, unknown> {
  const sorted = (object: unknown): Record<string, unknown> =>
    Object.fromEntries(Object.entries((object ?? {}) as object).sort(([a], [b]) => (a < b ? -1 : 1)));
  const components = document['components'] as Record<string, unknown>;
  return {
    ...document,
    paths: sorted(document['paths']),
    components: { ...components, schemas: sorted(components['schemas']) },
  };
}
