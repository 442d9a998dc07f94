/** Asks the service for everything that it can do, with the requests that the API document shows. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { InjectOptions } from 'fastify';
import { readTexts } from '#rulebook/load/load';

/** Who asks. */
export type Who = 'vendor' | 'author' | 'approver' | 'auditor' | 'administrator' | 'nobody';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: a body is whatever was asked for
  readonly body: any;
}

/** Asks, keeps the answer, and gives it. */
export type Ask = (who: Who, options: InjectOptions) => Promise<Answered>;

const PROJECT = resolve(import.meta.dirname, '../..');
const STORY = '1-retire-program-127';
const WAIT = { prefer: 'wait=50' };

const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

/** What the API document shows as requests. */
const { bodies, parameters } = JSON.parse(read('openapi/examples.json')) as {
  readonly bodies: Readonly<Record<string, Readonly<Record<string, string | object>>>>;
  readonly parameters: Readonly<Record<string, string>>;
};
const JSON_TYPE = { 'content-type': 'application/json' };
const asJSON = (operation: string) => bodies[operation]?.['application/json'] as object;

/** A student in a program that the draft retires. */
const SECOND = [
  'SENR^^^9900001^0199001^^2025-2026^9900000002^L0002^Otter^^Creek^^^^^20130501^F^^^US^20250818^10^05^^^^^^^^^^^',
  'SPRG^^^9900001^0199001^2025-2026^9900000002^L0002^Otter^Creek^20130501^F^127^^20250818^^^^^^^^^^^',
  'SENR^^^9900001^0199001^^2025-2026^9900000003^L0003^Wren^^Hill^^^^^20130601^F^^^US^20250818^10^5^^^^^^^^^^^',
].join('\n');

export async function askEverything(ask: Ask): Promise<void> {
  await aboutTheService(ask);
  const upload = await uploads(ask);
  await refusals(ask, upload);
  await evaluations(ask);
  await reconciliations(ask, await extracts(ask));
  await rules(ask);
  const draft = await drafts(ask);
  await uploadAsJob(ask);
  await administration(ask);
  await ask('nobody', { url: '/metrics' });
  await surveys(ask);
  await ssids(ask);
  // Last: nobody waits for what it begins, and the service ends now.
  await ask('author', { method: 'POST', url: `/v1/rulebook/mutants?draft=${idOf(draft)}` });
}

async function aboutTheService(ask: Ask): Promise<void> {
  for (const url of [
    '/errors',
    `/errors/${parameters['getError.code']}`,
    '/health/live',
    '/health/ready',
    '/openapi.json',
  ])
    await ask('nobody', { url });
}

async function uploads(ask: Ask): Promise<string> {
  const send = (payload: string): Promise<Answered> =>
    ask('vendor', { method: 'POST', url: '/v1/uploads', headers: { 'content-type': 'text/plain' }, payload });
  await send(bodies['uploadFiles']?.['text/plain'] as string);
  const url = String((await send(SECOND)).headers['location']);
  await ask('vendor', { url });
  await ask('vendor', { url: '/v1/uploads?limit=1' });
  await ask('vendor', { url: `${url}/problem-summary` });
  for (const accept of ['application/json', 'application/x-ndjson', 'text/csv', 'image/png'])
    await ask('vendor', { url: `${url}/problems`, headers: { accept } });
  const later = await ask('vendor', {
    method: 'POST',
    url: '/v1/uploads',
    headers: { 'content-type': 'text/plain', prefer: 'respond-async' },
    payload: bodies['uploadFiles']?.['text/plain'] as string,
  });
  const status = String(later.headers['location']);
  await ask('vendor', { url: status, headers: WAIT });
  await ask('vendor', { method: 'DELETE', url: status });
  await send('');
  await send('not,a,caret,file\n');
  return url;
}

async function uploadAsJob(ask: Ask): Promise<void> {
  const headers = { 'content-type': 'text/plain', prefer: 'respond-async' };
  const accepted = await ask('vendor', { method: 'POST', url: '/v1/uploads', headers, payload: SECOND });
  const status = String(accepted.headers['location']);
  await ask('vendor', { url: status, headers: { prefer: 'wait=10' } });
  await ask('vendor', { method: 'DELETE', url: status });
}

