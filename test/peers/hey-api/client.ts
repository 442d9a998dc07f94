/** What a vendor's program does with this client; says what came back. */
import { gzipSync } from 'node:zlib';
import { client } from './generated/client.gen.js';
import * as api from './generated/index.js';

const [baseUrl = '', key = '', senr = '', sinf = ''] = process.argv.slice(2);
client.setConfig({ baseUrl, auth: key });

/** What was answered, or the refusal as an error. */
function ok<T>({ data, error }: { data?: T; error?: unknown }): NonNullable<T> {
  if (data === undefined || data === null) throw new Error(JSON.stringify(error));
  return data;
}

async function upload(...file: Blob[]): Promise<api.Upload> {
  const answer = ok(await api.uploadFiles({ body: { file } }));
  // Whoever asks for it with Prefer is answered before the upload is loaded.
  if ('linesRead' in answer) return answer;
  throw new Error(`the upload is ${answer.status}`);
}
const bytes = await upload(new Blob([senr]));
const packed = await upload(new Blob([gzipSync(senr)]));
const several = await upload(new Blob([senr]), new File([sinf], '1.txt'));

const request: api.ExtractRequest = { reportingLEAs: ['9900001'], academicYear: '2023-2024' };
const extract = ok(
  await api.requestExtract({ body: { ...request, runDate: '2024-07-15' }, headers: { prefer: 'wait=30' } }),
);
const path = { id: extract.id };
const file = ok(await api.getExtractFile({ path }));
const { rows } = ok(await api.listExtractRows({ path, query: { limit: 1 } }));
const [first] = rows;
if (!first) throw new Error('the extract has no row');
const explained = ok(
  await api.explainRow({
    path: { ...path, ssid: first.ssid, school: first.school, grade: first.grade },
    query: { field: '40' },
  }),
);

const record: api.SenrRecord = {
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
const evaluation = ok(await api.evaluateStudent({ body: { request, runDate: '2024-07-15', records: [record] } }));
const grade: api.Row['gradeLevelCode'] = evaluation.rows[0]?.gradeLevelCode;

process.stdout.write(
  JSON.stringify({
    uploads: [bytes, packed, several].map(({ linesRead, files }) => [linesRead, files.length]),
    status: extract.status,
    progress: extract.progress,
    rows: extract.rows,
    file: file.length,
    explained: explained.ssid,
    field: explained.fields[0]?.value,
    grade,
  }),
);
