/** The report and the differences as lines for a terminal. Pure. */
import type { PageDifferences } from './compare.ts';
import type { LedgerReport, ReportedSentence } from './report.ts';

/** How many of a page's sentences are held by what. */
export interface Tally {
  readonly sentences: number;
  readonly byBoth: number;
  /** A rule holds it, and it needs no example. */
  readonly byRuleAlone: number;
  readonly needNone: number;
}

export function tallyOf(sentences: readonly ReportedSentence[]): Tally {
  const needNone = sentences.filter((s) => s.needsNone !== undefined).length;
  const ruled = sentences.filter((s) => s.needsNone === undefined && s.rules.length > 0);
  return {
    sentences: sentences.length,
    byBoth: ruled.filter((s) => s.examples.length > 0).length,
    byRuleAlone: ruled.filter((s) => s.examples.length === 0 && s.needsNoExample !== undefined).length,
    needNone,
  };
}

/** Counts of each page, then the sentences without a rule or example, then those that need none and why. */
export function reportLines({ pages, findings }: LedgerReport): string[] {
  if (pages.length === 0) return ['The rulebook has no ledger: rules/ledger has no file.'];
  return [
    ...pages.flatMap(({ page, updated, elements }) => {
      const { sentences, byBoth, byRuleAlone, needNone } = tallyOf(elements.flatMap((element) => element.sentences));
      return [
        `${page}, updated ${updated}: ${sentences} sentences`,
        `  ${byBoth} with a rule and an example`,
        `  ${byRuleAlone} with a rule, where no example is needed`,
        `  ${needNone} that need neither`,
      ];
    }),
    '',
    'Without a rule or an example',
    ...(findings.length
      ? findings.map(({ file, pointer, message }) => `  ${file} ${pointer}\n    ${message}`)
      : ['  none']),
    '',
    'Sentences that need no rule or no example',
    ...pages.flatMap(({ elements }) => elements.flatMap(({ sentences }) => sentences.flatMap(reasonLines))),
  ];
}

function reasonLines({ id, about, needsNone, needsNoExample, sameAs }: ReportedSentence): string[] {
  const why = needsNone ?? needsNoExample;
  if (why === undefined) return [];
  return [
    `  ${id} (${about})${needsNone === undefined ? ', no example' : ''}: ${sameAs === undefined ? '' : `as ${sameAs}: `}${why}`,
  ];
}

/** What the page says otherwise than the ledger, each sentence with the SHA-256 that the ledger would have to hold. */
export function differenceLines({ same, changed, gone, new: fresh }: PageDifferences): string[] {
  const differs = changed.length + gone.length + fresh.length > 0;
  return [
    `The page: ${same} sentences unchanged, ${changed.length} changed, ${gone.length} missing, ${fresh.length} new`,
    ...changed.map(
      ({ before, now }) => `  changed  ${before.id} (${before.about}) now reads: ${now.text}\n           ${now.sha256}`,
    ),
    ...gone.map(({ id, about }) => `  gone     ${id} (${about})`),
    ...fresh.map(
      ({ after, now }) =>
        `  new      ${after === undefined ? 'at the start' : `after ${after}`}: ${now.text}\n           ${now.sha256}`,
    ),
    ...(differs ? ['  Read the changes, then change the rules and examples that cite them, then the ledger.'] : []),
  ];
}
