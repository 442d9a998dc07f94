/** What a request in the access log did, for people: what kind of thing, and a few words for each route that shows students. */
import { grouped } from '#base/text';
import type { Access, Recovery, Rotation } from './chain.ts';
import { disclosedBy, LOG_SEARCH } from './disclosed.ts';

/** Kinds of requests, in the order in which they are offered. */
export const ACTIONS = [
  'student',
  'list',
  'file',
  'upload',
  'extract',
  'ssid',
  'rules',
  'log',
  'keys',
  'other',
] as const;
export type Action = (typeof ACTIONS)[number];

export const ACTION_WORDS: Readonly<Record<Action, string>> = {
  student: 'Looked at one student',
  list: 'Listed students',
  file: 'Took a file with students',
  upload: 'Sent or looked at uploads',
  extract: 'Requested or looked at extracts',
  ssid: 'Matched, assigned or retired SSIDs',
  rules: 'Changed or looked at rules',
  log: 'Looked into the access log',
  keys: 'Managed keys and people',
  other: 'Anything else',
};

/** The first that an address begins with counts. */
const PLACES: readonly (readonly [address: string, action: Action])[] = [
  ['/v1/uploads', 'upload'],
  ['/v1/extracts', 'extract'],
  ['/v1/ssid', 'ssid'],
  ['/v1/anomalies', 'ssid'],
  ['/v1/reconciliations', 'extract'],
  ['/v1/rulebook', 'rules'],
  ['/v1/access-log', 'log'],
  ['/v1/keys', 'keys'],
  ['/v1/persons', 'keys'],
];

/** What kind of thing a request did, or tried to do. */
export function actionOf({ method, route }: Pick<Access, 'method' | 'route'>): Action {
  if (route === LOG_SEARCH) return 'log';
  switch (disclosedBy({ method, route, status: 200 })) {
    case 'named':
      return 'student';
    case 'rows':
    case 'problems':
    case 'waiting':
      return 'list';
    case 'extract':
    case 'exceptions':
    case 'matched':
    case 'listed':
    case 'report':
    case 'changes':
    case 'reconciled':
      return 'file';
    default:
      return PLACES.find(([address]) => route === address || route.startsWith(`${address}/`))?.[1] ?? 'other';
  }
}

const EXTRACT = '/v1/extracts/:id';
const DRAFTS = '/v1/rulebook/drafts/:id';
const RECONCILIATION = '/v1/reconciliations/:id';

/** Of routes that show students. */
const WORDS: Readonly<Record<string, string>> = {
  '/v1/ssid/matches/:id/candidates': 'looked at who students without an SSID may be',
  '/v1/ssid/extracts/:id/file': 'took an SSID extract',
  '/v1/ssid/replacements': 'listed retired SSIDs',
  '/v1/ssid/waiting': 'listed enrollments that wait for an SSID',
  '/v1/uploads/:id/numbers': 'took the SSIDs that an upload gave',
  '/v1/ssid/replacements/:ssid/by/:replacement': 'compared two students before one SSID is retired',
  [`${EXTRACT}/file`]: 'took the file of an extract',
  [`${EXTRACT}/trace`]: 'took the trace of an extract',
  [`${EXTRACT}/reports/:name`]: 'opened a report of an extract',
  [`${EXTRACT}/rows`]: 'listed rows of an extract',
  [`${EXTRACT}/differences`]: 'listed differences between two extracts',
  [`${EXTRACT}/exceptions`]: 'listed exceptions of an extract',
  [`${EXTRACT}/exceptions/list`]: 'took the list of exceptions of an extract',
  [`${EXTRACT}/exceptions/workbook`]: 'took the workbook of exceptions of an extract',
  [`${EXTRACT}/sample`]: 'drew a sample of an extract',
  [`${EXTRACT}/workpapers`]: 'made workpapers of an extract',
  [`${EXTRACT}/rows/:ssid/:school/:grade/explanation`]: 'looked at the reasons of a row',
  [`${EXTRACT}/rows/:ssid/:school/:grade/proof`]: 'looked at the proof of a row',
  [`${EXTRACT}/missing`]: 'listed students without a row',
  [`${EXTRACT}/missing/:ssid`]: 'looked at why a student has a row or none',
  [`${EXTRACT}/students/:ssid/records`]: 'looked at the records of a student',
  [`${EXTRACT}/horizons/:name/students`]: 'listed students by the year of a change that comes',
  [`${EXTRACT}/horizons/:name/list`]: 'took the list of students by the year of a change that comes',
  [`${EXTRACT}/horizons/:name/workbook`]: 'took the workbook of students by the year of a change that comes',
  [`${RECONCILIATION}/rows`]: "listed rows that differ from the state's file",
  [`${RECONCILIATION}/list`]: "took the list of differences from the state's file",
  [`${RECONCILIATION}/workbook`]: "took the workbook of differences from the state's file",
  [`${RECONCILIATION}/corrections/:name`]: 'took a draft of corrections',
  '/v1/anomalies': 'listed students who look wrong',
  '/v1/anomalies/:id': 'looked at why a student looks wrong',
  '/v1/uploads/:id/problems': 'listed problems of an upload',
  [`${DRAFTS}/students/:ssid`]: 'tried a student under a draft',
  [`${DRAFTS}/students/:ssid/example`]: 'made an example of a student',
  [`${DRAFTS}/impact/:impactId`]: 'opened an impact report',
  [`${DRAFTS}/impact/:impactId/changes`]: 'listed the changes of an impact report',
  [LOG_SEARCH]: 'searched the access log',
};