async function evaluations(ask: Ask): Promise<void> {
  const one = asJSON('evaluateStudent') as { readonly records: readonly object[] };
  const evaluate = (payload: object | string, headers = JSON_TYPE): Promise<Answered> =>
    ask('vendor', { method: 'POST', url: '/v1/evaluations', headers, payload });
  await evaluate(one);
  await evaluate({ ...one, records: [{ ...one.records[0], gradeLevelCode: '5' }] });
  await evaluate({ ...one, records: [one.records[0], { ...one.records[0], ssid: '9900000002' }] });
  await evaluate('{');
  await evaluate(`"${'x'.repeat(2 ** 20)}"`);
  await evaluate('<a/>', { 'content-type': 'application/xml' });
  const [type, payload] = Object.entries(bodies['evaluateStudents'] ?? {})[0] as [string, string];
  await ask('vendor', { method: 'POST', url: '/v1/evaluations/stream', headers: { 'content-type': type }, payload });
}

/** @returns the rows of an extract */
async function extracts(ask: Ask): Promise<string> {
  const request = { method: 'POST', url: '/v1/extracts', headers: JSON_TYPE } as const;
  const url = String((await ask('vendor', { ...request, payload: asJSON('requestExtract') })).headers['location']);
  await ask('vendor', { url, headers: WAIT });
  await ask('vendor', { url: '/v1/extracts?limit=1' });
  const { rows } = (await ask('vendor', { url: `${url}/rows` })).body;
  const text = String((await ask('vendor', { url: `${url}/file` })).body);
  const { ssid, school, grade } = rows[0];
  const row = `${url}/rows/${ssid}/${school}/${grade}`;
  const paths = [
    'file',
    'counts',
    'manifest',
    'trace',
    'reports',
    'reports/studentsBySchool',
    'grounds',
    'grounds/38?value=Y',
    'grounds/38/list?value=Y',
    'grounds/38/workbook?value=Y',
    'horizons',
    'horizons/longTermEnglishLearners',
    'horizons/longTermEnglishLearners/students?period=now',
    'horizons/longTermEnglishLearners/list',
    'horizons/longTermEnglishLearners/workbook',
    'exceptions',
    'exceptions/list',
    'exceptions/workbook',
    'verification',
    'sample?seed=2025-06-30&rows=2&by=school',
    'workpapers?seed=2025-06-30&rows=1&only=40',
    'workpapers?seed=2025-06-30&rows=1&of=missing',
    'missing',
    `missing/9900000002`,
    'missing/9900000009',
    'students/9900000002/records',
  ].map((path) => `${url}/${path}`);
  for (const path of [...paths, `${row}/explanation?field=40`, `${row}/proof`]) await ask('vendor', { url: path });
  await ask('vendor', { method: 'POST', url: `${url}/verification` });
  const empty = await ask('vendor', {
    ...request,
    headers: { ...JSON_TYPE, ...WAIT },
    payload: { ...(asJSON('requestExtract') as object), academicYear: '2018-2019' },
  });
  const other = idOf(String(empty.headers['location']));
  await ask('vendor', { url: `${url}/differences?from=${other}` });
  await ask('vendor', { url: `${url}/file?labels=true`, headers: { accept: 'text/csv' } });
  await ask('vendor', { url: `${url}/file`, headers: { range: 'bytes=0-99' } });
  await ask('vendor', { url: `${url}/file`, headers: { range: 'bytes=99999-' } });
  await ask('vendor', { url: `${url}/file`, headers: { 'accept-encoding': 'identity;q=0' } });
  const gone = await ask('vendor', {
    ...request,
    headers: { ...JSON_TYPE, ...WAIT },
    payload: asJSON('requestExtract'),
  });
  await ask('vendor', { method: 'DELETE', url: String(gone.headers['location']) });
  const emailed = { ...asJSON('requestExtract'), emailWhenDone: true };
  await ask('vendor', { ...request, payload: emailed });
  await ask('vendor', { url: `${gone.headers['location']}/file` });
  await ask('auditor', { ...request, payload: { reportingLEAs: 'all', academicYear: '2023-2024' } });
  await ask('vendor', { url: '/v1/signing-keys' });
  return text;
}

