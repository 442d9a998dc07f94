/**
 * From the files of a rulebook, already parsed and checked against the grammar, to the rulebook itself. Pure: workers
 * are handed the files as plain data and assemble their own.
 */
import { type CodeSet, type Layout, layoutFrom, type OutputLayout, type Schemas } from '#records/layout';
import type { Declarations, Located } from '../resolve/declared.ts';
import { type Resolved, resolveChecks, resolveExtract } from '../resolve/resolve.ts';
import type { CheckTree, ExtractTree } from '../tree/nodes.ts';
import { citationFindings } from './citations.ts';
import type {
  CheckFileJson,
  FactJson,
  FieldJson,
  Finding,
  HorizonJson,
  IntervalJson,
  LawJson,
  LawsJson,
  ParameterJson,
  ReferenceFileJson,
  ReportJson,
  RulebookJson,
  SelectionJson,
  SourceFile,
} from './declarations.ts';
import { numbersByKey, withNumbers } from './fields-by-key.ts';
import { fileNameFindings } from './file-name-findings.ts';
import { layoutFindings, OUTPUT } from './layout-findings.ts';
import { parameterFindings } from './parameter-findings.ts';
import { REFERENCE_ROWS, referenceFilesIn, referenceFindings } from './reference-files.ts';
import { widthFindings } from './width-findings.ts';

/** The files of a rulebook as plain data, and the SHA-256 over all of them. */
export interface RulebookSource {
  readonly hash: string;
  readonly files: readonly SourceFile[];
}

export interface Rulebook extends RulebookSource {
  readonly about: RulebookJson;
  readonly declared: Declarations;
  readonly schemas: Schemas;
  readonly extract: ExtractTree;
  readonly checks: CheckTree;
}

/** What kind of file stands at a path, and the grammar it follows (`schemas/grammar/NAME.schema.json`). */
export const KINDS: readonly { readonly grammar: string; readonly path: RegExp }[] = [
  { grammar: 'rulebook', path: /^rules\/rulebook\.json$/ },
  { grammar: 'equivalent-mutants', path: /^rules\/equivalent-mutants\.json$/ },
  { grammar: 'parameters', path: /^rules\/parameters\/[^/]+\.json$/ },
  { grammar: 'intervals', path: /^rules\/facts\/intervals\.json$/ },
  { grammar: 'facts', path: /^rules\/facts\/[^/]+\.json$/ },
  { grammar: 'selection', path: /^rules\/selection\.json$/ },
  { grammar: 'laws', path: /^rules\/laws\.json$/ },
  { grammar: 'report', path: /^rules\/reports\/[^/]+\.json$/ },
  { grammar: 'horizon', path: /^rules\/horizons\/[^/]+\.json$/ },
  { grammar: 'field', path: /^rules\/fields\/[^/]+\.json$/ },
  { grammar: 'check', path: /^rules\/checks\/[^/]+\.json$/ },
  { grammar: 'ledger', path: /^rules\/ledger\/[^/]+\.json$/ },
  { grammar: 'example-defaults', path: /^rules\/examples\/defaults\.json$/ },
  { grammar: 'examples', path: /^rules\/examples\/[^/]+\.json$/ },
  { grammar: 'output-layout', path: /^schemas\/records\/CENR\.json$/ },
  { grammar: 'layout', path: /^schemas\/records\/[^/]+\.json$/ },
  { grammar: 'codeset', path: /^schemas\/codesets\/[^/]+\.json$/ },
  { grammar: 'reference-file', path: /^schemas\/references\/[^/]+\.json$/ },
  { grammar: 'reference-rows', path: REFERENCE_ROWS },
];

export const grammarOf = (path: string): string | undefined => KINDS.find((kind) => kind.path.test(path))?.grammar;

/** Thrown for a rulebook that cannot be used; `findings` has every reason, in file order. */
export class RulebookError extends Error {
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super(findings.map((f) => `${f.file} ${f.pointer}: ${f.message}`).join('\n'));
    this.name = 'RulebookError';
    this.findings = findings;
  }
}

/**
 * Assembles a rulebook.
 * @param source files of which each follows its grammar (`verify.ts`)
 * @throws RulebookError with everything that a schema cannot see
 */
export function assemble(source: RulebookSource): Rulebook {
  return whole(source, numbered(source.files));
}

/**
 * The same as `assemble` of the rulebook with other values of parameters: whichever tree asks for none of them stays.
 * @param files all of them, of which only the values of these parameters are others
 * @param names of the parameters
 * @throws RulebookError as `assemble` does
 */
export function assembleWithValues(
  rulebook: Rulebook,
  files: readonly SourceFile[],
  names: readonly string[],
): Rulebook {
  const unasked = <T extends ExtractTree | CheckTree>(tree: T): Resolved<T> | undefined =>
    names.some((name) => tree.asks.has(name)) ? undefined : unchanged(tree);
  return whole(rulebook, files, { extract: unasked(rulebook.extract), checks: unasked(rulebook.checks) });
}

/** @param known what is resolved already */
function whole(
  source: RulebookSource,
  files: readonly SourceFile[],
  known: {
    readonly extract?: Resolved<ExtractTree> | undefined;
    readonly checks?: Resolved<CheckTree> | undefined;
  } = {},
): Rulebook {
  const { declared, about, findings } = declare(files);
  const { extract = resolveExtract(declared), checks = resolveChecks(declared) } = known;
  const widths = extract.findings.length > 0 ? [] : widthFindings(extract.tree, declared);
  refuse([...findings, ...extract.findings, ...widths, ...checks.findings]);
  return { ...source, files, about, declared, schemas: declared.schemas, extract: extract.tree, checks: checks.tree };
}

