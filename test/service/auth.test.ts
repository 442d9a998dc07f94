import { randomBytes } from 'node:crypto';
import t from 'tap';
import { createKey, hashKey, KEY_RANDOM_BYTES, parseBearer } from '#service/keys';
import { LEA, NOW, service } from '../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const KEYED = [
  ['POST', '/v1/uploads'],
  ['GET', '/v1/uploads'],
  ['GET', '/v1/uploads/x'],
  ['GET', '/v1/uploads/x/problem-summary'],
  ['GET', '/v1/uploads/x/problems'],
  ['GET', '/v1/uploads/x/numbers'],
  ['GET', '/v1/uploads/x/status'],
  ['DELETE', '/v1/uploads/x/status'],
  ['POST', '/v1/extracts'],
  ['GET', '/v1/extracts'],
  ['GET', '/v1/extracts/x'],
  ['GET', '/v1/extracts/x/counts'],
  ['GET', '/v1/extracts/x/differences'],
  ['GET', '/v1/extracts/x/exceptions'],
  ['GET', '/v1/extracts/x/exceptions/list'],
  ['GET', '/v1/extracts/x/exceptions/workbook'],
  ['GET', '/v1/extracts/x/file'],
  ['GET', '/v1/extracts/x/grounds'],
  ['GET', '/v1/extracts/x/grounds/38?value=Y'],
  ['GET', '/v1/extracts/x/grounds/38/list?value=Y'],
  ['GET', '/v1/extracts/x/grounds/38/workbook?value=Y'],
  ['GET', '/v1/extracts/x/horizons'],
  ['GET', '/v1/extracts/x/horizons/h'],
  ['GET', '/v1/extracts/x/horizons/h/students'],
  ['GET', '/v1/extracts/x/horizons/h/list'],
  ['GET', '/v1/extracts/x/horizons/h/workbook'],
  ['GET', '/v1/extracts/x/manifest'],
  ['GET', '/v1/extracts/x/missing'],
  ['GET', '/v1/extracts/x/missing/9900000001'],
  ['GET', '/v1/extracts/x/students/9900000001/records'],
  ['GET', '/v1/extracts/x/reports'],
  ['GET', '/v1/extracts/x/reports/r'],
  ['GET', '/v1/extracts/x/rows'],
  ['GET', '/v1/extracts/x/rows/9900000001/7654321/05/explanation'],
  ['GET', '/v1/extracts/x/rows/9900000001/7654321/05/proof'],
  ['GET', '/v1/extracts/x/sample'],
  ['GET', '/v1/extracts/x/trace'],
  ['GET', '/v1/extracts/x/verification'],
  ['POST', '/v1/extracts/x/verification'],
  ['GET', '/v1/extracts/x/workpapers'],
  ['DELETE', '/v1/extracts/x'],
  ['POST', '/v1/evaluations'],
  ['POST', '/v1/evaluations/stream'],
  ['POST', '/v1/reconciliations'],
  ['GET', '/v1/reconciliations'],
  ['GET', '/v1/reconciliations/x'],
  ['DELETE', '/v1/reconciliations/x'],
  ['POST', '/v1/reconciliations/x/again'],
  ['GET', '/v1/reconciliations/x/clusters'],
  ['GET', '/v1/reconciliations/x/rows'],
  ['GET', '/v1/reconciliations/x/fields'],
  ['GET', '/v1/reconciliations/x/list'],
  ['GET', '/v1/reconciliations/x/workbook'],
  ['GET', '/v1/reconciliations/x/manifest'],
  ['GET', '/v1/reconciliations/x/corrections'],
  ['GET', '/v1/reconciliations/x/corrections/reasons.csv'],
  ['GET', '/v1/anomalies'],
  ['GET', '/v1/anomalies/counts'],
  ['POST', '/v1/anomalies/search'],
  ['GET', '/v1/anomalies/search/x'],
  ['GET', '/v1/anomalies/x'],
  ['POST', '/v1/anomalies/x/changes'],
  ['POST', '/v1/ssid/matches'],
  ['GET', '/v1/ssid/matches'],
  ['GET', '/v1/ssid/matches/x'],
  ['DELETE', '/v1/ssid/matches/x'],
  ['GET', '/v1/ssid/matches/x/candidates'],
  ['POST', '/v1/ssid/matches/x/assignments'],
  ['GET', '/v1/ssid/waiting'],
  ['POST', '/v1/ssid/waiting/matches'],
  ['POST', '/v1/ssid/extracts'],
  ['GET', '/v1/ssid/extracts'],
  ['GET', '/v1/ssid/extracts/x'],
  ['DELETE', '/v1/ssid/extracts/x'],
  ['GET', '/v1/ssid/extracts/x/file'],
  ['GET', '/v1/ssid/replacements'],
  ['POST', '/v1/ssid/replacements'],
  ['POST', '/v1/ssid/replacements/file'],
  ['POST', '/v1/ssid/replacements/9900000001/undo'],
  ['GET', '/v1/ssid/replacements/9900000001/by/9900000002'],
  ['GET', '/v1/signing-keys'],
  ['GET', '/v1/checks/c'],
  ['GET', '/v1/codesets/s'],
  ['GET', '/v1/rulebook'],
  ['GET', '/v1/rulebook/versions'],
  ['GET', '/v1/rulebook/versions/abc'],
  ['GET', '/v1/rulebook/versions/abc/differences'],
  ['GET', '/v1/rulebook/versions/abc/words'],
  ['GET', '/v1/rulebook/versions/abc/files'],
  ['GET', '/v1/rulebook/versions/abc/files/rules'],
  ['GET', '/v1/rulebook/ledger'],
  ['GET', '/v1/rulebook/examples'],
  ['GET', '/v1/rulebook/examples/case'],
  ['GET', '/v1/rulebook/mutants'],
  ['POST', '/v1/rulebook/mutants'],
  ['GET', '/v1/rulebook/drafts'],
  ['POST', '/v1/rulebook/drafts'],
  ['GET', '/v1/rulebook/drafts/x'],
  ['PATCH', '/v1/rulebook/drafts/x'],
  ['DELETE', '/v1/rulebook/drafts/x'],
  ['GET', '/v1/rulebook/drafts/x/differences'],
  ['GET', '/v1/rulebook/drafts/x/students/9900000001'],
  ['GET', '/v1/rulebook/drafts/x/students/9900000001/example'],
  ['GET', '/v1/rulebook/drafts/x/files'],
  ['GET', '/v1/rulebook/drafts/x/files/rules'],
  ['GET', '/v1/rulebook/drafts/x/known/rules'],
  ['PUT', '/v1/rulebook/drafts/x/files'],
  ['PUT', '/v1/rulebook/drafts/x/files/rules'],
  ['PUT', '/v1/rulebook/drafts/x/parameters/y'],
  ['POST', '/v1/rulebook/checks'],
  ['DELETE', '/v1/rulebook/drafts/x/files/rules'],
  ['POST', '/v1/rulebook/drafts/x/check'],
  ['POST', '/v1/rulebook/drafts/x/suggestions'],
  ['GET', '/v1/rulebook/drafts/x/impact'],
  ['POST', '/v1/rulebook/drafts/x/impact'],
  ['GET', '/v1/rulebook/drafts/x/impact/y'],
  ['DELETE', '/v1/rulebook/drafts/x/impact/y'],
  ['GET', '/v1/rulebook/drafts/x/impact/y/changes'],
  ['POST', '/v1/rulebook/drafts/x/rebase'],
  ['POST', '/v1/rulebook/drafts/x/submit'],
  ['POST', '/v1/rulebook/drafts/x/take-back'],
  ['POST', '/v1/rulebook/drafts/x/approve'],
  ['POST', '/v1/rulebook/drafts/x/reopen'],
  ['POST', '/v1/rulebook/drafts/x/publish'],
  ['POST', '/v1/rulebook/scheduled/1/withdraw'],
  ['POST', '/v1/rulebook/versions/abc/restore'],
  ['GET', '/v1/rulebook/versions/abc/restore'],
  ['POST', '/v1/rulebook/restored/1/confirm'],
  ['GET', '/v1/keys'],
  ['POST', '/v1/keys'],
  ['PATCH', '/v1/keys/x'],
  ['POST', '/v1/keys/x/rotate'],
  ['DELETE', '/v1/keys/x'],
  ['GET', '/v1/persons'],
  ['POST', '/v1/persons'],
  ['PATCH', '/v1/persons/x'],
  ['DELETE', '/v1/persons/x'],
  ['GET', '/v1/settings'],
  ['GET', '/v1/store'],
  ['GET', '/v1/store/uploads'],
  ['POST', '/v1/access-log/search'],
  ['GET', '/v1/access-log/verification'],
  ['POST', '/v1/access-log/verification'],
] as const;

