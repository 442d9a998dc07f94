/** The grammars of rule files as functions: the source of `src/rulebook/load/generated/validators.cjs`. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { validatorName } from '#rulebook/load/grammar';

const GRAMMAR = join(resolve(import.meta.dirname, '..'), 'schemas', 'grammar');
/** Of the recipe of samples and of what the state's files looked like, which are no rule files. */
const OF_NO_RULE_FILE = ['sample.schema.json', 'generations.schema.json'];

const NOTE =
  '// Generated from schemas/grammar by `npm run generate`. Do not edit here: edit there, and generate again.\n';

interface Grammar {
  readonly name: string;
  readonly text: string;
}

const grammars = (): Grammar[] =>
  readdirSync(GRAMMAR)
    .filter((file) => file.endsWith('.schema.json') && !OF_NO_RULE_FILE.includes(file))
    .toSorted()
    .map((name) => ({ name, text: readFileSync(join(GRAMMAR, name), 'utf8') }));

/** A CommonJS module with one function for each grammar, under its `validatorName`. */
export function validatorsText(): string {
  const all = grammars();
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true, code: { source: true } });
  for (const { text } of all) ajv.addSchema(JSON.parse(text) as object);
  const names = Object.fromEntries(all.map(({ name }) => [validatorName(name.replace('.schema.json', '')), name]));
  return `${NOTE}${standalone.default(ajv, names)}\n`;
}

/** SHA-256 over the grammars: what a rulebook was verified with. */
export const grammarHash = (): string =>
  grammars()
    .reduce((hash, { name, text }) => hash.update(`${name}\n${text}\n`), createHash('sha256'))
    .digest('hex');