/** Where the grade stands in a row, from 0. */
const GRADE = 23;

/** @param rows of an extract; one of them says something else in the file of the state */
async function reconciliations(ask: Ask, rows: string): Promise<void> {
  const url = `/v1/reconciliations?academicYear=2023-2024&runDate=${parameters['runDate']}`;
  const send = (payload: string, headers: object = {}): Promise<Answered> =>
    ask('vendor', { method: 'POST', url, headers: { 'content-type': 'text/plain', ...headers }, payload });
  const [first = '', ...others] = rows.split('\r\n').filter(Boolean);
  const fields = first.split('^');
  const file = [fields.with(GRADE, fields[GRADE] === '07' ? '08' : '07').join('^'), ...others].join('\n');
  const self = String((await send(file)).headers['location']);
  await ask('vendor', { url: `${self}/clusters` });
  await ask('vendor', { url: self, headers: WAIT });
  for (const path of ['clusters', 'rows', 'fields', 'list', 'manifest', 'corrections', 'corrections/reasons.csv'])
    await ask('vendor', { url: `${self}/${path}` });
  const { files } = (await ask('vendor', { url: `${self}/corrections` })).body;
  await ask('vendor', { url: files[0].links.file });
  await ask('vendor', { url: '/v1/reconciliations?limit=1' });
  const again = await ask('vendor', { method: 'POST', url: `${self}/again` });
  const other = String(again.headers['location']);
  await ask('vendor', { url: other, headers: WAIT });
  await ask('vendor', { method: 'DELETE', url: other });
  await ask('vendor', { url: `${other}/rows` });
  await send('a letter to the district');
}

/** Students without a number, and two numbers of one student. */
async function ssids(ask: Ask): Promise<void> {
  const TEXT = { 'content-type': 'text/plain' };
  const post = (url: string, payload: object | string, headers: object = TEXT): Promise<Answered> =>
    ask('vendor', { method: 'POST', url, headers: headers as typeof TEXT, payload });
  const request = bodies['requestMatch']?.['text/plain'] as string;
  const withNumber = (ssid: string): string => request.replace('^^L0004', `^${ssid}^L0004`);
  await post('/v1/uploads', withNumber('9900000004') + withNumber('9900000005'));
  const self = String((await post('/v1/ssid/matches', request)).headers['location']);
  await ask('vendor', { url: self, headers: WAIT });
  for (const accept of ['application/json', 'text/csv', 'text/plain', 'image/png'])
    await ask('vendor', { url: `${self}/candidates`, headers: { accept } });
  await post(`${self}/assignments?load=false`, asJSON('assignNumbers'), JSON_TYPE);
  await post(`${self}/assignments`, '9^NEW');
  await post('/v1/ssid/matches', withNumber('9900000004'));
  await ask('vendor', { url: '/v1/ssid/matches?limit=1' });
  const search = await ask('vendor', { method: 'POST', url: '/v1/anomalies/search' });
  await ask('vendor', { url: String(search.headers['location']), headers: WAIT });
  const odd = await ask('vendor', { url: '/v1/anomalies?kind=MID&limit=1' });
  const one = `/v1/anomalies/${odd.body.anomalies[0].id}`;
  await ask('vendor', { url: one });
  await post(`${one}/changes`, asJSON('changeAnomaly'), JSON_TYPE);
  await post(`${one}/changes`, asJSON('changeAnomaly'), JSON_TYPE);
  await ask('vendor', { url: '/v1/anomalies/counts' });
  await ask('vendor', { url: '/v1/anomalies/000000000000000000000000' });
  const url = '/v1/ssid/replacements';
  await ask('vendor', { url: `${url}/9900000004/by/9900000005` });
  await post(url, asJSON('retireSSID'), JSON_TYPE);
  await post(url, asJSON('retireSSID'), JSON_TYPE);
  await post(`${url}/file`, bodies['followReplacements']?.['text/plain'] as string);
  await ask('vendor', { url });
  await ask('vendor', { url: '/v1/ssid/waiting' });
  await ssidExtract(ask);
  await post(`${url}/9900000004/undo`, asJSON('undoRetirement'), JSON_TYPE);
  await ask('vendor', { method: 'DELETE', url: self });
  await ask('vendor', { url: `${self}/candidates` });
}

