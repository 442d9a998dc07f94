/** GET /v1/rulebook/examples/case: one worked example, with its made-up students. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { casesOf } from '#authoring/examples/cases';
import { Bench, runCase } from '#authoring/examples/run';
import { studentsOf } from '#authoring/examples/students';
import { subjectName } from '#authoring/ledger/cited';
import { ServiceError } from '#service/http/errors';
import { withRulebook } from '#service/plugins/rules';
import { rulesOf } from '#service/rules/whose-rules';
import { writtenRecord } from '#service/rules/written-record';
import { ExampleView, WhoseRules } from '#service/schemas/examples';
import { contents, responses } from '#service/schemas/responses';

const Query = Type.Object(
  {
    ...WhoseRules,
    file: Type.String({ maxLength: 400, description: 'The file that has it, such as rules/examples/selection.json' }),
    pointer: Type.String({ maxLength: 200, description: 'Its JSON pointer in the file, such as /cases/0' }),
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/case',
    {
      config: { access: ['auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'getExample',
        summary: 'A worked example',
        description:
          'A worked example with the records of its made-up students, drawn in time as those of real ones are, what it expects and what it comes to.',
        querystring: Query,
        response: responses({ 200: contents('The example', { 'application/json': ExampleView }, ['cenr-rulebook']) }, [
          'CENR_NOT_FOUND',
          'CENR_REQUEST_INVALID',
          'CENR_RULEBOOK_UNUSABLE',
        ]),
      },
    },
    async (request, reply) => {
      const { file, pointer, ...whose } = request.query;
      const rulebook = await rulesOf(app, whose);
      const example = casesOf(rulebook).find((one) => one.file === file && one.pointer === pointer);
      if (!example)
        throw new ServiceError('CENR_NOT_FOUND', { detail: 'These rules have no worked example at this place.' });
      const { of, title, request: asked, runDate, given, records, expect } = example;
      const { passed, message } = runCase(new Bench(rulebook), example);
      withRulebook(reply, rulebook.hash);
      return {
        rulebook: rulebook.hash,
        file,
        pointer,
        of,
        name: subjectName(rulebook, of),
        title,
        ...(asked && { request: asked }),
        ...(runDate !== undefined && { runDate }),
        records: [...given, ...records].map((record) => writtenRecord(rulebook, record)),
        expect,
        passed,
        ...(message !== undefined && { message }),
        students: studentsOf(rulebook, example, (by) => app.explanations.of(by).explainer),
      };
    },
  );
};

export default route;
