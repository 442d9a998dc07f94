/** The API document as generators of clients need it. */
import t from 'tap';
import { service } from '../support/service.ts';

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly headers?: object; readonly content?: object }>>;
}

t.test('each operation has a name of its own, examples, and the rates', async (t) => {
  const { app } = await service(t);
  const { paths, servers, components } = app.apiDocument() as unknown as {
    paths: Record<string, Record<string, Operation>>;
    servers: readonly object[];
    components: { schemas: Record<string, { properties?: Record<string, { enum?: readonly string[] }> }> };
  };
  t.equal(servers.length, 1);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  const names = operations.map(({ operationId }) => operationId);
  t.equal(new Set(names).size, names.length, 'no name twice');
  for (const { path, operationId, parameters = [], requestBody, responses } of operations) {
    t.match(operationId, /^[a-z][A-Za-z]+$/, path);
    for (const { name, example } of parameters) {
      t.match(name, /^[\w-]+$/);
      t.not(example, undefined, `${operationId}: ${name}`);
    }
    for (const [type, { example }] of Object.entries(requestBody?.content ?? {}))
      t.not(example, undefined, `${operationId}: ${type}`);
    for (const [status, { headers = {} }] of Object.entries(responses)) {
      t.ok('ratelimit-limit' in headers, `${operationId} ${status}`);
      if (status === '429') t.ok('retry-after' in headers);
    }
  }
  const one = operations.find(({ operationId }) => operationId === 'evaluateStudent');
  const many = operations.find(({ operationId }) => operationId === 'evaluateStudents');
  t.same(Object.keys(one?.requestBody?.content ?? {}), ['application/json']);
  t.same(Object.keys(many?.requestBody?.content ?? {}), ['application/x-ndjson']);
  const grades = components.schemas['Row']?.properties?.['gradeLevelCode']?.enum ?? [];
  t.ok(grades.includes('05') && !grades.includes('5'), 'codes of the code set');
});
