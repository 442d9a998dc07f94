/** Which sentences of published pages rules and examples cite, and which there are to cite (`rules/ledger`). Pure. */
import { closest } from '#base/closest';
import type { Finding, LedgerJson, LedgerSentence, ParameterJson, SourceFile } from './declarations.ts';

/** One place that cites a sentence, or an element of a page as a whole. */
export interface Citation {
  readonly id: string;
  readonly file: string;
  /** JSON pointer to the id. */
  readonly pointer: string;
  /** Fields, the selection, parameters and the layout of the extract are rules here. */
  readonly by: 'rule' | 'example';
}

/** A sentence of a ledger with the place where it stands. */
export interface PlacedSentence {
  readonly file: string;
  readonly pointer: string;
  readonly sentence: LedgerSentence;
}

interface Citing {
  readonly cites?: readonly string[];
}

const LEDGER = /^rules\/ledger\//;

/** Every ledger of a rulebook, in the order of files. */
export const ledgersOf = (files: readonly SourceFile[]): { file: string; json: LedgerJson }[] =>
  files.filter(({ path }) => LEDGER.test(path)).map(({ path, json }) => ({ file: path, json: json as LedgerJson }));

/** The sentences of a ledger, in the order of the page. */
export const sentencesIn = ({ file, json }: { readonly file: string; readonly json: LedgerJson }): PlacedSentence[] =>
  json.elements.flatMap(({ sentences }, i) =>
    sentences.map((sentence, j) => ({ file, pointer: `/elements/${i}/sentences/${j}`, sentence })),
  );

/** Every citation of a rulebook, in the order of files. */
export const citationsIn = (files: readonly SourceFile[]): readonly Citation[] => files.flatMap(citationsOf);

// Whoever tries many changes of a rulebook reads few of its files anew.
const read = new WeakMap<object, { readonly path: string; readonly citations: readonly Citation[] }>();

function citationsOf({ path, json }: SourceFile): readonly Citation[] {
  const from = json as object;
  let seen = read.get(from);
  if (seen?.path !== path) {
    const by = path.startsWith('rules/examples/') ? 'example' : 'rule';
    const citations = citing(path, json).flatMap(({ pointer, ids }) =>
      ids.map(([place, id]): Citation => ({ id, file: path, pointer: `${pointer}${place}`, by })),
    );
    seen = { path, citations };
    read.set(from, seen);
  }
  return seen.citations;
}

type Ids = readonly (readonly [place: string, id: string])[];

function citing(path: string, json: unknown): { pointer: string; ids: Ids }[] {
  const list = (pointer: string, { cites = [] }: Citing) => ({
    pointer,
    ids: cites.map((id, i) => [`/cites/${i}`, id] as const),
  });
  const all = (key: string, items: readonly Citing[] = []) => items.map((item, i) => list(`/${key}/${i}`, item));
  if (path.startsWith('rules/parameters/'))
    return (json as { parameters: readonly ParameterJson[] }).parameters.map(({ values }, i) => ({
      pointer: `/parameters/${i}`,
      ids: values.flatMap(({ source }, j) => (source === undefined ? [] : [[`/values/${j}/source`, source] as const])),
    }));
  if (path.startsWith('rules/examples/')) {
    const { cases, examples = [] } = json as {
      cases?: readonly Citing[];
      examples?: readonly { cases: readonly Citing[] }[];
    };
    return [
      ...all('cases', cases),
      ...examples.flatMap((example, i) =>
        all('cases', example.cases).map((c) => ({ ...c, pointer: `/examples/${i}${c.pointer}` })),
      ),
    ];
  }
  if (path === 'rules/selection.json' || path.startsWith('rules/fields/')) return [list('', json as Citing)];
  if (path === 'schemas/records/CENR.json')
    return [list('', json as Citing), ...all('columns', (json as { columns: readonly Citing[] }).columns)];
  return [];
}

/**
 * What a schema cannot say about ledgers and citations: an id that is cited and is none, one that is given twice, a
 * sentence that is not of its element, words that are not the same as they are said to be. A rulebook without a ledger
 * has nothing to compare citations with.
 */
export function citationFindings(files: readonly SourceFile[]): Finding[] {
  const ledgers = ledgersOf(files);
  if (ledgers.length === 0) return [];
  const findings: Finding[] = [];
  const known = new Map<string, { readonly file: string; readonly pointer: string; readonly sha256?: string }>();
  const declare = (id: string, file: string, pointer: string, sha256?: string): void => {
    const other = known.get(id);
    if (other)
      findings.push({
        file,
        pointer: `${pointer}/id`,
        message: `the id "${id}" is already used in ${other.file} ${other.pointer}; use each id once`,
      });
    else known.set(id, { file, pointer, ...(sha256 && { sha256 }) });
  };
  for (const { file, json } of ledgers)
    for (const [i, { id, sentences }] of json.elements.entries()) {
      declare(id, file, `/elements/${i}`);
      for (const [j, sentence] of sentences.entries()) {
        const pointer = `/elements/${i}/sentences/${j}`;
        if (!sentence.id.startsWith(`${id}.`))
          findings.push({
            file,
            pointer: `${pointer}/id`,
            message: `"${sentence.id}" is a sentence of "${id}", so its id starts with "${id}."`,
          });
        findings.push(...sameFindings(sentence, known).map((message) => ({ file, pointer, message })));
        declare(sentence.id, file, pointer, sentence.sha256);
      }
    }
  for (const { id, file, pointer } of citationsIn(files)) {
    if (known.has(id)) continue;
    const ofItsElement = [...known.keys()].filter((other) => other.startsWith(`${id.split('.')[0]}.`));
    const near = closest(id, ofItsElement) || closest(id, known.keys());
    findings.push({ file, pointer, message: `cites "${id}", which no ledger in rules/ledger has.${near}` });
  }
  return findings;
}

function sameFindings(
  { id, sameAs, sha256, needsNone, needsNoExample }: LedgerSentence,
  known: ReadonlyMap<string, { readonly sha256?: string }>,
): string[] {
  const findings: string[] = [];
  if ([sameAs, needsNone, needsNoExample].filter((reason) => reason !== undefined).length > 1)
    findings.push(`"${id}" has more than one of sameAs, needsNone and needsNoExample; keep one`);
  if (sameAs === undefined) return findings;
  const other = known.get(sameAs);
  if (other?.sha256 === undefined)
    findings.push(`is said to be the same as "${sameAs}", which is not an earlier sentence`);
  else if (other.sha256 !== sha256)
    findings.push(`is said to be the same as "${sameAs}", but their sha256 differ, so their words differ`);
  return findings;
}
