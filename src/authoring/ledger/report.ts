/** What holds each sentence of the published pages: the rules and examples that cite it, or why it needs none. Pure. */
import type { Rulebook } from '#rulebook/load/assemble';
import { type Citation, citationsIn, ledgersOf } from '#rulebook/load/citations';
import type { Finding, LedgerElement, LedgerSentence } from '#rulebook/load/declarations';

export interface ReportedSentence {
  readonly id: string;
  readonly about: string;
  readonly rules: readonly Citation[];
  readonly examples: readonly Citation[];
  /** Why it needs no rule and no example, or only no example. */
  readonly needsNone?: string;
  readonly needsNoExample?: string;
  /** The earlier sentence with the same words; its citations are given here too. */
  readonly sameAs?: string;
}

export interface ReportedElement {
  readonly id: string;
  readonly title: string;
  /** What cites it as a whole, which holds no single sentence of it. */
  readonly cited: readonly Citation[];
  readonly sentences: readonly ReportedSentence[];
}

export interface ReportedPage {
  readonly file: string;
  readonly page: string;
  readonly updated: string;
  readonly elements: readonly ReportedElement[];
}

export interface LedgerReport {
  readonly pages: readonly ReportedPage[];
  /**
   * Sentences without a rule or an example that do not say why, and reasons that are no longer true; in the order of
   * the pages.
   */
  readonly findings: readonly Finding[];
}

/** @param rulebook one that is loaded: every id that it cites is in a ledger, if it has any */
export function reportOf({ files, about }: Pick<Rulebook, 'files' | 'about'>): LedgerReport {
  const cited = Map.groupBy(citationsIn(files), ({ id }) => id);
  const findings: Finding[] = [];
  const sentences = new Map<string, ReportedSentence>();
  const pages = ledgersOf(files).map(({ file, json: { page, updated, elements } }): ReportedPage => {
    if (page === about.publication.page && updated !== about.publication.updated)
      findings.push({
        file,
        pointer: '/updated',
        message: `the ledger is of the page of ${updated}, but rules/rulebook.json follows that of ${about.publication.updated}`,
      });
    return {
      file,
      page,
      updated,
      elements: elements.map((element, i) => ({
        id: element.id,
        title: element.title,
        cited: cited.get(element.id) ?? [],
        sentences: element.sentences.map((sentence, j) => {
          const reported = reportedSentence(sentence, element, cited, sentences);
          sentences.set(sentence.id, reported);
          findings.push(
            ...findingsAbout(reported).map((message) => ({ file, pointer: `/elements/${i}/sentences/${j}`, message })),
          );
          return reported;
        }),
      })),
    };
  });
  return { pages, findings };
}

function reportedSentence(
  { id, about, needsNone, needsNoExample, sameAs }: LedgerSentence,
  element: LedgerElement,
  cited: ReadonlyMap<string, readonly Citation[]>,
  before: ReadonlyMap<string, ReportedSentence>,
): ReportedSentence {
  const own = cited.get(id) ?? [];
  const same = sameAs === undefined ? undefined : before.get(sameAs);
  const none = needsNone ?? same?.needsNone ?? element.needsNone;
  const noExample = needsNoExample ?? same?.needsNoExample;
  return {
    id,
    about,
    rules: [...own.filter(({ by }) => by === 'rule'), ...(same?.rules ?? [])],
    examples: [...own.filter(({ by }) => by === 'example'), ...(same?.examples ?? [])],
    ...(none !== undefined && { needsNone: none }),
    ...(noExample !== undefined && { needsNoExample: noExample }),
    ...(sameAs !== undefined && { sameAs }),
  };
}

function findingsAbout({ id, about, rules, examples, needsNone, needsNoExample }: ReportedSentence): string[] {
  const what = `${id} (${about})`;
  const [cites] = [...rules, ...examples];
  if (needsNone !== undefined)
    return cites
      ? [
          `${what} is said to need neither a rule nor an example, but ${placeWords(cites)} cites it; keep one of the two`,
        ]
      : [];
  const lacks = rules.length === 0 ? ['rule'] : [];
  if (examples.length === 0 && needsNoExample === undefined) lacks.push('example');
  const [example] = examples;
  return [
    ...lacks.map(
      (kind) =>
        `no ${kind} cites ${what}; cite it in ${kind === 'rule' ? 'a rule' : 'an example'}, or say in the ledger why it needs none`,
    ),
    ...(example && needsNoExample !== undefined
      ? [`${what} is said to need no example, but ${placeWords(example)} cites it; keep one of the two`]
      : []),
  ];
}

/** `rules/fields/40-….json /cites/0` */
export const placeWords = ({ file, pointer }: Pick<Citation, 'file' | 'pointer'>): string => `${file} ${pointer}`;
