/** What the API document says beside what routes say of themselves: rates, examples, columns, names that clients need. */
import type { Schemas } from '#records/layout';
import { columnSchemas, recordReferences } from './by-column.ts';
import { answers, examples, parameterExample } from './examples.ts';

interface Parameter {
  readonly name: string;
  readonly example?: unknown;
}

interface Answer {
  readonly description: string;
  readonly headers?: object;
  readonly content?: Readonly<Record<string, object>>;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface APIDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

const integer = (description: string): object => ({ schema: { type: 'integer' }, description });

const HEADERS = {
  RateLimit: integer('How many requests a minute this key may send'),
  RateRemaining: integer('How many of them are left in this minute'),
  RateReset: integer('Seconds until all are there again'),
  RetryAfter: integer('Seconds to wait before sending the request again'),
};
const header = (name: keyof typeof HEADERS): object => ({ $ref: `#/components/headers/${name}` });
const RATES = {
  'ratelimit-limit': header('RateLimit'),
  'ratelimit-remaining': header('RateRemaining'),
  'ratelimit-reset': header('RateReset'),
};
/** Statuses whose answers say when to try again. */
const WAIT = ['429', '503'];

/** Codes of refusals, as descriptions of answers have them. */
const CODES = /(?<=^`)CENR_[A-Z_]+(?=`: )/gm;

/** A path with slashes has no name in the program; clients need one. */
const WILDCARD = '*';
const PATH = 'path';

/**
 * The document, completed. Paths and schemas stand in a fixed order: plugins are loaded side by side, the order of
 * their routes is not promised, and a document that is compared must not depend on it.
 * @param document as made from the routes
 * @param schemas of the rules in effect
 */
export function completed(document: object, schemas: Schemas): Record<string, unknown> {
  const { paths, components } = document as APIDocument;
  const operations = Object.entries(paths).map(([path, methods]) => {
    const named = path.replace(`{${WILDCARD}}`, `{${PATH}}`);
    const all = Object.entries(methods).map(([method, operation]) => [method, withMore(operation)] as const);
    return [named, Object.fromEntries(all)] as const;
  });
  return {
    ...document,
    paths: sorted(Object.fromEntries(operations)),
    components: {
      ...components,
      examples: refusalExamples(paths),
      headers: HEADERS,
      schemas: sorted({ ...byColumn(components['schemas'] ?? {}, schemas), ...columnSchemas(schemas) }),
    },
  };
}

const sorted = (object: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

function withMore(operation: Operation): object {
  const { operationId, tags, parameters, requestBody, responses } = operation;
  const bodies = examples().bodies[operationId] ?? {};
  return {
    ...operation,
    ...(parameters && {
      parameters: parameters.map((parameter) => {
        const name = parameter.name === WILDCARD ? PATH : parameter.name;
        const example = parameterExample(operationId, tags, name);
        return { ...parameter, name, ...(example !== undefined && { example }) };
      }),
    }),
    ...(requestBody && {
      requestBody: {
        ...requestBody,
        content: Object.fromEntries(
          Object.entries(requestBody.content).map(([type, media]) => [
            type,
            { ...media, ...(type in bodies && { example: bodies[type] }) },
          ]),
        ),
      },
    }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, answer]) => [
        status,
        {
          ...answer,
          ...withExamples(operationId, status, answer),
          headers: {
            ...answer.headers,
            ...RATES,
            ...(WAIT.includes(status) && { 'retry-after': header('RetryAfter') }),
          },
        },
      ]),
    ),
  };
}

/** A good answer has the one that the service gives to the example of a request; a refusal has one for each code. */
function withExamples(operation: string, status: string, { description, content }: Answer): object {
  if (!content) return {};
  const known = answers().answers[operation]?.[status] ?? {};
  const codes = description.match(CODES) ?? [];
  const refusals = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  const ofType = (type: string): object =>
    type in known ? { example: known[type] } : codes.length > 0 ? { examples: refusals } : {};
  const types = Object.entries(content).map(([type, media]) => [type, { ...media, ...ofType(type) }] as const);
  return { content: Object.fromEntries(types) };
}

/** One refusal for each code that some operation has. */
function refusalExamples(paths: APIDocument['paths']): Readonly<Record<string, object>> {
  const used = new Set(
    Object.values(paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ responses }) =>
        Object.values(responses).flatMap(({ description }) => description.match(CODES) ?? []),
      ),
    ),
  );
  const shown = Object.entries(answers().refusals).filter(([code]) => used.has(code));
  return Object.fromEntries(shown.map(([code, value]) => [code, { value }]));
}

/** Requests and answers of evaluations, with their records and rows by column. */
function byColumn(named: Readonly<Record<string, object>>, schemas: Schemas): Readonly<Record<string, object>> {
  const row = { $ref: '#/components/schemas/Row' };
  const line = { type: 'string', description: 'A line of a CALPADS file, or of an ODS extract' };
  const items = { anyOf: [line, ...recordReferences(schemas)] };
  return {
    ...named,
    EvaluationRequest: withItems(named['EvaluationRequest'], 'records', items),
    Evaluation: withItems(named['Evaluation'], 'rows', row),
  };
}

function withItems(schema: object | undefined, key: string, items: object): object {
  const { properties = {} } = (schema ?? {}) as { readonly properties?: Readonly<Record<string, object>> };
  return { ...schema, properties: { ...properties, [key]: { ...properties[key], items } } };
}