t.test('without a key nothing below /v1 answers, whatever the body', async (t) => {
  const { ask, app } = await service(t);
  const documented = Object.entries(((await app.apiDocument()) as { paths: Record<string, object> }).paths).flatMap(
    ([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  t.same(
    documented.filter((route) => route.includes(' /v1/')).sort(),
    KEYED.map(
      ([method, path]) =>
        `${method} ${path.replace('/x', '/{id}').replace('/9900000001', '/{ssid}').replace('/9900000002', '/{replacement}').replace('/7654321/05', '/{school}/{grade}').replace('/abc', '/{hash}').replace('/rules', '/{path}').replace('/parameters/y', '/parameters/{name}').replace('/y', '/{impactId}').replace('/1/', '/{activation}/').replace('/checks/c', '/checks/{code}').replace('/codesets/s', '/codesets/{name}').replace('/reports/r', '/reports/{name}').replace('/horizons/h', '/horizons/{name}').replace('/grounds/38', '/grounds/{field}').replace('?value=Y', '').replace('/reasons.csv', '/{name}')}`,
    ).sort(),
    'KEYED has every route below /v1 of the API document, and no other',
  );
  for (const [method, url] of KEYED) {
    const { status, headers, body } = await ask({
      method,
      url,
      ...(method !== 'GET' &&
        method !== 'DELETE' && { payload: 'not even JSON', headers: { 'content-type': 'application/json' } }),
    });
    t.match(
      { status, body, challenge: headers['www-authenticate'] },
      { status: 401, body: { code: 'CENR_KEY_REQUIRED' }, challenge: 'Bearer realm="cenr"' },
      `${method} ${url}`,
    );
  }
});

t.test('unknown, misspelt and revoked keys get one and the same answer', async (t) => {
  const { ask, key, store } = await service(t);
  const revoked = key('admin', 'all');
  await store.revokeKey((await store.keys())[0]?.id ?? '', NOW.toISOString());
  const answers = [];
  for (const authorization of [revoked.authorization, `Bearer cenr_${'A'.repeat(43)}`, 'Bearer nonsense', 'bearer ']) {
    const { status, body } = await ask({ url: '/v1/uploads', headers: { authorization } });
    const { requestId: _, ...rest } = body;
    answers.push({ status, ...rest });
  }
  t.match(answers[0], { status: 401, code: 'CENR_KEY_UNKNOWN' });
  for (const answer of answers.slice(1)) t.same(answer, answers[0]);
});

t.test('a role may do what the API document says, and nothing else', async (t) => {
  const { ask, key } = await service(t);
  const allowed: Record<string, string[]> = {
    vendor: [
      'POST /v1/uploads',
      'GET /v1/uploads',
      'POST /v1/extracts',
      'GET /v1/extracts',
      'DELETE /v1/extracts/x',
      'POST /v1/evaluations',
      'POST /v1/evaluations/stream',
      'GET /v1/extracts/x/file',
    ],
    auditor: [
      'POST /v1/access-log/search',
      'GET /v1/access-log/verification',
      'POST /v1/access-log/verification',
      'POST /v1/extracts',
      'POST /v1/evaluations',
      'POST /v1/evaluations/stream',
      'GET /v1/uploads',
      'GET /v1/uploads/x',
      'GET /v1/uploads/x/problem-summary',
      'GET /v1/uploads/x/numbers',
      'GET /v1/uploads/x/problems',
      'GET /v1/uploads/x/status',
      'GET /v1/extracts',
      'GET /v1/extracts/x',
      'GET /v1/extracts/x/file',
      'GET /v1/rulebook',
    ],
    policy: ['POST /v1/evaluations', 'POST /v1/evaluations/stream', 'GET /v1/rulebook'],
  };
  const explaining = KEYED.map(([method, url]) => `${method} ${url}`).filter((route) =>
    /extracts\/x\/(counts|differences|exceptions|grounds|horizons|manifest|missing|reports|rows|sample|students|trace|verification|workpapers)/.test(
      route,
    ),
  );
  for (const role of ['vendor', 'auditor'] as const) allowed[role]?.push(...explaining);
  const reconciling = KEYED.flatMap(([method, url]) => (/reconciliations/.test(url) ? `${method} ${url}` : []));
  allowed['vendor']?.push(...reconciling);
  allowed['auditor']?.push(...reconciling.filter((route) => route.startsWith('GET')));
  const numbers = KEYED.flatMap(([method, url]) => (/\/ssid\//.test(url) ? `${method} ${url}` : []));
  allowed['vendor']?.push(...numbers);
  allowed['auditor']?.push(
    ...numbers.filter((route) => /GET .*\/(extracts(\/x(\/file)?)?|replacements)$|POST .*\/extracts$/.test(route)),
  );
  const odd = KEYED.flatMap(([method, url]) => (/\/anomalies/.test(url) ? `${method} ${url}` : []));
  allowed['vendor']?.push(...odd);
  allowed['auditor']?.push(...odd.filter((route) => route.startsWith('GET') && !/search/.test(route)));
  const versions = KEYED.map(([method, url]) => `${method} ${url}`).filter((route) =>
    /GET \/v1\/(rulebook\/versions|checks|codesets)(?!.*restore)/.test(route),
  );
  for (const role of ['vendor', 'auditor', 'policy'] as const) allowed[role]?.push(...versions, 'GET /v1/signing-keys');
  const drafts = KEYED.filter(([, url]) =>
    /rulebook\/(drafts|scheduled|restored|checks|ledger|examples|mutants)|restore$/.test(url),
  );
  allowed['policy']?.push(...drafts.map(([method, url]) => `${method} ${url}`));
  allowed['auditor']?.push(...drafts.flatMap(([method, url]) => (method === 'GET' ? `GET ${url}` : [])));
  allowed['vendor'] = [
    ...(allowed['vendor'] ?? []),
    'GET /v1/uploads/x',
    'GET /v1/uploads/x/problem-summary',
    'GET /v1/uploads/x/numbers',
    'GET /v1/uploads/x/problems',
    'GET /v1/uploads/x/status',
    'DELETE /v1/uploads/x/status',
    'GET /v1/extracts/x',
    'GET /v1/rulebook',
  ];
  for (const role of ['vendor', 'auditor', 'policy', 'admin'] as const) {
    const headers = key(role, [LEA]);
    for (const [method, url] of KEYED) {
      const { status, body } = await ask({ method, url, headers });
      const may = role === 'admin' || allowed[role]?.includes(`${method} ${url}`);
      t.equal(status === 403 && body.code === 'CENR_ROLE_MISSING', !may, `${role} ${method} ${url}: ${status}`);
    }
  }
});

t.test('a route that does not say who may use it keeps the service from starting', async (t) => {
  const { buildApp } = await import('#service/app');
  const { store, config } = await service(t);
  const { shipped } = await import('../support/histories.ts');
  const never = () => Promise.reject(new Error('not asked for'));
  const app = await buildApp(config, {
    store,
    rulebook: shipped,
    clock: () => NOW,
    loadUpload: never,
    writeExtract: never,
    writeImpact: never,
    reconcile: never,
    ssidWork: { match: never, list: never, search: never },
    checkDraft: never,
    version: '0',
  });
  t.teardown(() => app.close());
  app.get('/forgotten', async () => 'secret');
  await t.rejects(async () => app.ready(), { message: /GET \/forgotten/ });
});

t.test('a key is shown once and kept as its hash', async (t) => {
  const random = randomBytes(KEY_RANDOM_BYTES);
  const { key, record } = createKey({ name: 'n', role: 'vendor', leas: [LEA], now: NOW, random });
  t.match(key, /^cenr_[A-Za-z0-9_-]{43}$/);
  t.equal(record.hash, hashKey(key));
  t.notMatch(JSON.stringify(record), key.slice(5));
  t.equal(parseBearer(`Bearer ${key}`), key);
  t.equal(parseBearer(`bearer ${key} `), key, 'the scheme is written in any case (RFC 9110)');
  for (const other of [undefined, key, `Basic ${key}`, `Bearer ${key}x`]) t.equal(parseBearer(other), undefined);
  t.throws(() => createKey({ name: 'n', role: 'vendor', leas: [], now: NOW, random: random.subarray(1) }), RangeError);
});
