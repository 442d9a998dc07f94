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
      return 'list';
    case 'extract':
    case 'matched':
    case 'enrolled':
    case 'report':
    case 'changes':
      return 'file';
    default:
      return PLACES.find(([address]) => route === address || route.startsWith(`${address}/`))?.[1] ?? 'other';
  }
}

const EXTRACT = '/v1/extracts/:id';
const DRAFTS = '/v1/rulebook/drafts/:id';

/** Of routes that show students. */
const WORDS: Readonly<Record<string, string>> = {
  [`${EXTRACT}/file`]: 'took the file of an extract',
  [`${EXTRACT}/trace`]: 'took the trace of an extract',
  [`${EXTRACT}/reports/:name`]: 'opened a report of an extract',
  [`${EXTRACT}/rows`]: 'listed rows of an extract',
  [`${EXTRACT}/differences`]: 'listed differences between two extracts',
  [`${EXTRACT}/exceptions`]: 'listed exceptions of an extract',
  [`${EXTRACT}/sample`]: 'drew a sample of an extract',
  [`${EXTRACT}/workpapers`]: 'made workpapers of an extract',
  [`${EXTRACT}/rows/:ssid/:school/:grade/explanation`]: 'looked at the reasons of a row',
  [`${EXTRACT}/rows/:ssid/:school/:grade/proof`]: 'looked at the proof of a row',
  [`${EXTRACT}/missing`]: 'listed students without a row',
  [`${EXTRACT}/missing/:ssid`]: 'looked at why a student has a row or none',
  [`${EXTRACT}/students/:ssid/records`]: 'looked at the records of a student',
  '/v1/uploads/:id/problems': 'listed problems of an upload',
  [`${DRAFTS}/students/:ssid`]: 'tried a student under a draft',
  [`${DRAFTS}/impact/:impactId`]: 'opened an impact report',
  [`${DRAFTS}/impact/:impactId/changes`]: 'listed the changes of an impact report',
  [LOG_SEARCH]: 'searched the access log',
};

/** What a request did, in a few words; of routes that show no student, the request itself. */
export const doneWords = ({ method, route }: Pick<Access, 'method' | 'route'>): string =>
  disclosedBy({ method, route, status: 200 }) !== 'nothing' && Object.hasOwn(WORDS, route)
    ? (WORDS[route] as string)
    : `${method} ${route}`;

/** What became of the log itself, in words. */
export const eventWords = (entry: Recovery | Rotation): string =>
  entry.event === 'rotated'
    ? 'rotated: the log goes on in a new file'
    : `recovered: removed ${grouped(entry.cutBytes)} bytes of an unfinished log entry${entry.unentered ? `; refused ${grouped(entry.unentered)} requests that could not be logged` : ''}`;
