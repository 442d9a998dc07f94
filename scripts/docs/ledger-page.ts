/**
 * docs/ledger.md: each sentence of the published pages with the rules and examples that hold it, from rules/ledger and
 * what cites it.
 */

import { tallyOf } from '#authoring/ledger/ledger-words';
import { type ReportedElement, type ReportedPage, type ReportedSentence, reportOf } from '#authoring/ledger/report';
import { type Block, heading, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Citation } from '#rulebook/load/citations';
import { generatedNote } from './note.ts';

export function ledgerPage(rulebook: Rulebook): string {
  const { pages, findings } = reportOf(rulebook);
  return asMarkdown([
    heading(1, 'The published page, sentence by sentence'),
    paragraph(generatedNote('rules/ledger and what cites it')),
    paragraph(
      'Every sentence of the page that the rules follow has an id, and so has every cell of its table that is not empty. Rules and examples name the ids of the sentences that they implement (`cites`; in parameters, `source`). This page does not repeat the published page: it describes each sentence in a few words, and the ledger has its SHA-256, so that `cenr rules ledger --page FILE` finds what changed on a newer page. `cenr rules ledger` lists the sentences that no rule or example covers; a sentence that needs none says why.',
    ),
    ...pages.flatMap(pageBlocks),
    heading(2, 'Without a rule or an example'),
    findings.length === 0
      ? paragraph('None.')
      : table(
          ['where', 'what'],
          findings.map(({ file, pointer, message }) => [`\`${file}\` ${pointer}`, message]),
        ),
  ]);
}

function pageBlocks({ file, page, updated, elements }: ReportedPage): Block[] {
  const { sentences, byBoth, byRuleAlone, needNone } = tallyOf(elements.flatMap((element) => element.sentences));
  return [
    heading(2, page),
    paragraph(
      `Updated ${updated}. Ledger: \`${file}\`. Of ${sentences} sentences ${byBoth} have a rule and an example, ${byRuleAlone} a rule where no example is needed, and ${needNone} need neither.`,
    ),
    ...elements.flatMap(elementBlocks),
  ];
}

function elementBlocks({ id, title, cited, sentences }: ReportedElement): Block[] {
  return [
    heading(3, id),
    paragraph(`${title}.${cited.length ? ` As a whole it is named by ${filesWords(cited)}.` : ''}`),
    table(['sentence', 'what it says', 'rules', 'examples'], sentences.map(sentenceCells)),
  ];
}

function sentenceCells({ id, about, rules, examples, needsNone, needsNoExample, sameAs }: ReportedSentence): string[] {
  const said = sameAs === undefined ? about : `${about} (as ${sameAs})`;
  const none = needsNone && `none: ${needsNone}`;
  return [
    id,
    said,
    none ?? (filesWords(rules) || '**missing**'),
    none ? '' : filesWords(examples) || (needsNoExample ? `none: ${needsNoExample}` : '**missing**'),
  ];
}

/** The files that cite, with the number of places where it is more than one. */
const filesWords = (citations: readonly Citation[]): string =>
  Array.from(
    Map.groupBy(citations, ({ file }) => file),
    ([file, places]) =>
      `\`${file.replace(/^rules\/(examples\/)?/, '')}\`${places.length > 1 ? ` (${places.length})` : ''}`,
  ).join(', ');
