import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ERROR_CODES, ERRORS, RETIRED } from '#service/http/errors';
import { ERRORS_FILE, errorsText } from '../../../scripts/docs/errors-page.ts';
import { OPENAPI_FILE, openapiText } from '../../../scripts/docs/openapi-file.ts';
import { LEA, service } from '../../support/service.ts';

interface Document {
  readonly paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>;
  readonly components: { schemas: Record<string, { properties: Record<string, { enum?: string[] }> }> };
}

/** Codes that no route gives: those of paths and methods that are not there, and of a process that has no routes. */
const OF_NO_ROUTE = ['CENR_ROUTE_UNKNOWN', 'CENR_METHOD_NOT_ALLOWED', 'CENR_ONLY_WORKS'];
const codesIn = (text: string): string[] => [...new Set(text.match(/CENR_[A-Z_]+/g) ?? [])].sort();

t.test('what is committed is what would be printed', async (t) => {
  t.equal(readFileSync(ERRORS_FILE, 'utf8'), errorsText(), 'docs/errors.md (node scripts/docs/errors-page.ts)');
  t.equal(
    readFileSync(OPENAPI_FILE, 'utf8'),
    await openapiText(),
    'openapi/openapi.json (node scripts/docs/openapi-file.ts)',
  );
});

t.test('catalogue, page and API document name the same codes', async (t) => {
  const document = JSON.parse(await openapiText()) as Document;
  const all = [...ERROR_CODES].sort();
  t.same(codesIn(readFileSync(ERRORS_FILE, 'utf8')), [...all, ...RETIRED].sort());
  t.same([...(document.components.schemas['Problem']?.properties['code']?.enum ?? [])].sort(), all);
  const named: string[] = [];
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, { responses }] of Object.entries(operations))
      for (const [status, { description }] of Object.entries(responses))
        for (const code of codesIn(description)) {
          named.push(code);
          t.equal(ERRORS[code as keyof typeof ERRORS]?.status, Number(status), `${method} ${path} ${code}`);
        }
  t.same([...new Set([...named, ...OF_NO_ROUTE])].sort(), all, 'every code belongs to a route');
});

const SETTINGS = [
  'CENR_OIDC_ISSUERS',
  'CENR_OIDC_PRIVATE',
  'CENR_OIDC_SECRET',
  'CENR_SMTP_URL',
  'CENR_WEBHOOK_PRIVATE',
];

t.test('every code is used in the source, and no other is', async (t) => {
  const dir = join(import.meta.dirname, '../../../src/service');
  const sources = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith('.ts') && !['http/errors.ts', 'schemas/responses.ts', 'environment.ts'].includes(name),
    )
    .map((name) => readFileSync(join(dir, name), 'utf8'));
  // Settings look like codes.
  const used = codesIn(sources.join('\n')).filter((name) => !SETTINGS.includes(name));
  t.same(used, [...ERROR_CODES].sort());
  for (const retired of RETIRED) t.notOk(ERROR_CODES.includes(retired as never), `${retired} must not come back`);
});

t.test('every entry says what it means and what to do, in whole sentences', async (t) => {
  for (const code of ERROR_CODES) {
    const { says, fix, title, status } = ERRORS[code];
    t.ok(
      status >= 400 &&
        status < 600 &&
        /^[A-Z"].*[^.]$/.test(title) &&
        /^[A-Z"].*\.$/.test(says) &&
        /^[A-Z"].*\.$/.test(fix),
      code,
    );
  }
});

t.test('`type` of a problem leads to its explanation', async (t) => {
  const { ask } = await service(t);
  const { body } = await ask({ url: '/v1/uploads' });
  t.same((await ask({ url: body.type })).body, { code: 'CENR_KEY_REQUIRED', ...ERRORS.CENR_KEY_REQUIRED });
  t.equal((await ask({ url: '/errors' })).body.errors.length, ERROR_CODES.length);
  t.match(await ask({ url: '/errors/toString' }), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
});

t.test('a path, a method, an address that are not there', async (t) => {
  const { ask, key } = await service(t);
  t.match(await ask({ url: '/v1/nothing' }), { status: 404, body: { code: 'CENR_ROUTE_UNKNOWN' } });
  t.match(await ask({ url: '/v1/uploads/', headers: key('vendor', [LEA]) }), { status: 404 });
  t.match(await ask({ method: 'PUT', url: '/v1/uploads' }), {
    status: 405,
    headers: { allow: 'GET, HEAD, POST' },
    body: { code: 'CENR_METHOD_NOT_ALLOWED' },
  });
  t.match(await ask({ method: 'PATCH', url: '/v1/extracts/x', payload: 'x', headers: { 'content-type': 'text/x' } }), {
    status: 405,
    headers: { allow: 'DELETE, GET, HEAD' },
  });
  t.match(await ask({ url: '/v1/uploads/%zz' }), { status: 400, body: { code: 'CENR_HTTP_INVALID' } });
  t.match(await ask({ url: `/v1/uploads/${'x'.repeat(200)}`, headers: key('vendor', [LEA]) }), { status: 404 });
});

t.test('an error within gives nothing away', async (t) => {
  const { ask, key, app, store } = await service(t);
  t.ok(app);
  const headers = key('vendor', [LEA]);
  store.forLEAs = () => {
    throw new Error('SELECT 9900000001 FROM secret');
  };
  const { status, text, body } = await ask({ url: '/v1/uploads', headers });
  t.match({ status, body }, { status: 500, body: { code: 'CENR_INTERNAL', requestId: /^[0-9a-f-]{36}$/ } });
  t.notMatch(text, /SELECT|secret|at .*\.ts/);
});
