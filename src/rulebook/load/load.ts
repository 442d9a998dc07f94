/**
 * Reads a rulebook from its folders and vouches for it: JSON, grammar, meaning. The only room of the rulebook that
 * touches the disk.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type ParsedJson, parseJson } from '#base/json';
import { counted } from '#base/text';
import { UserError } from '#base/user-error';
import { assemble, grammarOf, type Rulebook, RulebookError, type RulebookSource } from './assemble.ts';
import type { Finding, SourceFile } from './declarations.ts';
import verified from './generated/verified.json' with { type: 'json' };
import { grammarFindings } from './grammar.ts';
import { fileHash, hashOf, inOrder, type RulebookTexts } from './texts.ts';

export { fileHash, hashOf, type RulebookTexts } from './texts.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
export const SHIPPED_RULES = join(PROJECT, 'rules');
const SHIPPED_SCHEMAS = join(PROJECT, 'schemas');
const RULEBOOK = 'rulebook.json';

/** A finding with its place in the file, lines and columns counted from 1. */
export interface PlacedFinding extends Finding {
  readonly line: number;
  readonly column: number;
}

/** `rules/fields/40-….json:12:31 /rules/0/…: what was found and expected` */
export const describeFinding = (f: PlacedFinding): string =>
  `${f.file}:${f.line}:${f.column}${f.pointer ? ` ${f.pointer}` : ''}: ${f.message}`;

/** By file, line and column. */
export const byPlace = (
  a: Pick<PlacedFinding, 'file' | 'line' | 'column'>,
  b: Pick<PlacedFinding, 'file' | 'line' | 'column'>,
): number => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1);

/**
 * Thrown for a rulebook that cannot be used. `findings` has all its mistakes, in file order; the former rulebook, if
 * any, is untouched.
 */
export class RulebookLoadError extends UserError {
  readonly findings: readonly PlacedFinding[];
  constructor(findings: readonly PlacedFinding[]) {
    const inFileOrder = findings.toSorted(byPlace);
    super(
      `the rulebook cannot be used (${counted(findings.length, 'finding')}):\n${inFileOrder.map(describeFinding).join('\n')}`,
    );
    this.name = 'RulebookLoadError';
    this.findings = inFileOrder;
  }
}

interface Folder {
  readonly name: 'rules' | 'schemas';
  readonly dir: string;
  readonly parts: readonly string[];
}

/** Remembers which rulebooks were verified before, from one process to the next. */
export interface VerifiedBefore {
  has(key: string): boolean;
  add(key: string): void;
}

/** Nobody remembers: only the rulebook that comes with the program was verified before, when it was made. */
const NOTHING_BEFORE: VerifiedBefore = { has: () => false, add: () => {} };

/**
 * Loads a rulebook, and verifies it unless the very same texts were verified before with the same grammar. Verifying is
 * most of the work; `verify` always does it.
 * @param rulesDir the folder `rules`; the shipped one when not given
 * @param schemasDir the folder `schemas` with its `records` and `codesets`; the one beside `rulesDir` if there is one,
 * else the shipped one
 * @param before asked about the SHA-256 of the texts and the grammar together, and told when a rulebook was verified
 * @throws RulebookLoadError with every mistake found, and file, line, column and JSON pointer of each
 */
export function loadRulebook(rulesDir?: string, schemasDir?: string, before = NOTHING_BEFORE): Rulebook {
  const texts = readTexts(rulesDir, schemasDir);
  const hash = hashOf(texts);
  const key = `${hash}-${verified.grammar}`;
  if (hash === verified.rulebook || before.has(key)) return assemble({ hash, files: texts.map(sourceFile) });
  const rulebook = verify(texts);
  before.add(key);
  return rulebook;
}

/** A file of which somebody knows that it is JSON. */
const sourceFile = ({ path, text }: RulebookTexts[number]): SourceFile => ({
  path,
  json: JSON.parse(text),
  sha256: fileHash(text),
  text,
});

/**
 * The texts of a rulebook as they lie in its folders, in ascending order of path; nothing vouches for them yet.
 * @throws RulebookLoadError for a folder that is not there
 */
