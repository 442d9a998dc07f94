/** GET /v1/ssid/extract: who is enrolled on a day, with the number that is in use. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { namedRulebook } from '#extract/forms/about';
import { ssidExtract } from '#pipeline/ssid-extract';
import { parseDay } from '#records/days';
import { scopeOf } from '#service/plugins/auth';
import { withRulebook } from '#service/plugins/rules';
import { INCOMING } from '#service/plugins/uploads';
import { invalid } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';
import { SenderQuery } from '#service/schemas/sender';
import { LIST_CONTENTS, listFormOf, scopeAsked, sendList } from '#service/ssid/send-list';

const Query = Type.Object(
  {
    ...SenderQuery,
    asOf: Type.Optional(
      Type.String({ maxLength: 10, description: 'The day, CCYYMMDD or CCYY-MM-DD (default: today)' }),
    ),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/extract',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'getSSIDExtract',
        summary: 'The SSID extract: who is enrolled on a day, with which number',
        description:
          'What a student information system imports to get its numbers, in the form that the Accept header asks for. A retired number is printed as the active one.',
        querystring: Query,
        response: responses({ 200: LIST_CONTENTS }, [
          'CENR_REQUEST_INVALID',
          'CENR_ALL_LEAS_MISSING',
          'CENR_NOT_FOUND',
          'CENR_NOT_ACCEPTABLE',
        ]),
      },
    },
    async (request, reply) => {
      const { asOf = app.today(), reportingLEA } = request.query;
      const day = parseDay(asOf);
      if (day === undefined) throw invalid('asOf', 'expected a real date, written CCYYMMDD or CCYY-MM-DD');
      const reportingLEAs = scopeAsked(scopeOf(request), reportingLEA);
      const form = listFormOf(request);
      const { rulebook } = await app.rules.current();
      const { storeDir } = app.config;
      const runDate = app.today();
      // Making it may take longer than a connection may be silent.
      request.raw.socket?.setTimeout?.(0);
      await mkdir(join(storeDir, INCOMING), { recursive: true, mode: 0o700 });
      const temporaryDir = await mkdtemp(join(storeDir, INCOMING, 'ssid-'));
      const done = (): Promise<void> => rm(temporaryDir, { recursive: true, force: true });
      try {
        const {
          rows,
          columns,
          sha256,
          request: asked,
        } = await ssidExtract({
          ...{ storeDir, rulebook, reportingLEAs, asOf: day, runDate, temporaryDir },
          replacements: await app.store.ssids.replacements(),
        });
        withRulebook(reply, rulebook.hash);
        const namesFrom = namedRulebook(rulebook);
        const about = {
          ...{ sha256, columns: 'SSID extract', sheet: 'SSID', namesFrom },
          made: { request: asked, runDate, rulebook: namesFrom },
        };
        return sendList(reply, form, `ssids_${day}`, { rows, columns, about }, done);
      } catch (error) {
        await done();
        throw error;
      } finally {
        request.raw.socket?.setTimeout?.(app.config.connectionTimeout);
      }
    },
  );
};

export default route;
