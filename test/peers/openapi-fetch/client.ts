/** What a vendor's program does with this client; says what came back. */
import { gzipSync } from 'node:zlib';
import createClient from 'openapi-fetch';
import type { components, paths } from './generated/api.js';

const [baseUrl = '', key = '', senr = '', sinf = ''] = process.argv.slice(2);
const { GET, POST } = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

/** What was answered, or the refusal as an error. */
function ok<T>({ data, error }: { data?: T; error?: unknown }): NonNullable<T> {
  if (data === undefined || data === null) throw new Error(JSON.stringify(error));
  return data;
}

const bytes = ok(
  await POST('/v1/uploads', { headers: { 'Content-Type': 'text/plain' }, body: senr, bodySerializer: (body) => body }),
);
const packed = ok(
  await POST('/v1/uploads', {
    headers: { 'Content-Type': 'application/gzip' },
    body: senr,
    bodySerializer: (body) => new Blob([gzipSync(String(body))]),
  }),
);
const several = ok(
  await POST('/v1/uploads', {
    body: { file: [senr, sinf] },
    bodySerializer(body) {
      const form = new FormData();
      if (typeof body === 'object')
        body.file.forEach((one, i) => void form.append('file', new Blob([one]), `${i}.txt`));
      return form;
    },
  }),
);

const request: components['schemas']['ExtractRequest'] = { reportingLEAs: ['9900001'], academicYear: '2023-2024' };
const extract = ok(
  await POST('/v1/extracts', {
    params: { header: { prefer: 'wait=30' } },
    body: { ...request, runDate: '2024-07-15' },
  }),
);
const path = { id: extract.id };
const file = ok(await GET('/v1/extracts/{id}/file', { params: { path }, parseAs: 'text' }));
const { rows } = ok(await GET('/v1/extracts/{id}/rows', { params: { path, query: { limit: 1 } } }));
const [first] = rows;
if (!first) throw new Error('the extract has no row');
const explained = ok(
  await GET('/v1/extracts/{id}/rows/{ssid}/{school}/{grade}/explanation', {
    params: { path: { ...path, ssid: first.ssid, school: first.school, grade: first.grade }, query: { field: '40' } },
  }),
);

const record: components['schemas']['SENRRecord'] = {
  recordType: 'SENR',
  reportingLEA: '9900001',
  schoolOfAttendance: '0199001',
  academicYearID: '2023-2024',
  ssid: '9900000002',
  localStudentID: 'L2',
  studentLegalFirstName: 'Maple',
  studentLegalLastName: 'River',
  studentBirthDate: '2013-04-01',
  studentGenderCode: 'F',
  studentBirthCountryCode: 'US',
  enrollmentStartDate: '2023-08-16',
  enrollmentStatusCode: '10',
  gradeLevelCode: '05',
};
// @ts-expect-error a grade level that does not exist
record.gradeLevelCode = record.gradeLevelCode === '05' ? '05' : '5';
const evaluation = ok(await POST('/v1/evaluations', { body: { request, runDate: '2024-07-15', records: [record] } }));
const grade: components['schemas']['Row']['gradeLevelCode'] = evaluation.rows[0]?.gradeLevelCode;

process.stdout.write(
  JSON.stringify({
    // Whoever asks for it with Prefer is answered before the upload is loaded.
    uploads: [bytes, packed, several].map((upload) =>
      'linesRead' in upload ? [upload.linesRead, upload.files.length] : upload.status,
    ),
    status: extract.status,
    progress: extract.progress,
    rows: extract.rows,
    file: file.length,
    explained: explained.ssid,
    field: explained.fields[0]?.value,
    grade,
  }),
);