/** Of what pages ask for most, and shows no student. */
export const OTHERS: Readonly<Record<string, string>> = {
  'GET /v1/uploads': 'listed uploads',
  'POST /v1/uploads': 'sent an upload',
  'GET /v1/uploads/:id': 'looked at the counts of an upload',
  'GET /v1/extracts': 'listed extracts',
  'POST /v1/extracts': 'requested an extract',
  [`GET ${EXTRACT}`]: 'looked at how far an extract is',
  [`GET ${EXTRACT}/counts`]: 'looked at the counts of an extract',
  [`GET ${EXTRACT}/manifest`]: 'took the manifest of an extract',
  [`GET ${EXTRACT}/reports`]: 'listed the reports of an extract',
  'GET /v1/rulebook': 'read the rules in force',
  'GET /v1/rulebook/versions': 'listed the versions of the rules',
  'GET /v1/rulebook/drafts': 'listed drafts of the rules',
  [`GET ${DRAFTS}`]: 'looked at a draft of the rules',
  [`GET ${EXTRACT}/horizons`]: 'listed the horizons of an extract',
  [`GET ${EXTRACT}/grounds`]: 'listed the values of an extract that several rules give',
  [`GET ${EXTRACT}/grounds/:field`]: 'counted what is behind a value of an extract',
  [`GET ${EXTRACT}/verification`]: 'looked whether an extract is verified',
  [`POST ${EXTRACT}/verification`]: 'verified an extract',
  'GET /v1/uploads/:id/status': 'looked at the status of an upload',
  'GET /v1/uploads/:id/problem-summary': 'counted the problems of an upload',
  'GET /v1/access-log/verification': 'looked whether the access log is verified',
  'POST /v1/access-log/verification': 'verified the access log',
  'GET /v1/store': 'looked at what the store holds',
  'GET /v1/store/uploads': 'listed the uploads of all LEAs',
  'GET /v1/settings': 'looked at the settings',
  'GET /v1/keys': 'listed keys',
  'POST /v1/keys': 'made a key',
  'PATCH /v1/keys/:id': 'changed a key',
  'DELETE /v1/keys/:id': 'revoked a key',
  'POST /v1/keys/:id/rotate': 'rotated a key',
  'GET /v1/persons': 'listed people',
  'POST /v1/persons': 'added a person',
  'PATCH /v1/persons/:id': 'changed a person',
  'DELETE /v1/persons/:id': 'removed a person',
};

/** What a request did, in a few words; where there are none, the request itself. */
export function doneWords({ method, route }: Pick<Access, 'method' | 'route'>): string {
  const request = `${method} ${route}`;
  return (disclosedBy({ method, route, status: 200 }) === 'nothing' ? OTHERS[request] : WORDS[route]) ?? request;
}

/** What became of the log itself, in words. */
export const eventWords = (entry: Recovery | Rotation): string =>
  entry.event === 'rotated'
    ? 'rotated: the log goes on in a new file'
    : `recovered: removed ${grouped(entry.cutBytes)} bytes of an unfinished log entry${entry.unentered ? `; refused ${grouped(entry.unentered)} requests that could not be logged` : ''}`;
