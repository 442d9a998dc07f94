/** Whether a file follows its grammar (`schemas/grammar`), and what is wrong with it in words. */
import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { closest } from '#base/closest';
import { MOST_PROBLEMS } from '#base/json';
import { parseDay, withDashes } from '#records/days';
import type { Finding } from './declarations.ts';

/**
 * The grammars as functions, written by `npm run generate`: compiling them takes longer than all else that loading a
 * rulebook takes. They are read when the first file is verified, which a rulebook that was verified before needs not.
 */
const VALIDATORS = './generated/validators.cjs';

let validators: Readonly<Record<string, ValidateFunction>> | undefined;

function validatorOf(grammar: string): ValidateFunction {
  validators ??= createRequire(import.meta.url)(VALIDATORS) as Readonly<Record<string, ValidateFunction>>;
  const validator = validators[validatorName(grammar)];
  if (!validator) throw new Error(`there is no grammar "${grammar}"; schemas/grammar has its schema, npm run generate`);
  return validator;
}

/** As what a grammar is exported: `example-defaults` is `example_defaults`. */
export const validatorName = (grammar: string): string => grammar.replaceAll('-', '_');

/**
 * What is wrong with a file that is JSON.
 * @param path of the file, for the findings
 * @param grammar its name, as in `KINDS`
 * @returns findings with JSON pointers, one for each pointer; none for a file that follows its grammar
 */
export function grammarFindings(path: string, grammar: string, json: unknown): Finding[] {
  const validate = validatorOf(grammar);
  if (validate(json)) return [];
  // Schemas ask with `contains` for what has to come last, for the sake of editors; the resolver says it better.
  const errors = (validate.errors ?? [])
    .filter((e) => e.keyword !== 'contains' && !e.schemaPath.includes('/contains/'))
    .slice(0, MOST_PROBLEMS);
  // Of an anyOf, ajv reports every branch; the deepest ones are about what the author meant to write.
  const telling = errors.filter((e) => !['anyOf', 'oneOf', 'if'].includes(e.keyword));
  const deepest = telling.filter(
    (e) => !telling.some((other) => other !== e && other.instancePath.startsWith(`${e.instancePath}/`)),
  );
  const chosen = deepest.length ? deepest : telling.length ? telling : errors;
  const renamed = FORMER_KEYS[grammar] ?? {};
  const now = chosen.map((error) => renamed[error.params['additionalProperty'] as string]);
  const byPointer = new Map<string, Finding>();
  for (const error of chosen) {
    // A key under its former name is said once: the one of today is not missing as well.
    if (error.keyword === 'required' && now.includes(error.params['missingProperty'] as string)) continue;
    const finding = { file: path, ...wordsFor(error, renamed) };
    if (!byPointer.has(finding.pointer)) byPointer.set(finding.pointer, finding);
  }
  return [...byPointer.values()];
}

/** Keys that were renamed, by the grammar: what each is called now. */
const FORMER_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = { check: { advice: 'fix' } };

/** The pattern of `day` in schemas/grammar/condition.schema.json. */
const DAY_PATTERN = '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$';

/** Rule files write days with dashes: how another text is to be written, where it is a day. */
function dayWords(written: string, found = ''): string {
  const day = parseDay(written);
  return day === undefined
    ? `found ${found}, expected a day, CCYY-MM-DD`
    : `found the day ${found}; rule files write days with dashes: "${withDashes(day)}"`;
}

const CONDITION_KINDS: readonly string[] = ['all', 'any', 'not'];

function wordsFor(error: ErrorObject, renamed: Readonly<Record<string, string>>): { pointer: string; message: string } {
  const pointer = error.instancePath;
  // For an unknown key it would be the whole object, once for each.
  const found = (): string | undefined => JSON.stringify(error.data)?.slice(0, 80);
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params['additionalProperty']);
      if (renamed[key] !== undefined)
        return { pointer: `${pointer}/${key}`, message: `unknown key "${key}"; it is called "${renamed[key]}" now` };
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
      const [only] = known;
      if (only !== undefined && known.length === 1 && CONDITION_KINDS.includes(only))
        return {
          pointer: `${pointer}/${key}`,
          message: `"${key}" beside "${only}"; a condition has exactly one of ${CONDITION_KINDS.join(', ')}, fact`,
        };
      return {
        pointer: `${pointer}/${key}`,
        message: `unknown key "${key}".${closest(key, known)} Expected one of ${known.join(', ')}`,
      };
    }
    case 'required':
      return { pointer, message: `the key "${error.params['missingProperty']}" is missing` };
    case 'enum': {
      const allowed = (error.params['allowedValues'] as unknown[]).map(String);
      const suggestion = closest(String(error.data), allowed);
      return {
        pointer,
        message: `found ${found()}, expected one of ${allowed.join(', ')}${suggestion && `.${suggestion}`}`,
      };
    }
    case 'const':
      return { pointer, message: `found ${found()}, expected ${JSON.stringify(error.params['allowedValue'])}` };
    case 'minItems':
      return { pointer, message: 'the list is empty; expected at least one item' };
    case 'maxItems':
      return {
        pointer,
        message: `the list has ${(error.data as unknown[]).length} items; expected at most ${error.params['limit']}`,
      };
    case 'pattern':
      if (error.params['pattern'] === DAY_PATTERN) return { pointer, message: dayWords(String(error.data), found()) };
      return { pointer, message: `found ${found()}; it ${error.message}` };
    default:
      return { pointer, message: `found ${found()}; it ${error.message}` };
  }
}
