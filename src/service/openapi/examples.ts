/**
 * Examples of the API document: of parameters and bodies in `openapi/examples.json`, written by hand; of answers in
 * `openapi/answers.json`, which are what the service answers to them (scripts/docs/answers-file.ts). Students in them are
 * synthetic.
 */
import { readFileSync } from 'node:fs';

interface Examples {
  /**
   * By the name of a parameter, wherever it is asked for; where one name means several things, by operation or by tag
   * too (`getUpload.id`, `drafts.id`). `=getExtract.id` is the value of the key `id` in the answer of `getExtract`.
   */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** By operation and media type. */
  readonly bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Answers {
  /** By operation, status and media type; long lists and texts are cut. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  /** By code. */
  readonly refusals: Readonly<Record<string, object>>;
}

const known = new Map<string, unknown>();

/** A file of examples; read when it is first asked for. */
function fileOf<T>(name: string): T {
  const found =
    known.get(name) ?? JSON.parse(readFileSync(new URL(`../../../openapi/${name}`, import.meta.url), 'utf8'));
  known.set(name, found);
  return found as T;
}

/** What is asked. */
export const examples = (): Examples => fileOf('examples.json');

/** What is answered. */
export const answers = (): Answers => fileOf('answers.json');

/** The example of a parameter. */
export function parameterExample(operation: string, tags: readonly string[], name: string): unknown {
  const { parameters } = examples();
  const keys = [`${operation}.${name}`, ...tags.map((tag) => `${tag}.${name}`), name];
  const example = parameters[keys.find((key) => key in parameters) ?? name];
  const [, answered, key] = /^=(\w+)\.(\w+)$/.exec(String(example)) ?? [];
  if (answered === undefined || key === undefined) return example;
  const good = Object.entries(answers().answers[answered] ?? {}).find(([status]) => Number(status) < 400);
  return (good?.[1]['application/json'] as Record<string, unknown> | undefined)?.[key];
}
