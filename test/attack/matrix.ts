/**
 * Every request of the API document with every role: with a key of the LEA that a thing belongs to, with one of another
 * LEA, and for a thing or an LEA that does not exist. Nobody gets what the document does not say; what is foreign is
 * answered as what is unknown.
 */

import { loaderOnly } from '../support/desk.ts';
import { shipped } from '../support/histories.ts';
import { LEA, line, OTHER_LEA, type Owner, record, service, type TestService } from '../support/service.ts';

export interface MatrixFigures {
  readonly operations: number;
  readonly requests: number;
  readonly faults: readonly string[];
}

interface Operation {
  readonly 'x-roles'?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly example?: unknown;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
}

const ROLES = ['vendor', 'auditor', 'policy', 'admin'] as const;
const SSID = '9912345678';
const UNKNOWN_LEA = '8888888';
const request = (lea: string) => ({ reportingLEAs: [lea], academicYear: '2023-2024' });

/** The ids of things that exist, or of none. */
interface Things {
  readonly 'anomalies/search': string;
  readonly 'ssid/extracts': string;
  readonly uploads: string;
  readonly extracts: string;
  readonly reconciliations: string;
  readonly matches: string;
  readonly anomalies: string;
  readonly drafts: string;
  readonly impact: string;
  readonly lea: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const senr = record('SENR');

/** What a name in an address is a name of. */
const NAMES = [
  ['/reports/', 'studentsBySchool'],
  ['/horizons/', 'longTermEnglishLearners'],
  ['/corrections/', 'reasons.csv'],
] as const;

/** Parts of addresses with things, the longest first. */
const PARTS = [
  ...['anomalies/search', 'ssid/extracts'],
  ...['uploads', 'extracts', 'reconciliations', 'matches', 'anomalies', 'drafts'],
] as const satisfies readonly (keyof Things)[];

/** The address of an operation about some things. */
function addressOf({ path, operation }: Asked, things: Things): string {
  const values: Readonly<Record<string, string>> = {
    id: things[PARTS.find((part) => path.includes(`/${part}/`)) as keyof Things] ?? 'x',
    impactId: things.impact,
    hash: shipped.hash,
    path: 'rules/rulebook.json',
    activation: '1',
    code: 'GERR0002',
    name: NAMES.find(([part]) => path.includes(part))?.[1] ?? 'GradeLevel',
    ssid: SSID,
    replacement: SSID,
    field: '38',
    school: senr['schoolOfAttendance'] as string,
    grade: senr['gradeLevelCode'] as string,
  };
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x');
  const query = new URLSearchParams();
  for (const { in: where, name, required, example } of operation.parameters ?? [])
    if (where === 'query' && name === 'reportingLEA') query.set(name, things.lea);
    else if (where === 'query' && required) query.set(name, String(example));
  return query.size > 0 ? `${address}?${query.toString()}` : address;
}

/** A body that is understood, as far as the operation has one. */
function bodyOf(
  { path, operation }: Asked,
  { lea }: Things,
): { payload: object | string; headers: object } | undefined {
  const types = Object.keys(operation.requestBody?.content ?? {});
  if (types.length === 0) return undefined;
  const json = { 'content-type': 'application/json' };
  const senr = record('SENR', { ssid: SSID, reportingLEA: lea });
  if (path.endsWith('/uploads'))
    return { payload: line('SENR', { ssid: SSID }), headers: { 'content-type': 'text/plain' } };
  if (path.endsWith('/evaluations')) return { payload: { request: request(lea), records: [senr] }, headers: json };
  if (path.endsWith('/stream'))
    return {
      payload: `${JSON.stringify({ request: request(lea) })}\n${JSON.stringify({ records: [senr] })}\n`,
      headers: { 'content-type': 'application/x-ndjson' },
    };
  if (path.endsWith('/extracts')) return { payload: request(lea), headers: json };
  if (path.endsWith('/impact')) return { payload: { request: request(lea) }, headers: json };
  return types.includes('application/json') ? { payload: {}, headers: json } : undefined;
}

/** Whether an operation is about something that belongs to LEAs. */
const isOfLEAs = ({ path, operation }: Asked): boolean =>
  /\/(uploads|extracts|reconciliations|matches|anomalies|search)\/\{id\}|\{impactId\}/.test(path) ||
  /\/(extracts|impact|evaluations|stream)$/.test(path) ||
  (operation.parameters ?? []).some(({ name }) => name === 'reportingLEA');

async function fileOf({ ask, app }: TestService, id: string, headers: ReturnType<TestService['key']>): Promise<string> {
  await app.jobs.extract.idle();
  return (await ask({ url: `/v1/extracts/${id}/file`, headers })).text;
}

/** One of everything, of one LEA. */
async function things(one: TestService): Promise<Things> {
  const { ask, key, app } = one;
  const admin = key('admin', [LEA]);
  const upload = await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...admin, 'content-type': 'text/plain' },
    // One student has two numbers, which is an anomaly.
    payload: [SSID, '9912345679'].map((ssid) => line('SENR', { ssid })).join('\r\n'),
  });
  const search = await ask({ method: 'POST', url: '/v1/anomalies/search', headers: admin });
  await app.jobs.anomalySearch.idle();
  const anomalies = await ask({ url: '/v1/anomalies', headers: admin });
  const extracted = () => ask({ method: 'POST', url: '/v1/extracts', headers: admin, payload: request(LEA) });
  // What is compared with the one before needs one.
  await extracted();
  const extract = await extracted();
  const reconciliation = await ask({
    method: 'POST',
    url: '/v1/reconciliations?academicYear=2023-2024&runDate=2024-07-15',
    headers: { ...admin, 'content-type': 'text/plain' },
    payload: await fileOf(one, extract.body.id, admin),
  });
  const match = await ask({
    ...{ method: 'POST', url: '/v1/ssid/matches', headers: { ...admin, 'content-type': 'text/plain' } },
    payload: line('SENR', { ssid: '' }),
  });
  const list = await ask({ method: 'POST', url: '/v1/ssid/extracts', headers: admin, payload: { list: 'ssids' } });
  const draft = await ask({
    method: 'POST',
    url: '/v1/rulebook/drafts',
    headers: admin,
    payload: { title: 'A change' },
  });
  const impact = await ask({
    method: 'POST',
    url: `/v1/rulebook/drafts/${draft.body.id}/impact`,
    headers: admin,
    payload: { request: request(LEA) },
  });
  await app.jobs.extract.idle();
  await app.jobs.impact.idle();
  await app.jobs.reconciliation.idle();
  await app.jobs.matching.idle();
  await app.jobs.ssidExtract.idle();
  return {
    'anomalies/search': search.body.id,
    'ssid/extracts': list.body.id,
    uploads: upload.body.id,
    extracts: extract.body.id,
    reconciliations: reconciliation.body.id,
    matches: match.body.id,
    anomalies: anomalies.body.anomalies[0].id,
    drafts: draft.body.id,
    impact: impact.body.id,
    lea: LEA,
  };
}

