/**
 * The API document, made of the schemas that requests are validated with, at /openapi.json; and a page to read it and
 * try it out, at /docs.
 */
import swagger from '@fastify/swagger';
import swaggerUI from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { completed } from '../openapi/document.ts';

const ABOUT = `Computes California's Cumulative Enrollment Extract (CENR) from CALPADS records.

Send SENR, SINF, SPRG, SELA, SWDS and MEPS files to \`/v1/uploads\`, ask for an extract at \`/v1/extracts\`, and fetch its file; or evaluate single students at \`/v1/evaluations\` without
storing anything. docs/api.md is a guide with calls to copy.

Every request but those about the service itself needs an API key: \`Authorization: Bearer cenr_…\`. A key has a role and is bound to LEAs; it cannot see what belongs to other LEAs.
Every refusal is problem details (RFC 9457) with a \`code\`; docs/errors.md and \`/errors\` explain each.`;

declare module 'fastify' {
  interface FastifyInstance {
    /** The API document, keys in a fixed order. */
    apiDocument(): Promise<Record<string, unknown>>;
  }
}

export default fp<{ readonly version: string }>(
  async (app, { version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'cenr', version, description: ABOUT, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
        servers: [{ url: '/', description: 'The service that this document comes from' }],
        tags: [
          { name: 'uploads', description: 'Send files' },
          { name: 'extracts', description: 'Request and fetch extracts' },
          { name: 'ssids', description: 'Students without an SSID, and numbers that replace others' },
          { name: 'evaluations', description: 'Evaluate single students; nothing is stored' },
          { name: 'explanations', description: 'Why rows and values are what they are; traces, manifests, proofs' },
          { name: 'rulebook', description: 'The rules in effect, and all their versions' },
          {
            name: 'drafts',
            description: 'Change the rules: drafts, their checks, their impact and their publication',
          },
          { name: 'access log', description: 'Who asked for what, when and for what purpose' },
          { name: 'administration', description: 'Keys, people, settings and the store' },
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
    let made: { readonly hash: string; readonly document: Record<string, unknown> } | undefined;
    app.decorate('apiDocument', async () => {
      const { hash, rulebook } = await app.rules.current();
      // Columns and codes are those of the rules in effect.
      if (made?.hash !== hash) made = { hash, document: completed(app.swagger(), rulebook.schemas) };
      return made.document;
    });
  },
  { name: 'openapi', dependencies: ['rules'] },
);
