/**
 * From the files of a rulebook, already parsed and checked against the grammar, to the rulebook itself. Pure: workers
 * are handed the files as plain data and assemble their own.
 */
import { parseDay } from '#records/days';
import type { CodeSet, Layout, OutputLayout, Schemas } from '#records/layout';
import { type Declarations, type Located, Resolver } from '../resolve/resolver.ts';
import type { CheckTree, ExtractTree } from '../tree/nodes.ts';
import { daysMeet } from '../tree/parameter-values.ts';
import { citationFindings } from './citations.ts';
import type {
  CheckJson,
  FactJson,
  FieldJson,
  Finding,
  IntervalJson,
  ParameterJson,
  RulebookJson,
  SelectionJson,
  SourceFile,
} from './declarations.ts';

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

/** The record type of the output layout; its file describes what goes out, the others what comes in. */
const OUTPUT = 'schemas/records/CENR.json';

/** What kind of file stands at a path, and the grammar it follows (`schemas/grammar/NAME.schema.json`). */
export const KINDS: readonly { readonly grammar: string; readonly path: RegExp }[] = [
  { grammar: 'rulebook', path: /^rules\/rulebook\.json$/ },
  { grammar: 'equivalent-mutants', path: /^rules\/equivalent-mutants\.json$/ },
  { grammar: 'parameters', path: /^rules\/parameters\/[^/]+\.json$/ },
  { grammar: 'intervals', path: /^rules\/facts\/intervals\.json$/ },
  { grammar: 'facts', path: /^rules\/facts\/[^/]+\.json$/ },
  { grammar: 'selection', path: /^rules\/selection\.json$/ },
  { grammar: 'field', path: /^rules\/fields\/[^/]+\.json$/ },
  { grammar: 'check', path: /^rules\/checks\/[^/]+\.json$/ },
  { grammar: 'ledger', path: /^rules\/ledger\/[^/]+\.json$/ },
  { grammar: 'example-defaults', path: /^rules\/examples\/defaults\.json$/ },
  { grammar: 'examples', path: /^rules\/examples\/[^/]+\.json$/ },
  { grammar: 'output-layout', path: /^schemas\/records\/CENR\.json$/ },
  { grammar: 'layout', path: /^schemas\/records\/[^/]+\.json$/ },
  { grammar: 'codeset', path: /^schemas\/codesets\/[^/]+\.json$/ },
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
  const { declared, about, findings } = declare(source.files);
  const extract = new Resolver(declared);
  const checks = new Resolver(declared);
  const extractTree = extract.extract();
  const checkTree = checks.checks();
  refuse([...findings, ...extract.findings, ...checks.findings]);
  return { ...source, about, declared, schemas: declared.schemas, extract: extractTree, checks: checkTree };
}

/**
 * The same as `assemble` of the rulebook with one file changed, for those who try many changes: what the file cannot
 * reach is taken from the rulebook as it was.
 * @param file follows its grammar
 * @throws RulebookError as `assemble` does
 */
export function assembleChanged(rulebook: Rulebook, file: SourceFile): Rulebook {
  const grammar = grammarOf(file.path);
  const { hash } = rulebook;
  const files = rulebook.files.map((known) => (known.path === file.path ? file : known));
  // Nothing but the extract asks for fields and the selection, and nothing at all for a check.
  const reach = { field: 'extract', selection: 'extract', check: 'checks' }[grammar ?? ''];
  if (reach === undefined) return assemble({ hash, files });
  const { declared, about, findings } = declare(files);
  const resolver = new Resolver(declared);
  const tree = reach === 'extract' ? { extract: resolver.extract() } : { checks: resolver.checks() };
  refuse([...findings, ...resolver.findings]);
  return { ...rulebook, files, about, declared, ...tree };
}

/** @throws RulebookError when there are findings */
function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new RulebookError(unique(findings));
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
  const checks = [...byName(of<CheckJson>('check'), (c) => c.code, 'the check').values()];
  const intervals = [
    ...byName(within<IntervalJson>('intervals', 'intervals'), (i) => `${i.of} ${i.name}`, 'the interval').values(),
  ];
  const schemas: Schemas = {
    layouts: of<Layout>('layout').map((l) => l.json),
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
  };
  findings.push(...parameterFindings(declared), ...layoutFindings(declared), ...citationFindings(files));
  return { declared, about: one<RulebookJson>('rulebook', 'rules/rulebook.json').json, findings };
}

/**
 * What a schema cannot say about parameters: overlapping days, codes that their code set does not hold, a choice that
 * is none.
 */