/**
 * The same as `assemble` of the rulebook with one file changed, for those who try many changes: what the file cannot
 * reach is taken from the rulebook as it was.
 * @param changed follows its grammar
 * @throws RulebookError as `assemble` does
 */
export function assembleChanged(rulebook: Rulebook, changed: SourceFile): Rulebook {
  const grammar = grammarOf(changed.path);
  const { hash } = rulebook;
  const file = withNumbers(changed, grammar, numbersByKey(rulebook.schemas.output));
  const files = rulebook.files.map((known) => (known.path === file.path ? file : known));
  // Another layout has other numbers for the keys that files name.
  if (grammar === 'output-layout')
    return assemble({ hash, files: files.map((known) => ({ ...known, json: known.written ?? known.json })) });
  // Nothing but the extract asks for these, and nothing at all for a check.
  if (OF_EXTRACT.has(grammar)) return whole(rulebook, files, { checks: unchanged(rulebook.checks) });
  if (grammar === 'check') return whole(rulebook, files, { extract: unchanged(rulebook.extract) });
  return assemble({ hash, files });
}

/** Kinds of files that no check asks for. */
const OF_EXTRACT: ReadonlySet<string | undefined> = new Set(['field', 'selection', 'laws', 'report', 'horizon']);

/** The tree of a rulebook that was assembled: nothing was found in it. */
const unchanged = <T>(tree: T): Resolved<T> => ({ tree, findings: [] });

/** @throws RulebookError when there are findings */
function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new RulebookError(unique(findings));
}

/** Files with the numbers of fields that they name by key. */
function numbered(files: readonly SourceFile[]): readonly SourceFile[] {
  const output = files.find(({ path }) => grammarOf(path) === 'output-layout')?.json as OutputLayout | undefined;
  const numbers = numbersByKey(output);
  return files.map((file) => withNumbers(file, grammarOf(file.path), numbers));
}

function declare(files: readonly SourceFile[]): { declared: Declarations; about: RulebookJson; findings: Finding[] } {
  const findings: Finding[] = [];
  const byGrammar = Map.groupBy(files, ({ path }) => grammarOf(path));
  const of = <T>(grammar: string): Located<T>[] =>
    (byGrammar.get(grammar) ?? []).map(({ path, json }) => ({ file: path, pointer: '', json: json as T }));
  const within = <T>(grammar: string, key: string): Located<T>[] =>
    of<Record<string, T[]>>(grammar).flatMap(({ file, json }) =>
      (json[key] ?? []).map((item, i) => ({ file, pointer: `/${key}/${i}`, json: item })),
    );
  const byName = <T>(
    items: readonly Located<T>[],
    name: (json: T) => string,
    what: string,
  ): Map<string, Located<T>> => {
    const map = new Map<string, Located<T>>();
    for (const item of items) {
      const known = map.get(name(item.json));
      if (known)
        findings.push({
          file: item.file,
          pointer: item.pointer,
          message: `${what} "${name(item.json)}" is already declared in ${known.file}${known.pointer && ` ${known.pointer}`}; keep one of the two`,
        });
      else map.set(name(item.json), item);
    }
    return map;
  };
  const one = <T>(grammar: string, path: string): Located<T> => {
    const [found] = of<T>(grammar);
    if (!found)
      throw new RulebookError([
        { file: path, pointer: '', message: 'the file is missing; a rulebook cannot do without it' },
      ]);
    return found;
  };

  const parameters = byName(within<ParameterJson>('parameters', 'parameters'), (p) => p.name, 'the parameter');
  const facts = byName(within<FactJson>('facts', 'facts'), (f) => f.name, 'the fact');
  const fields = [...byName(of<FieldJson>('field'), (f) => f.field, 'the field').values()];
  const checks = [...byName(of<CheckFileJson>('check'), (c) => c.code, 'the check').values()];
  const intervals = [
    ...byName(within<IntervalJson>('intervals', 'intervals'), (i) => `${i.of} ${i.name}`, 'the interval').values(),
  ];
  const schemas: Schemas = {
    layouts: of<Layout>('layout').map((l) => layoutFrom(l.json)),
    output: one<OutputLayout>('output-layout', OUTPUT).json,
    codeSets: of<CodeSet>('codeset').map((c) => c.json),
  };
  const declared: Declarations = {
    schemas,
    parameters,
    intervals,
    facts,
    fields,
    checks,
    selection: one<SelectionJson>('selection', 'rules/selection.json'),
    laws: [...byName(of<LawsJson>('laws').flatMap(lawsIn), (law) => law.name, 'the law').values()],
    references: referenceFilesIn(
      byName(of<ReferenceFileJson>('reference-file'), (r) => r.name, 'the reference file'),
      files,
    ),
    reports: [...byName(of<ReportJson>('report'), (r) => r.name, 'the report').values()],
    horizons: [...byName(of<HorizonJson>('horizon'), (h) => h.name, 'the horizon').values()],
  };
  findings.push(
    ...fileNameFindings(files, grammarOf),
    ...parameterFindings(declared),
    ...layoutFindings(declared),
    ...referenceFindings(declared),
    ...citationFindings(files),
  );
  return { declared, about: one<RulebookJson>('rulebook', 'rules/rulebook.json').json, findings };
}

/** The laws of a file, each with the source of the file and its own element. */
const lawsIn = ({ file, json: { source, laws } }: Located<LawsJson>): Located<LawJson>[] =>
  laws.map((law, i) => ({
    file,
    pointer: `/laws/${i}`,
    json: { ...law, source: { ...source, element: law.element } },
  }));

/** A check of many columns finds the same mistake many times; once is enough. In file order. */
function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((f) => [`${f.file}\n${f.pointer}\n${f.message}`, f]));
  return [...seen.values()].sort((a, b) => (a.file === b.file ? 0 : a.file < b.file ? -1 : 1));
}
