/** POST /v1/rulebook/drafts/{id}/suggestions: what may be written at a place of a file, and what is wrong with it so far. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { suggestionsAt } from '#authoring/completion/completion';
import type { Understood } from '#authoring/forms/known';
import { closed } from '#base/shape';
import { readGrammar } from '#rulebook/load/load';
import { inOrder } from '#rulebook/load/texts';
import { codesOf, draftOf } from '#service/rules/draft-answers';
import { understoodBy } from '#service/rules/understood-texts';
import { IdParams } from '#service/schemas/page';
import { BODY_REFUSALS, contents, responses } from '#service/schemas/responses';

const Body = Type.Object(
  {
    file: Type.String({
      maxLength: 400,
      description: 'The file that is being written, such as rules/fields/40-….json',
    }),
    text: Type.String({ description: 'The file as it is so far; it need not be JSON yet' }),
    at: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'How many characters stand before the place (none: nothing is suggested)',
      }),
    ),
    check: Type.Optional(
      Type.Boolean({ description: 'Whether to say what keeps the files from being loaded (default: false)' }),
    ),
  },
  closed,
);

const Answer = Type.Object(
  {
    from: Type.Integer({ description: 'Where what was begun starts' }),
    to: Type.Integer({ description: 'Where it ends: a suggestion stands in its place' }),
    suggestions: Type.Array(
      Type.Object(
        {
          label: Type.String(),
          text: Type.String({ description: 'What is written' }),
          says: Type.String({ description: 'What it is' }),
        },
        closed,
      ),
    ),
    findings: Type.Array(
      Type.Object(
        { line: Type.Integer(), column: Type.Integer(), pointer: Type.String(), message: Type.String() },
        closed,
      ),
      { description: 'What keeps this file from being loaded' },
    ),
    elsewhere: Type.Integer({ description: 'How many such findings other files have' }),
  },
  { ...closed, description: 'What may be written, and what is wrong so far' },
);

const MOST_FINDINGS = 50;

/** What keeps the files from being loaded. */
function findingsOf({ findings }: Understood, file: string): Pick<Static<typeof Answer>, 'findings' | 'elsewhere'> {
  const own = findings.filter((finding) => finding.file === file);
  return {
    findings: own
      .slice(0, MOST_FINDINGS)
      .map(({ line, column, pointer, message }) => ({ line, column, pointer, message })),
    elsewhere: findings.length - own.length,
  };
}

const route: FastifyPluginAsyncTypebox = async (app) => {
  const grammars = readGrammar();
  app.post(
    '/suggestions',
    {
      config: { access: ['policy'] },
      schema: {
        tags: ['drafts'],
        operationId: 'suggest',
        summary: 'What may be written at a place of a file',
        description:
          'The keys that the grammar allows at a place of a rule file, and the names and codes that the draft has for it: facts, parameters, columns, operators, codes, sentences of the published page. Also what keeps the file, as it is so far, from being loaded. Nothing is kept.',
        params: IdParams,
        body: Body,
        response: responses({ 200: contents('Both', { 'application/json': Answer }) }, [
          'CENR_NOT_FOUND',
          ...codesOf('too-large'),
          ...BODY_REFUSALS,
        ]),
      },
    },
    async (request) => {
      const { file, text, at, check = false } = request.body;
      const { texts } = await draftOf(app, request.params.id);
      const place = { path: file, text, at: Math.min(at ?? 0, text.length) };
      const suggested = at === undefined ? { from: 0, to: 0, suggestions: [] } : suggestionsAt(grammars, texts, place);
      const now = inOrder([...texts.filter(({ path }) => path !== file), { path: file, text }]);
      const found = check ? findingsOf(understoodBy(app, now), file) : { findings: [], elsewhere: 0 };
      return { from: suggested.from, to: suggested.to, suggestions: [...suggested.suggestions], ...found };
    },
  );
};

export default route;
