/** What a vendor's program does with this client; says what came back. */
import { gzipSync } from 'node:zlib';
import * as api from './generated/api.js';

// The client itself reads the address of the service, the first argument (orval.config.js).
const [, key = '', senr = '', sinf = ''] = process.argv.slice(2);
const authorized = { headers: { Authorization: `Bearer ${key}` } };

/** What was answered, or the refusal as an error. */
function ok<R extends { readonly status: number; readonly data: unknown }, S extends R['status']>(
  answer: R,
  status: S,
): Extract<R, { readonly status: S }>['data'] {
  if (answer.status === status) return answer.data;
  throw new Error(JSON.stringify(answer.data));
}

const bytes = ok(await api.uploadFilesWithBlob(new Blob([senr]), {}, authorized), 201);
const packed = ok(await api.uploadFilesWithGzip(new Blob([gzipSync(senr)]), {}, authorized), 201);
const several = ok(
  await api.uploadFilesWithFormData({ file: [new Blob([senr]), new File([sinf], '1.txt')] }, {}, authorized),
  201,
);

const request: api.ExtractRequest = { reportingLEAs: ['9900001'], academicYear: '2023-2024' };
const extract = ok(
  await api.requestExtract(
    { ...request, runDate: '2024-07-15' },
    { headers: { ...authorized.headers, Prefer: 'wait=30' } },
  ),
  202,
);
const file = ok(await api.getExtractFile(extract.id, {}, authorized), 200);
const { rows } = ok(await api.listExtractRows(extract.id, { limit: 1 }, authorized), 200);
const [first] = rows;
if (!first) throw new Error('the extract has no row');
const explained = ok(
  await api.explainRow(extract.id, first.ssid, first.school, first.grade, { field: '40' }, authorized),
  200,
);

const record: api.SENRRecord = {
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
const asked = { request, runDate: '2024-07-15', records: [record] };
const evaluation = ok(await api.evaluateStudent(asked, {}, authorized), 200);
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