/** A list of numbers as a job, and an upload that gives them. */
async function ssidExtract(ask: Ask): Promise<void> {
  const TEXT = { 'content-type': 'text/plain' };
  const url = '/v1/ssid/extracts';
  const payload = asJSON('requestSSIDExtract');
  const made = await ask('vendor', { method: 'POST', url, headers: JSON_TYPE, payload });
  const self = String(made.headers['location']);
  await ask('vendor', { url: self, headers: WAIT });
  for (const accept of ['text/plain', 'text/csv']) await ask('vendor', { url: `${self}/file`, headers: { accept } });
  await ask('vendor', { url: `${url}?limit=1` });
  await ask('vendor', { method: 'DELETE', url: self });
  await ask('vendor', { url: `${self}/file` });
  const blank = bodies['requestMatch']?.['text/plain'] as string;
  const sent = { method: 'POST', headers: TEXT, payload: blank.replaceAll('L0004', 'L0007') } as const;
  await ask('vendor', { ...sent, url: '/v1/uploads' });
  await ask('vendor', { url: '/v1/ssid/waiting?limit=1' });
  const matched = { method: 'POST', url: '/v1/ssid/waiting/matches', headers: JSON_TYPE, payload: {} } as const;
  const match = String((await ask('vendor', matched)).headers['location']);
  await ask('vendor', { url: match, headers: WAIT });
  await ask('vendor', { method: 'DELETE', url: match });
  const upload = await ask('vendor', { ...sent, url: '/v1/uploads?assignBlankSSIDs=true' });
  for (const accept of ['application/json', 'text/csv', 'text/plain'])
    await ask('vendor', { url: `${upload.body.links.self}/numbers`, headers: { accept } });
}

async function rules(ask: Ask): Promise<void> {
  const { rulebook } = (await ask('vendor', { url: '/v1/rulebook' })).body;
  const version = `/v1/rulebook/versions/${rulebook ?? (await ask('vendor', { url: '/v1/rulebook/versions' })).body.versions[0].sha256}`;
  for (const url of [
    '/v1/rulebook/versions',
    version,
    `${version}/files`,
    `${version}/files/${parameters['path']}`,
    `/v1/checks/${parameters['code']}`,
    `/v1/codesets/${parameters['name']}`,
  ])
    await ask('vendor', { url });
}

const idOf = (url: string): string => String(url.split('/').at(-1));

/** What answers for rules: as small an answer as there is. */
async function answersForRules(ask: Ask, draft: string): Promise<void> {
  const id = idOf(draft);
  const of = { draft: id, file: 'rules/examples/40-homeless-program-eligible.json', pointer: '/cases/0' };
  await ask('author', { url: `/v1/rulebook/ledger?draft=${id}` });
  await ask('author', { url: `/v1/rulebook/examples?draft=${id}&of=46` });
  await ask('author', { url: `/v1/rulebook/examples/case?${new URLSearchParams(of).toString()}` });
  await ask('author', { url: `/v1/rulebook/mutants?draft=${id}` });
  await ask('author', {
    method: 'POST',
    url: `${draft}/suggestions`,
    headers: JSON_TYPE,
    payload: asJSON('suggest'),
  });
}

interface Edit {
  readonly file: string;
  readonly replace: readonly [found: string, put: string];
}

