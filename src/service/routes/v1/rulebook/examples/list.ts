/** GET /v1/rulebook/examples: worked examples: what they come to, and what they reach. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { casesOf } from '#authoring/examples/cases';
import type { Gap } from '#authoring/examples/coverage';
import { subjectName } from '#authoring/ledger/cited';
import { withRulebook } from '#service/plugins/rules';
import { actorOf } from '#service/rules/draft-answers';
import { examplesOf } from '#service/rules/examples';
import { rulesOf } from '#service/rules/whose-rules';
import { ExamplesView, WhoseRules } from '#service/schemas/examples';
import { contents, responses } from '#service/schemas/responses';

const Query = Type.Object(
  {
    ...WhoseRules,
    of: Type.Optional(
      Type.String({ maxLength: 16, description: 'A field by its number, "selection", or a check by its code' }),
    ),
  },
  { additionalProperties: false },
);

const shownGap = ({ file, pointer, outcome, says }: Gap) => ({ file, pointer, says, ...(outcome && { outcome }) });

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['auditor', 'policy'] },
      schema: {
        tags: ['rulebook'],
        operationId: 'listExamples',
        summary: 'Worked examples, and what they reach',
        description:
          'Runs all worked examples, and says of each field, of the selection and of each check which rules and outcomes of conditions its examples reach. Takes a second or two, and is remembered for a while.',
        querystring: Query,
        response: responses(
          { 200: contents('The examples', { 'application/json': ExamplesView }, ['cenr-rulebook']) },
          [
            'CENR_NOT_FOUND',
            'CENR_REQUEST_INVALID',
            'CENR_RULEBOOK_UNUSABLE',
            'CENR_CHECK_GAVE_UP',
            'CENR_TOO_MANY_WAITING',
          ],
        ),
      },
    },
    async (request, reply) => {
      const { of: wanted, ...whose } = request.query;
      const rulebook = await rulesOf(app, whose);
      const { results, coverage } = await examplesOf(app, actorOf(request).keyId, rulebook);
      const byOf = Map.groupBy(results, ({ of }) => of);
      const cases = new Map(
        wanted === undefined
          ? []
          : casesOf(rulebook).map((example) => [`${example.file} ${example.pointer}`, example] as const),
      );
      withRulebook(reply, rulebook.hash);
      return {
        rulebook: rulebook.hash,
        subjects: coverage.map(({ of, total, reached, gaps, excused }) => {
          const own = byOf.get(of) ?? [];
          return {
            of,
            name: subjectName(rulebook, of),
            examples: own.length,
            failed: own.filter(({ passed }) => !passed).length,
            reached,
            total,
            gaps: gaps.map(shownGap),
            unreachable: excused.map(({ gap, because }) => ({ ...shownGap(gap), because })),
          };
        }),
        examples: (byOf.get(wanted ?? '') ?? []).flatMap(({ file, pointer, title, passed, message }) => {
          const example = cases.get(`${file} ${pointer}`);
          if (!example) return [];
          const { request: asked, runDate, expect } = example;
          return {
            file,
            pointer,
            title,
            ...(asked && { request: asked }),
            ...(runDate !== undefined && { runDate }),
            expect,
            passed,
            ...(message !== undefined && { message }),
          };
        }),
      };
    },
  );
};

export default route;
