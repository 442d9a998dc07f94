/**
 * The check of a rulebook: what the loader refuses, and beyond that what can be used and still is a mistake. Pure:
 * texts in, findings out. `kinds.ts` lists what can be found.
 */

import { parseJson } from '#base/json';
import { addYears, parseDay, withDashes } from '#records/days';
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';
import type { SourceFile } from '#rulebook/load/declarations';
import { byPlace, type PlacedFinding, RulebookLoadError, verify } from '#rulebook/load/load';
import type { NamedVersion } from '#rulebook/load/namesakes';
import { hashOf, type RulebookTexts } from '#rulebook/load/texts';
import { askedForNotes } from './asked-for.ts';
import { codeNotes } from './codes.ts';
import { columnNotes } from './columns.ts';
import { conditionNotes } from './conditions.ts';
import { directoryNotes } from './directory.ts';
import { doubtNotes } from './doubts.ts';
import { exampleNotes } from './examples.ts';
import type { RuleFinding, Severity } from './finding.ts';
import { keptOutNotes } from './kept-out.ts';
import { labelNotes } from './label.ts';
import { nameNotes } from './names.ts';
import { type Note, note } from './note.ts';
import { nothingNotes } from './nothing.ts';
import { parameterNotes } from './parameters.ts';
import { publicationNotes } from './publication.ts';
import { referenceNotes } from './references.ts';
import { tableNotes } from './tables.ts';
import { RowsOfExamples } from './witness.ts';

export interface RulebookReport {
  /** SHA-256 of the rulebook. */
  readonly hash: string;
  /** Whether it can be loaded; if not, nothing beyond that was looked at. */
  readonly canBeUsed: boolean;
  /** How many findings there are of each severity. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** In order of file, line and column. */
  readonly findings: readonly RuleFinding[];
}

export interface CheckOptions {
  /**
   * The day, CCYYMMDD, on which it is asked whether files were compared with their source within a year; not asked when
   * absent.
   */
  readonly today?: string;
  /** Versions that people know by their names; whether this rulebook is called like one of them, and is another. */
  readonly versions?: readonly NamedVersion[];
  /** The rulebook before its edits: an edit that makes several examples fail is reported in their place. */
  readonly from?: Rulebook | undefined;
  /** Rows of the reference files in use where the rulebook is to take effect. */
  readonly references?: readonly SourceFile[];
}

/** Checks a rulebook, given as the texts of its files. Never throws for what stands in them. */
export function checkRulebook(texts: RulebookTexts, options: CheckOptions = {}): RulebookReport {
  try {
    return examineRulebook(verify(texts), texts, options);
  } catch (error) {
    if (!(error instanceof RulebookLoadError)) throw error;
    return refusalReport(hashOf(texts), error.findings);
  }
}

/** The report of a rulebook that the loader refuses, from what it found. */
export const refusalReport = (hash: string, findings: readonly PlacedFinding[]): RulebookReport =>
  reportOf(
    hash,
    false,
    findings.map((finding) => ({ severity: 'error', kind: 'cannot-be-used', ...finding })),
  );

/** The report of a rulebook that can be loaded. */
export function examineRulebook(
  rulebook: Rulebook,
  texts: RulebookTexts,
  { today, versions = [], from, references = [] }: CheckOptions = {},
): RulebookReport {
  const rows = new RowsOfExamples(rulebook);
  const notes = [
    ...conditionNotes(rulebook, rows),
    ...nameNotes(rulebook),
    ...columnNotes(rulebook),
    ...parameterNotes(rulebook, rows),
    ...tableNotes(rulebook, rows),
    ...askedForNotes(rulebook),
    ...directoryNotes(rulebook, rows, references),
    ...referenceNotes(rulebook, rows),
    ...nothingNotes(rulebook, rows),
    ...codeNotes(rulebook),
    ...doubtNotes(rulebook, rows),
    ...exampleNotes(rulebook, rows, from),
    ...keptOutNotes(rulebook),
    ...labelNotes(rulebook, versions),
    ...publicationNotes(rulebook),
    ...(today === undefined ? [] : notComparedSince(rulebook, today)),
  ];
  return reportOf(rulebook.hash, true, placed(withoutEchoes(notes), texts));
}

/** No example can reach a rule that never decides: that is said once. */
function withoutEchoes(notes: readonly Note[]): Note[] {
  const dead = new Set(
    notes.flatMap((n) =>
      n.kind === 'rule-never-decides' || (n.kind === 'condition-always-false' && n.severity === 'error')
        ? ruleOf(n)
        : [],
    ),
  );
  return notes.filter((n) => n.kind !== 'examples-miss-a-rule' || ruleOf(n).every((rule) => !dead.has(rule)));
}

const ruleOf = ({ file, pointer }: Note): string[] =>
  (/^\/rules\/\d+/.exec(pointer) ?? []).map((rule) => `${file} ${rule}`);

const reportOf = (hash: string, canBeUsed: boolean, findings: readonly RuleFinding[]): RulebookReport => {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  return {
    hash,
    canBeUsed,
    counts: { error: count('error'), warning: count('warning'), advice: count('advice') },
    findings: findings.map(shortened).toSorted(byPlace),
  };
};

/** A sentence that quotes a text of a file must not be as long as the file. */
const MOST_CHARACTERS = 800;
const shortened = (finding: RuleFinding): RuleFinding =>
  finding.message.length > MOST_CHARACTERS
    ? { ...finding, message: `${finding.message.slice(0, MOST_CHARACTERS)}…` }
    : finding;

function placed(notes: readonly Note[], texts: RulebookTexts): RuleFinding[] {
  const byFile = Map.groupBy(notes, ({ file }) => file);
  return [...byFile].flatMap(([file, ofFile]) => {
    const text = texts.find(({ path }) => path === file)?.text;
    const parsed = text === undefined ? undefined : parseJson(text);
    return ofFile.map(({ kind, severity, pointer, message, witness }): RuleFinding => {
      const { line, column } = parsed?.locate(pointer) ?? { line: 1, column: 1 };
      return { severity, kind, file, line, column, pointer, message, ...(witness && { witness }) };
    });
  });
}

function* notComparedSince({ files }: Rulebook, today: string): Generator<Note> {
  for (const { path, json } of files) {
    const grammar = grammarOf(path);
    if (grammar === undefined || !COMPARED.includes(grammar)) continue;
    const isWhole = grammar === 'rulebook';
    const { lastCompared } = isWhole ? (json as Compared) : (json as { source: Compared }).source;
    const place = isWhole ? '' : '/source';
    if (lastCompared === undefined) {
      yield note(
        'last-compared-old',
        { file: path, pointer: place },
        'no day says when somebody last compared it with its source; compare it and set "lastCompared"',
      );
      continue;
    }
    const day = parseDay(lastCompared);
    if (day !== undefined && addYears(day, 1) >= today) continue;
    yield note(
      'last-compared-old',
      { file: path, pointer: `${place}/lastCompared` },
      `last compared with its source on ${lastCompared}, which is more than a year before ${withDashes(today)}; compare it and set the day`,
    );
  }
}

interface Compared {
  /** A check may be without. */
  readonly lastCompared?: string;
}

const COMPARED: readonly string[] = ['rulebook', 'selection', 'field', 'laws', 'check'];
