/** GET /v1/rulebook/drafts/{id}/students/{ssid}: the rows of a stored student by a draft and by the version it was made from. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Subject } from '#explain/explain';
import { checkRequest, type ExtractRequest, RequestError } from '#extract/request';
import { studentThen } from '#pipeline/student-then';
import type { Rulebook } from '#rulebook/load/assemble';
import { SSID } from '#service/extracts/extract-answers';
import { runDay } from '#service/extracts/run-day';
import { ServiceError } from '#service/http/errors';
import { scopeOf } from '#service/plugins/auth';
import { versionUnknown } from '#service/rules/asked-rules';
import { draftOf, usable, withDraft } from '#service/rules/draft-answers';
import { runDate } from '#service/schemas/extract-request';
import { contents, responses } from '#service/schemas/responses';
import { TriedView } from '#service/schemas/tried';

const Params = Type.Object({ id: Type.String({ maxLength: 128 }), ssid: SSID }, { additionalProperties: false });

const Query = Type.Object(
  {
    academicYear: Type.String({ maxLength: 9, description: 'Two consecutive years, such as 2023-2024' }),
    runDate,
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'tryDraft',
        summary: 'A student by a draft and by the version that it was made from',
        description:
          'The rows that the stored records of a student come to in an academic year, by the version that the draft was made from and by the draft, each with its reasons. Contains student data.',
        params: Params,
        querystring: Query,
        response: responses({ 200: contents('Both', { 'application/json': TriedView }, ['cenr-rulebook', 'etag']) }, [
          'CENR_NOT_FOUND',
          'CENR_REQUEST_INVALID',
          'CENR_RULEBOOK_UNUSABLE',
        ]),
      },
    },
    async (request, reply) => {
      const { id, ssid } = request.params;
      const draft = await draftOf(app, id);
      const from = await app.rules.by(draft.from);
      if (!from) throw versionUnknown(draft.from);
      const scope = scopeOf(request);
      const then = await studentThen(app.store, ssid, { scope, snapshot: undefined });
      if (then.body === undefined)
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: 'The store has no student with this SSID that you may see.',
        });
      const subject: Subject = {
        ...then,
        body: then.body,
        request: { reportingLEAs: scope, academicYear: request.query.academicYear },
        runDate: runDay(app, request.query.runDate),
        visible: scope,
      };
      requireUnderstood(subject.request, from.rulebook);
      return withDraft(reply, draft).send({
        before: explained(app, from.rulebook, subject),
        now: explained(app, usable(app, draft.texts), subject),
      });
    },
  );
};

function requireUnderstood(request: ExtractRequest, rulebook: Rulebook): void {
  try {
    checkRequest(request, rulebook);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new ServiceError('CENR_REQUEST_INVALID', { errors: [{ parameter: error.key, message: error.message }] });
  }
}

function explained(app: FastifyInstance, rulebook: Rulebook, subject: Subject) {
  const { explainer } = app.explanations.of(rulebook);
  const rows = explainer
    .rows(subject)
    .flatMap((key) => explainer.row(subject, key, { changes: false, whyNot: false }) ?? []);
  return rows.length > 0 ? { rows } : { rows, missing: explainer.missing(subject).sentence };
}

export default route;
