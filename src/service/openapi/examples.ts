/** An example for each parameter and body of the API document; students are synthetic. */

const LEA = '9900001';
const HASH = '8798e0fbac4ac26eb36107bcee682c7b8d6c74487a9639d7ef9c7247e72dd816';
const SENR = `SENR^^^${LEA}^0199001^^2023-2024^9900000001^L0001^Maple^^River^^^^^20130401^F^^^US^20230816^10^05^^^^^^^^^^^`;

/** By the name of a parameter, wherever it is asked for; where one name means several things, by operation too. */
const PARAMETERS: Readonly<Record<string, unknown>> = {
  'listUploadProblems.after': '49',
  'listExtractRows.after': '1024-4096',
  'listUploads.after': 'upload_0mwqvx55dua2uadsc1k',
  'listDrafts.after': 'draft_0mwr7c2k5x1f4u8v3z0',
  'getError.code': 'CENR_NOT_FOUND',
  'getUpload.id': 'upload_0mwqvx55dua2uadsc1k',
  'listUploadProblems.id': 'upload_0mwqvx55dua2uadsc1k',
  after: 'extract_0mwqvx63h1skdfvu508',
  id: 'extract_0mwqvx63h1skdfvu508',
  'access-purpose': 'annual audit 2024',
  activation: 3,
  code: 'SENR0178',
  day: '2024-07-15',
  encoding: 'utf-8',
  explain: true,
  field: '40',
  format: 'csv',
  grade: '05',
  hash: HASH,
  'idempotency-key': '2026-11-21-senr',
  'if-match': '"1"',
  impactId: 'impact_0mwr7d5n2q9h6j1w4y7',
  limit: 50,
  onReject: 'skip',
  path: 'rules/parameters/program-codes.json',
  reportingLEA: LEA,
  rule: 'eligible',
  school: '0199001',
  secondOpinion: false,
  severity: 'reject',
  ssid: '9900000001',
  status: 'Complete',
  value: 'Y',
};

const DRAFT_ID = 'draft_0mwr7c2k5x1f4u8v3z0';
const ofDrafts = /\/drafts\/\{id\}/;

/** The example of a parameter. */
export const parameterExample = (operation: string, path: string, name: string): unknown =>
  name === 'id' && ofDrafts.test(path) ? DRAFT_ID : (PARAMETERS[`${operation}.${name}`] ?? PARAMETERS[name]);

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const reason = 'No new records from July 2025';
const nothing = {};

/** By operation and media type. */
export const BODY_EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  approveDraft: { 'application/json': nothing },
  checkDraft: { 'application/json': nothing },
  createDraft: { 'application/json': { title: 'Retire program 135', reason } },
  evaluateStudent: {
    'application/json': {
      request,
      runDate: '2024-07-15',
      records: [
        {
          recordType: 'SENR',
          reportingLEA: LEA,
          schoolOfAttendance: '0199001',
          academicYearID: '2023-2024',
          ssid: '9900000001',
          localStudentID: 'L0001',
          studentLegalFirstName: 'Maple',
          studentLegalLastName: 'River',
          studentBirthDate: '2013-04-01',
          studentGenderCode: 'F',
          studentBirthCountryCode: 'US',
          enrollmentStartDate: '2023-08-16',
          enrollmentStatusCode: '10',
          gradeLevelCode: '05',
        },
      ],
    },
  },
  evaluateStudents: {
    'application/x-ndjson': `${JSON.stringify({ request, runDate: '2024-07-15' })}\n${JSON.stringify({ id: 'S-1', records: [SENR] })}\n`,
  },
  publishDraft: { 'application/json': { at: '2026-07-01T00:00:00-07:00' } },
  putDraftFile: { 'application/json': '{ "parameters": [] }' },
  reopenDraft: { 'application/json': { why: 'Please name the source.' } },
  requestExtract: { 'application/json': { ...request, runDate: '2024-07-15' } },
  requestImpact: { 'application/json': { request, runDate: '2024-07-15' } },
  restoreVersion: { 'application/json': { reason: 'The new version counts students twice.' } },
  submitDraft: { 'application/json': nothing },
  updateDraft: { 'application/json': { reason } },
  uploadFiles: {
    'application/gzip': 'the bytes of SENR.txt.gz',
    'application/octet-stream': SENR,
    'multipart/form-data': { file: ['the bytes of SENR.txt', 'the bytes of SPRG.txt.gz'] },
    'text/plain': SENR,
  },
  withdrawVersion: { 'application/json': nothing },
};