/** Asks everything of the API document. */
export async function matrix(t: Owner): Promise<MatrixFigures> {
  const one = await service(t, { requestsPerMinute: 0, evaluationsPerMinute: 0 }, () => ({ checkDraft: loaderOnly }));
  const known = await things(one);
  const unknown: Things = {
    'anomalies/search': 'search_0000000000000000000',
    'ssid/extracts': 'list_0000000000000000000',
    uploads: 'upload_0000000000000000000',
    extracts: 'extract_0000000000000000000',
    reconciliations: 'reconciliation_0000000000000000000',
    matches: 'match_0000000000000000000',
    anomalies: 'anomaly_0000000000000000000',
    drafts: known.drafts,
    impact: 'impact_0000000000000000000',
    lea: UNKNOWN_LEA,
  };
  const { paths } = (await one.app.apiDocument()) as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): Asked => ({ method: method.toUpperCase(), path, operation })),
    )
    .filter(({ path }) => path.startsWith('/v1/'))
    // What takes something away comes last.
    .sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
  const judge = new Judge(one, known, unknown);
  for (const asked of operations) await judge.nobody(asked);
  for (const whose of ['foreign', 'own'] as const)
    for (const asked of operations) for (const role of ROLES) await judge.role(asked, role, whose);
  return { operations: operations.length, requests: judge.requests, faults: judge.faults };
}

/** Asks, and says what should not be. */
class Judge {
  readonly #one: TestService;
  readonly #known: Things;
  readonly #unknown: Things;
  readonly faults: string[] = [];
  requests = 0;

  constructor(one: TestService, known: Things, unknown: Things) {
    this.#one = one;
    this.#known = known;
    this.#unknown = unknown;
  }

  async nobody(asked: Asked): Promise<void> {
    for (const headers of [{}, { authorization: `Bearer cenr_${'x'.repeat(43)}` }]) {
      const { status } = await this.#answer(asked, this.#known, headers);
      this.#expect(status === 401, `${asked.method} ${asked.path} without a key: ${status}`);
    }
  }

  async role(asked: Asked, role: (typeof ROLES)[number], whose: 'own' | 'foreign'): Promise<void> {
    const roles = asked.operation['x-roles'] ?? [];
    const headers = this.#one.key(role, [whose === 'own' ? LEA : OTHER_LEA]);
    const { status, code, same } = await this.#answer(asked, this.#known, headers);
    const what = `${asked.method} ${asked.path} as ${role}, ${whose}: ${status} ${code}`;
    this.#expect(roles.includes('admin'), `${what}: the document names no roles`);
    const isRefused = status === 403 && code === 'CENR_ROLE_MISSING';
    this.#expect(isRefused === !roles.includes(role), `${what}, the document says ${roles.join(', ')}`);
    this.#expect(status !== 401 && status < 500, what);
    if (isRefused) return;
    // Nobody here has all LEAs, which the settings of the service are for.
    if (whose === 'own') this.#expect(asked.method !== 'GET' || status < 400 || code === 'CENR_ALL_LEAS_MISSING', what);
    else if (isOfLEAs(asked)) {
      const nothing = await this.#answer(asked, this.#unknown, headers);
      this.#expect(same === nothing.same, `${what}, and of what is unknown: ${nothing.same}`);
    }
  }

  async #answer(asked: Asked, about: Things, headers: object) {
    this.requests++;
    const body = bodyOf(asked, about);
    const { status, body: told } = await this.#one.ask({
      method: asked.method as 'GET',
      url: addressOf(asked, about),
      headers: { ...headers, ...body?.headers },
      ...(body && { payload: body.payload }),
    });
    const { code } = (told ?? {}) as { code?: string };
    return { status, code, same: JSON.stringify({ status, ...told, requestId: undefined }) };
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) this.faults.push(what);
  }
}