async function drafts(ask: Ask): Promise<string> {
  const create = {
    method: 'POST',
    url: '/v1/rulebook/drafts',
    headers: JSON_TYPE,
    payload: asJSON('createDraft'),
  } as const;
  const draft = String((await ask('author', create)).headers['location']);
  /** Asks for a step of a draft, at the revision that it has. */
  const step = async (
    who: Who,
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    payload?: object | string,
  ) => {
    const { headers } = await ask(who, { url: draft });
    return ask(who, {
      method,
      url: `${draft}${path}`,
      headers: { 'if-match': String(headers['etag']), ...(payload !== undefined && JSON_TYPE) },
      ...(payload !== undefined && { payload }),
    });
  };
  const { edits } = JSON.parse(read(`docs/policy/${STORY}/changes.json`)) as { readonly edits: readonly Edit[] };
  for (const { file, replace } of edits) await step('author', 'PUT', `/files/${file}`, read(file).replace(...replace));
  const sent = readTexts().map(({ path, text }) => {
    const own = edits.filter(({ file }) => file === path);
    return { path, text: own.reduce((edited, { replace }) => edited.replace(...replace), text) };
  });
  await step('author', 'PUT', '/files', { files: sent });
  await step('author', 'PUT', `/parameters/${parameters['putDraftParameter.name']}`, asJSON('putDraftParameter'));
  await ask('author', {
    method: 'POST',
    url: '/v1/rulebook/checks',
    headers: JSON_TYPE,
    payload: asJSON('checkFiles'),
  });
  await step('author', 'PATCH', '', asJSON('updateDraft'));
  await step('author', 'POST', '/submit');
  await ask('author', { method: 'POST', url: `${draft}/check` });
  await answersForRules(ask, draft);
  await ask('author', { method: 'POST', url: `${draft}/submit` });
  await ask('author', { method: 'POST', url: `${draft}/submit`, headers: { 'if-match': '"1"' } });
  await ask('author', { url: draft });
  await ask('author', { url: '/v1/rulebook/drafts' });
  await ask('author', { url: `${draft}/files` });
  await ask('author', { url: `${draft}/files/${parameters['path']}` });
  await step('author', 'POST', '/submit');
  await step('approver', 'POST', '/reopen', asJSON('reopenDraft'));
  await step('author', 'POST', '/submit');
  await step('author', 'POST', '/approve');
  await step('author', 'POST', '/publish');
  await step('approver', 'POST', '/approve');
  await impact(ask, draft);
  await step('author', 'POST', '/publish');
  await step('approver', 'POST', '/approve');
  const second = String((await ask('author', create)).headers['location']);
  const scheduled = (await step('author', 'POST', '/publish', asJSON('publishDraft'))).body;
  await ask('author', { method: 'POST', url: `/v1/rulebook/scheduled/${scheduled.activation}/withdraw` });
  await restoreAll(ask);
  await step('approver', 'POST', '/reopen', asJSON('reopenDraft'));
  await step('author', 'POST', '/submit');
  await step('approver', 'POST', '/approve');
  await step('author', 'POST', '/publish');
  const etag = async () => ({ 'if-match': String((await ask('author', { url: second })).headers['etag']) });
  const path = `${second}/files/${parameters['path']}`;
  await ask('author', {
    method: 'PUT',
    url: path,
    headers: { ...JSON_TYPE, ...(await etag()) },
    payload: '{ "parameters": [] }',
  });
  const rebase = async (payload: object): Promise<Answered> =>
    ask('author', { method: 'POST', url: `${second}/rebase`, headers: { ...JSON_TYPE, ...(await etag()) }, payload });
  await rebase({});
  await rebase(asJSON('rebaseDraft'));
  await ask('author', { method: 'DELETE', url: path, headers: await etag() });
  await ask('author', { method: 'POST', url: `${second}/take-back`, headers: await etag() });
  await restoreAll(ask);
  await ask('author', { method: 'DELETE', url: second, headers: await etag() });
  return draft;
}

