/** GET /v1/rulebook/drafts/{id}/students/{ssid}/example: a worked example made from a stored student, who stays unknown. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { exampleFrom, exampleListOf } from '#authoring/examples/from-student';
import { studentsOf } from '#authoring/examples/students';
import { subjectName } from '#authoring/ledger/cited';
import { checkRequest, type ExtractRequest, RequestError } from '#extract/request';
import { SSID } from '#service/extracts/extract-answers';
import { runDay } from '#service/extracts/run-day';
import { ServiceError } from '#service/http/errors';
import { scopeOf } from '#service/plugins/auth';
import { draftOf, usable, withDraft } from '#service/rules/draft-answers';
import { writtenRecord } from '#service/rules/written-record';
import { MadeExampleView } from '#service/schemas/examples';
import { runDate } from '#service/schemas/extract-request';
import { contents, responses } from '#service/schemas/responses';

const Params = Type.Object({ id: Type.String({ maxLength: 128 }), ssid: SSID }, { additionalProperties: false });

const code = (description: string) => Type.Optional(Type.String({ maxLength: 16, description }));

const Query = Type.Object(
  {
    academicYear: Type.String({ maxLength: 9, description: 'Two consecutive years, such as 2023-2024' }),
    of: Type.String({ maxLength: 16, description: 'A field by its number, or "selection"' }),
    reportingLEA: code('The reporting LEA of the row'),
    school: code('The school of the row'),
    grade: code('The grade of the row'),
    runDate,
  },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/example',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'makeExample',
        summary: 'A worked example made from a student',
        description:
          'Made of the stored records of a student: only columns that the rules ask for, with another SSID, other LEAs and schools, no names, and another day of birth. What the draft gives is what the example expects. Nothing is kept; put it into a file of the draft.',
        params: Params,
        querystring: Query,
        response: responses(
          { 200: contents('The example', { 'application/json': MadeExampleView }, ['cenr-rulebook', 'etag']) },
          ['CENR_NOT_FOUND', 'CENR_REQUEST_INVALID', 'CENR_RULEBOOK_UNUSABLE'],
        ),
      },
    },
    async (request, reply) => {
      const { id, ssid: number } = request.params;
      const { academicYear, of, reportingLEA, school, grade, runDate: asked } = request.query;
      const draft = await draftOf(app, id);
      const rulebook = usable(app, draft.texts);
      const scope = scopeOf(request);
      const ssid = await app.store.ssids.activeOf(number);
      const history = await app.store.forLEAs(scope).history(ssid);
      if (!history)
        throw new ServiceError('CENR_NOT_FOUND', {
          detail: 'The store has no student with this SSID that you may see.',
        });
      const isField = rulebook.declared.fields.some(({ json }) => json.field === of);
      if (!isField && of !== 'selection')
        throw invalid('of', 'expected the number of a derived field of this draft, or "selection"');
      const wanted: ExtractRequest = { reportingLEAs: scope, academicYear };
      try {
        checkRequest(wanted, rulebook);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        throw invalid(error.key, error.message);
      }
      const row = {
        ...(reportingLEA !== undefined && { reportingLEA }),
        ...(school !== undefined && { schoolOfAttendance: school }),
        ...(grade !== undefined && { gradeLevelCode: grade }),
      };
      const day = runDay(app, asked);
      const made = exampleFrom({ rulebook, of, ssid, body: history.body(), request: wanted, runDate: day, row });
      if (!made)
        throw invalid('of', 'the draft gives the student not exactly one such row; name its LEA, school and grade');
      const { json, replaced, isSame } = made;
      const example = { file: '', pointer: '', of, title: '', given: [], ...json };
      return withDraft(reply, draft).send({
        of,
        name: subjectName(rulebook, of),
        ...exampleListOf(rulebook, of),
        example: json,
        replaced: [...replaced],
        isSame,
        records: json.records.map((record) => writtenRecord(rulebook, record)),
        students: studentsOf(rulebook, example, (by) => app.explanations.of(by).explainer),
      });
    },
  );
};

const invalid = (parameter: string, message: string): ServiceError =>
  new ServiceError('CENR_REQUEST_INVALID', { errors: [{ parameter, message }] });

export default route;
