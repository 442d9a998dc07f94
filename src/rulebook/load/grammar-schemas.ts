/** The grammars themselves, as JSON Schema: for whoever makes something else of them than a judgment. */
import { createRequire } from 'node:module';

/** What the grammars have of JSON Schema (draft 7). `true` beside a key says that the key may stand there. */
export interface GrammarSchema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly items?: GrammarSchema;
  readonly contains?: GrammarSchema;
  readonly properties?: Readonly<Record<string, GrammarSchema | true>>;
  readonly patternProperties?: Readonly<Record<string, GrammarSchema>>;
  readonly propertyNames?: GrammarSchema;
  readonly additionalProperties?: boolean | GrammarSchema;
  readonly required?: readonly string[];
  readonly maxProperties?: number;
  readonly if?: GrammarSchema;
  readonly then?: GrammarSchema;
  readonly else?: GrammarSchema;
  readonly allOf?: readonly GrammarSchema[];
  readonly anyOf?: readonly GrammarSchema[];
  readonly oneOf?: readonly GrammarSchema[];
  readonly definitions?: Readonly<Record<string, GrammarSchema>>;
}

const FOLDER = '../../../schemas/grammar';
const read = createRequire(import.meta.url);
const known = new Map<string, GrammarSchema>();

/** References name their file: a schema means the same wherever it is taken. */
function named(value: unknown, file: string): unknown {
  if (Array.isArray(value)) return value.map((item) => named(item, file));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, of]) => [
      key,
      key === '$ref' && typeof of === 'string' && of.startsWith('#') ? file + of : named(of, file),
    ]),
  );
}

function schemaIn(file: string): GrammarSchema {
  const schema = known.get(file) ?? (named(read(`${FOLDER}/${file}`), file) as GrammarSchema);
  known.set(file, schema);
  return schema;
}

/** The schema of a grammar, by the name that `grammarOf` gives. Its references name their file. */
export const grammarSchema = (grammar: string): GrammarSchema => schemaIn(`${grammar}.schema.json`);

/** What a reference of a grammar's schema refers to. */
export function schemaNamed(reference: string): GrammarSchema {
  const [file = '', pointer = ''] = reference.split('#');
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], schemaIn(file));
  if (!found) throw new Error(`a grammar refers to ${reference}, which there is not`);
  return found as GrammarSchema;
}
