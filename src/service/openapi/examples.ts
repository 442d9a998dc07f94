/** Examples for parameters and bodies of the API document: `openapi/examples.json`. Students in it are synthetic. */
import { readFileSync } from 'node:fs';

interface Examples {
  /**
   * By the name of a parameter, wherever it is asked for; where one name means several things, by operation or by tag
   * too (`getUpload.id`, `drafts.id`).
   */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** By operation and media type. */
  readonly bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

let read: Examples | undefined;

/** All of them; read when they are first asked for. */
export function examples(): Examples {
  read ??= JSON.parse(readFileSync(new URL('../../../openapi/examples.json', import.meta.url), 'utf8')) as Examples;
  return read;
}

/** The example of a parameter. */
export function parameterExample(operation: string, tags: readonly string[], name: string): unknown {
  const { parameters } = examples();
  const keys = [`${operation}.${name}`, ...tags.map((tag) => `${tag}.${name}`), name];
  return parameters[keys.find((key) => key in parameters) ?? name];
}