export function readTexts(
  rulesDir: string = SHIPPED_RULES,
  schemasDir: string = schemasBeside(rulesDir),
): RulebookTexts {
  const folders: Folder[] = [
    { name: 'rules', dir: rulesDir, parts: ['.'] },
    { name: 'schemas', dir: schemasDir, parts: ['records', 'codesets', 'references'] },
  ];
  for (const { name, dir } of folders) {
    const message = mistaken(name, dir);
    if (message !== undefined) throw new RulebookLoadError([{ file: name, pointer: '', line: 1, column: 1, message }]);
  }
  return inOrder(folders.flatMap(readFolder));
}

/** Why a folder cannot be what it is given for. */
function mistaken(name: Folder['name'], dir: string): string | undefined {
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    return `"${dir}" is not a folder; give the folder with ${name === 'rules' ? 'rulebook.json' : 'records and codesets'}`;
  const within = join(dir, name);
  if (name === 'rules' && !existsSync(join(dir, RULEBOOK)) && existsSync(join(within, RULEBOOK)))
    return `"${dir}" has no ${RULEBOOK}, but the folder "${within}" has one; give that folder`;
  return undefined;
}

const schemasBeside = (rulesDir: string): string => {
  const beside = join(dirname(resolve(rulesDir)), 'schemas');
  return existsSync(join(beside, 'records')) ? beside : SHIPPED_SCHEMAS;
};

function readFolder({ name, dir, parts }: Folder): { path: string; text: string }[] {
  const files: { path: string; text: string }[] = [];
  for (const part of parts) {
    // Older copies of the folder have no reference files.
    if (!existsSync(join(dir, part))) continue;
    for (const entry of readdirSync(join(dir, part), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.startsWith('.') || entry.name.endsWith('.md')) continue;
      const file = join(entry.parentPath, entry.name);
      files.push({ path: `${name}/${relative(dir, file).split(sep).join('/')}`, text: readFileSync(file, 'utf8') });
    }
  }
  return files;
}

/**
 * Vouches for the texts of a rulebook, wherever they came from.
 * @throws RulebookLoadError
 */
export function verify(texts: RulebookTexts): Rulebook {
  const parsed = new Map<string, ParsedJson>();
  const findings: PlacedFinding[] = [];
  const files: SourceFile[] = [];
  for (const { path, text } of texts) {
    const grammar = grammarOf(path);
    if (!grammar) {
      findings.push({
        file: path,
        pointer: '',
        line: 1,
        column: 1,
        message: `a rulebook cannot have this file; ${expectedPaths()}`,
      });
      continue;
    }
    const file = parseJson(text);
    parsed.set(path, file);
    findings.push(
      ...file.problems.map(({ pointer, message, position }) => ({ file: path, pointer, message, ...position })),
    );
    if (file.problems.length) continue;
    const violations = grammarFindings(path, grammar, file.json);
    findings.push(...violations.map((f) => ({ ...f, ...file.locate(f.pointer) })));
    if (!violations.length) files.push({ path, json: file.json, sha256: fileHash(text), text });
  }
  // Files that do not parse are missing from what would be assembled, and the names they declare would all be reported
  // as unknown.
  if (findings.length) throw new RulebookLoadError(findings);
  try {
    return assemble({ hash: hashOf(texts), files } satisfies RulebookSource);
  } catch (error) {
    if (!(error instanceof RulebookError)) throw error;
    throw new RulebookLoadError(
      error.findings.map((f) => ({ ...f, ...(parsed.get(f.file)?.locate(f.pointer) ?? { line: 1, column: 1 }) })),
    );
  }
}

const expectedPaths = (): string =>
  'expected rulebook.json, selection.json, equivalent-mutants.json, or a .json file in parameters, facts, fields, checks, examples or ledger (docs/rule-grammar.md)';

/** The JSON Schemas of `schemas/grammar` as they come with the program, by name (`field.schema.json`). */
export function readGrammar(): ReadonlyMap<string, unknown> {
  const dir = join(SHIPPED_SCHEMAS, 'grammar');
  const names = readdirSync(dir).filter((name) => name.endsWith('.schema.json'));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(dir, name), 'utf8'))]));
}
