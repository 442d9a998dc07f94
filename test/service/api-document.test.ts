/** The API document as generators of clients need it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { service } from '../support/service.ts';

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, Response>>;
}

interface Response {
  readonly headers?: object;
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly example?: unknown; readonly examples?: object }>>;
}

t.test('each operation has a name of its own, examples, and the rates', async (t) => {
  const { app } = await service(t);
  const { paths, servers, components } = (await app.apiDocument()) as unknown as {
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

// That the examples are what the service answers, the test of generated files says.
t.test(
  'each parameter and answer has an example that fits its schema, each refusal one for each of its codes',
  async (t) => {
    const { app } = await service(t);
    const document = (await app.apiDocument()) as unknown as {
      paths: Record<string, Record<string, Operation>>;
      components: { examples: Record<string, { value: { code: string; status: number } }> };
    };
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'api');
    const part = (text: string): string => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
    const all = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.entries(responses).flatMap(([status, { description, content = {} }]) =>
          Object.entries(content).map(([type, media]) => ({ path, method, status, description, type, ...media })),
        ),
      ),
    );
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, { parameters = [] }] of Object.entries(methods))
        for (const [i, { name, example }] of parameters.entries()) {
          const pointer = `api#/paths/${part(path)}/${method}/parameters/${i}/schema`;
          t.ok(ajv.validate({ $ref: pointer }, example), `${method} ${path} ${name}: ${ajv.errorsText()}`);
        }
    const used = new Set<string>();
    for (const { path, method, status, description, type, example, examples } of all) {
      const where = `${method} ${path} ${status} ${type}`;
      if (type === 'application/problem+json') {
        const codes = description.match(/(?<=`)CENR_\w+(?=`: )/g) ?? [];
        t.same(Object.keys(examples ?? {}), codes, where);
        for (const code of codes) {
          used.add(code);
          t.match(document.components.examples[code]?.value, { code, status: Number(status) }, where);
        }
        // What is no text has no example.
      } else if (!/\.(sheet|parquet)$/.test(type)) {
        const pointer = `api#/paths/${part(path)}/${method}/responses/${status}/content/${part(type)}/schema`;
        t.ok(ajv.validate({ $ref: pointer }, example), `${where} ${ajv.errorsText()}`);
      }
    }
    t.same(Object.keys(document.components.examples).sort(), [...used].sort(), 'no example that nothing refers to');
    for (const [code, { value }] of Object.entries(document.components.examples))
      t.ok(ajv.validate({ $ref: 'api#/components/schemas/Problem' }, value), `${code} ${ajv.errorsText()}`);
  },
);

t.test('parameters name what the examples of answers have', async (t) => {
  const { app } = await service(t);
  const { paths } = (await app.apiDocument()) as unknown as { paths: Record<string, Record<string, Operation>> };
  for (const [path, name] of [
    ['/v1/extracts/{id}', 'id'],
    ['/v1/uploads/{id}', 'id'],
    ['/v1/rulebook/drafts/{id}', 'id'],
    ['/v1/rulebook/drafts/{id}/impact/{impactId}', 'impactId'],
  ] as const) {
    const { parameters = [], responses = {} } = paths[path]?.['get'] ?? {};
    const { example } = responses['200']?.content?.['application/json'] ?? {};
    const parameter = parameters.find((one) => one.name === name);
    t.match(example, { id: parameter?.example }, path);
  }
});