/** Of those that were never in effect, and of the one that is, it is refused. */
async function restoreAll(ask: Ask): Promise<void> {
  const { versions } = (await ask('author', { url: '/v1/rulebook/versions' })).body;
  for (const { sha256 } of versions) {
    const url = `/v1/rulebook/versions/${sha256}/restore`;
    await ask('author', { url });
    const version = `/v1/rulebook/versions/${sha256}`;
    await ask('author', { url: `${version}/words?field=40` });
    await ask('author', { url: `${version}/differences?from=${versions[0].sha256}` });
    const { status, body } = await ask('author', {
      method: 'POST',
      url,
      headers: JSON_TYPE,
      payload: asJSON('restoreVersion'),
    });
    if (status !== 201) continue;
    for (const who of ['author', 'approver'] as const)
      await ask(who, { method: 'POST', url: `/v1/rulebook/restored/${body.activation}/confirm` });
  }
}

async function impact(ask: Ask, draft: string): Promise<void> {
  const request = {
    method: 'POST',
    url: `${draft}/impact`,
    headers: JSON_TYPE,
    payload: asJSON('requestImpact'),
  } as const;
  const url = String((await ask('author', request)).headers['location']);
  await ask('author', { url, headers: WAIT });
  await ask('approver', { url });
  await ask('author', { url, headers: { accept: 'text/markdown' } });
  await ask('author', { url: `${draft}/impact` });
  await ask('author', { url: `${draft}/differences` });
  await ask('author', { url: `${draft}/known/rules/rulebook.json` });
  await ask('author', { url: `${draft}/students/${parameters['ssid']}?academicYear=2023-2024` });
  await ask('author', { url: `${draft}/students/${parameters['ssid']}/example?academicYear=2023-2024&of=40` });
  for (const accept of ['application/x-ndjson', 'text/csv'])
    await ask('author', { url: `${url}/changes`, headers: { accept } });
  const gone = String((await ask('author', request)).headers['location']);
  await ask('author', { method: 'DELETE', url: gone });
}

async function refusals(ask: Ask, upload: string): Promise<void> {
  await ask('nobody', { url: upload });
  await ask('nobody', { url: upload, headers: { authorization: `Bearer cenr_${'x'.repeat(43)}` } });
  await ask('author', { url: upload });
  await ask('vendor', { url: `${upload}x` });
  await ask('vendor', { url: '/v1/uploads?limit=many' });
}

async function administration(ask: Ask): Promise<void> {
  const send = (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object): Promise<Answered> =>
    ask('administrator', { method, url, ...(payload && { headers: JSON_TYPE, payload }) });
  const made = await send('POST', '/v1/keys', asJSON('makeKey'));
  const key = String(made.headers['location']);
  await send('PATCH', key, asJSON('expireKey'));
  await ask('administrator', { url: '/v1/keys' });
  await send('POST', `${key}/rotate`, asJSON('rotateKey'));
  await send('DELETE', key);
  const person = String((await send('POST', '/v1/persons', asJSON('addPerson'))).headers['location']);
  await send('PATCH', person, asJSON('changePerson'));
  await ask('administrator', { url: '/v1/persons' });
  await send('DELETE', person);
  await ask('administrator', { url: '/v1/settings' });
  await ask('administrator', { url: '/v1/store' });
  await ask('administrator', { url: '/v1/store/uploads?limit=1' });
  const log = '/v1/access-log';
  await ask('administrator', {
    method: 'POST',
    url: `${log}/search`,
    headers: JSON_TYPE,
    payload: asJSON('searchAccessLog'),
  });
  await ask('administrator', { url: `${log}/verification` });
  await ask('administrator', { method: 'POST', url: `${log}/verification` });
}

/** What is answered while every student of an extract is being looked at. */
async function surveys(ask: Ask): Promise<void> {
  const payload = asJSON('requestExtract');
  const made = await ask('vendor', { method: 'POST', url: '/v1/extracts', headers: JSON_TYPE, payload });
  const url = String(made.headers['location']);
  await ask('vendor', { url, headers: WAIT });
  const headers = { prefer: 'respond-async' };
  const asked = [
    ...['exceptions', 'exceptions/list', 'exceptions/workbook'],
    ...['missing', 'sample?seed=1&of=missing', 'workpapers?seed=1&of=missing'],
    ...['grounds/38?value=N', 'grounds/39/list?value=N', 'grounds/40/workbook?value=N'],
  ];
  await Promise.all(asked.map((path) => ask('vendor', { url: `${url}/${path}`, headers })));
}