function parameterFindings({ parameters, schemas }: Declarations): Finding[] {
  const findings: Finding[] = [];
  for (const { file, pointer, json } of parameters.values()) {
    const found = (at: string, message: string) => findings.push({ file, pointer: pointer + at, message });
    const setName = json.type === 'table' ? json.keys : json.codeSet;
    const set = setName === undefined ? undefined : schemas.codeSets.find((c) => c.codeSet === setName);
    if (setName !== undefined && !set)
      found(json.type === 'table' ? '/keys' : '/codeSet', `there is no code set "${setName}" in schemas/codesets`);
    json.values.forEach((value, i) => {
      const here = `/values/${i}`;
      const code = json.type === 'table' ? value.key : value.value;
      if (set?.closed && !set.codes.some((c) => c.code === code))
        found(here, `"${code}" is not a code of ${setName}; schemas/codesets lists them`);
      for (const key of ['from', 'through'] as const)
        if (value[key] !== undefined && parseDay(value[key]) === undefined)
          found(`${here}/${key}`, `"${value[key]}" is not a day of the calendar`);
      if (json.type === 'day' && parseDay(String(value.value)) === undefined)
        found(`${here}/value`, `"${value.value}" is not a day of the calendar`);
      if (value.from && value.through && value.through < value.from)
        found(here, `holds through ${value.through}, which is before its first day ${value.from}`);
      if (json.type === 'choice' && !json.choices?.includes(String(value.value)))
        found(`${here}/value`, `"${value.value}" is not one of the choices ${json.choices?.join(', ')}`);
      if (json.type === 'number' && typeof value.value !== 'number')
        found(`${here}/value`, `a parameter of type number takes a number; found ${JSON.stringify(value.value)}`);
      if (json.type === 'flag' && typeof value.value !== 'boolean')
        found(`${here}/value`, `a parameter of type flag takes true or false; found ${JSON.stringify(value.value)}`);
      if (['text', 'list', 'choice', 'table', 'day'].includes(json.type) && typeof value.value !== 'string')
        found(`${here}/value`, `a parameter of type ${json.type} takes a text; found ${JSON.stringify(value.value)}`);
      if (json.type === 'list' || json.type === 'table') return;
      const clash = json.values.slice(0, i).find((other) => daysMeet(other, value));
      if (clash)
        found(
          here,
          `holds on days on which "${clash.value}" holds too; a parameter of type ${json.type} has one value on any one day`,
        );
    });
  }
  return findings;
}

/** Columns that a layout names must be columns of it; the output must copy columns that are there. */
function layoutFindings({ schemas, intervals }: Declarations): Finding[] {
  const findings: Finding[] = [];
  for (const layout of schemas.layouts) {
    const keys = new Set(layout.columns.map((c) => c.key));
    const named = [
      ...layout.keyColumns,
      ...(layout.keyColumnsWithoutSSID ?? []),
      ...(layout.replaces?.sameColumns ?? []),
      layout.codeDay,
      ...(layout.replaces ? [layout.replaces.latestBy] : []),
    ];
    for (const key of new Set([...named, ...layout.columns.flatMap((c) => c.codeDay ?? [])]))
      if (!keys.has(key))
        findings.push({
          file: `schemas/records/${layout.recordType}.json`,
          pointer: '',
          message: `names the column "${key}", which is not among its columns`,
        });
  }
  const copied = schemas.layouts.find((l) => l.recordType === schemas.output.copiesFrom);
  schemas.output.columns.forEach((column, i) => {
    if (column.copyOf !== undefined && !copied?.columns.some((c) => c.key === column.copyOf))
      findings.push({
        file: OUTPUT,
        pointer: `/columns/${i}/copyOf`,
        message: `${schemas.output.copiesFrom} has no column "${column.copyOf}"`,
      });
  });
  for (const [set, range] of Object.entries(schemas.output.columnSets))
    for (const [i, no] of range.entries())
      if (!schemas.output.columns.some((c) => c.no === no))
        findings.push({ file: OUTPUT, pointer: `/columnSets/${set}/${i}`, message: `there is no column "${no}"` });
  if (!Object.hasOwn(schemas.output.columnSets, schemas.output.defaultColumnSet))
    findings.push({
      file: OUTPUT,
      pointer: '/defaultColumnSet',
      message: `there is no column set "${schemas.output.defaultColumnSet}"`,
    });
  for (const { file, pointer, json } of intervals) {
    const layout = schemas.layouts.find((l) => l.recordType === json.of);
    const named = [
      json.start,
      ...(json.end === undefined ? [] : [json.end]),
      ...(json.blankEnd === 'open' ? [] : json.blankEnd.dayBeforeNext.sameColumns),
    ];
    if (!layout)
      findings.push({
        file,
        pointer: `${pointer}/of`,
        message: `there is no layout for record type "${json.of}" in schemas/records`,
      });
    else
      for (const key of named)
        if (!layout.columns.some((c) => c.key === key))
          findings.push({
            file,
            pointer,
            message: `${json.of} has no column "${key}"; schemas/records/${json.of}.json lists the columns`,
          });
  }
  return findings;
}

/** A check of many columns finds the same mistake many times; once is enough. In file order. */
function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((f) => [`${f.file}\n${f.pointer}\n${f.message}`, f]));
  return [...seen.values()].sort((a, b) => (a.file === b.file ? 0 : a.file < b.file ? -1 : 1));
}
