/**
 * What a request saw of students whom it does not name: the log names files and reports, and who is in them is found
 * out when somebody asks. Pure.
 */
import { createHmac } from 'node:crypto';
import type { Access } from './chain.ts';

/**
 * `named`: nobody but the student of its `ssid`. `rows`: those whom `students` holds. `extract`: every student with a
 * row. `exceptions`: those in its list of exceptions. `problems`: those whose records have problems in an upload.
 * `report`, `changes`: those in an impact report, or in its list of changes. `reconciled`: those of whom a row differs
 * in a reconciliation. `matched`: the candidates of a match. `listed`: those in an SSID extract. `waiting`: some without
 * an SSID, whom nobody can ask for by one.
 */
type Disclosed =
  | 'nothing'
  | 'named'
  | 'rows'
  | 'extract'
  | 'exceptions'
  | 'problems'
  | 'report'
  | 'changes'
  | 'reconciled'
  | 'matched'
  | 'listed'
  | 'waiting';

const EXTRACT = '/v1/extracts/:id';
const RECONCILIATION = '/v1/reconciliations/:id';
/** What is searched for may be a student, and no address is to name one: it is asked for by POST. */
export const LOG_SEARCH = '/v1/access-log/search';
const IMPACT = '/v1/rulebook/drafts/:id/impact/:impactId';

/** Every route that answers with what is kept of students. All others disclose nothing. */
export const DISCLOSING: Readonly<Record<string, Disclosed>> = {
  [`${EXTRACT}/file`]: 'extract',
  [`${EXTRACT}/trace`]: 'extract',
  // Of one that lists; one that counts names nobody, and the log does not know which is which.
  [`${EXTRACT}/reports/:name`]: 'extract',
  [`${EXTRACT}/horizons/:name/students`]: 'rows',
  // Of some of its students, at each of their schools.
  [`${EXTRACT}/horizons/:name/list`]: 'extract',
  [`${EXTRACT}/horizons/:name/workbook`]: 'extract',
  [`${EXTRACT}/rows`]: 'rows',
  [`${EXTRACT}/differences`]: 'rows',
  [`${EXTRACT}/exceptions`]: 'rows',
  [`${EXTRACT}/exceptions/list`]: 'exceptions',
  [`${EXTRACT}/exceptions/workbook`]: 'exceptions',
  [`${EXTRACT}/sample`]: 'rows',
  [`${EXTRACT}/workpapers`]: 'rows',
  [`${EXTRACT}/rows/:ssid/:school/:grade/explanation`]: 'named',
  [`${EXTRACT}/rows/:ssid/:school/:grade/proof`]: 'named',
  [`${EXTRACT}/missing`]: 'rows',
  [`${EXTRACT}/missing/:ssid`]: 'named',
  [`${EXTRACT}/students/:ssid/records`]: 'named',
  '/v1/uploads/:id/problems': 'problems',
  '/v1/uploads/:id/numbers': 'rows',
  '/v1/rulebook/drafts/:id/students/:ssid': 'named',
  '/v1/rulebook/drafts/:id/students/:ssid/example': 'named',
  [`${RECONCILIATION}/rows`]: 'rows',
  [`${RECONCILIATION}/list`]: 'reconciled',
  [`${RECONCILIATION}/workbook`]: 'reconciled',
  [`${RECONCILIATION}/corrections/:name`]: 'reconciled',
  '/v1/ssid/matches/:id/candidates': 'matched',
  '/v1/ssid/waiting': 'waiting',
  '/v1/ssid/extracts/:id/file': 'listed',
  '/v1/anomalies': 'rows',
  '/v1/anomalies/:id': 'rows',
  '/v1/ssid/replacements': 'rows',
  '/v1/ssid/replacements/:ssid/by/:replacement': 'rows',
  [LOG_SEARCH]: 'rows',
  [IMPACT]: 'report',
  [`${IMPACT}/changes`]: 'changes',
};

const ANSWERED = [200, 206];

/** What the answer to a request disclosed. */
export const disclosedBy = ({ method, route, status }: Pick<Access, 'method' | 'route' | 'status'>): Disclosed =>
  method === (route === LOG_SEARCH ? 'POST' : 'GET') && ANSWERED.includes(status) && Object.hasOwn(DISCLOSING, route)
    ? (DISCLOSING[route] as Disclosed)
    : 'nothing';

const DIGITS = 16;

/**
 * A student in `students` of a log entry: nobody can tell who it is without the key.
 * @param key of the store (src/audit/secret.ts)
 */
export const studentHash = (key: Uint8Array, ssid: string): string =>
  createHmac('sha256', key).update(ssid).digest('hex').slice(0, DIGITS);
