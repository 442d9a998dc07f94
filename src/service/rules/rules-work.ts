/**
 * Work on rules that takes seconds: the check of a draft, and an impact report. Here it is done; rules-threads.ts has
 * it done in threads.
 */
import { writeFile } from 'node:fs/promises';
import { checkRulebook } from '#authoring/check/check';
import type { RuleFinding, Severity } from '#authoring/check/finding';
import { type FailingEdit, failedByEdit } from '#authoring/examples/edits';
import { expectedNow, type FailedExample } from '#authoring/examples/expected-now';
import { runExamples } from '#authoring/examples/run';
import { type Fate, mutantsOfChanges } from '#authoring/mutants/mutation';
import { type ExtractRequest, RequestError } from '#extract/request';
import { impactFromStore } from '#pipeline/impact';
import { coversYear, newestYearWithRows } from '#pipeline/newest-year';
import type { ImpactNumbers } from '#publishing/impact-numbers';
import { assemble, type Rulebook, type RulebookSource } from '#rulebook/load/assemble';
import type { SourceFile } from '#rulebook/load/declarations';
import { RulebookLoadError, verify } from '#rulebook/load/load';
import type { NamedVersion } from '#rulebook/load/namesakes';
import type { RulebookTexts } from '#rulebook/load/texts';

/** What the check of a draft found. Lists are cut: a broken file may have any number of mistakes. */
export interface CheckOutcome {
  /** Of the files that were checked. */
  readonly hash: string;
  readonly canBeUsed: boolean;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly findings: readonly RuleFinding[];
  readonly moreFindings: number;
  readonly examples: {
    readonly run: number;
    readonly failed: readonly FailedExample[];
    readonly moreFailed: number;
    /** Edits that make several of them fail, when it is known what was edited. */
    readonly edits?: readonly FailingEdit[];
  };
  /** Small mistakes made in what was edited, and whether examples notice: when it is known, and no example fails. */
  readonly mutants?: {
    readonly noticed: number;
    readonly equivalent: number;
    /** Those that no example notices. */
    readonly survived: readonly {
      readonly of: string;
      readonly file: string;
      readonly pointer: string;
      readonly says: string;
    }[];
    /** Left when the time was over. */
    readonly notTried: number;
  };
}

/** So many milliseconds of processor time are spent on mutants of a draft. */
const MUTANTS_MS = 15_000;

const MOST_LISTED = 500;
/** A key of a million characters is quoted as found. */
const MOST_WORDS = 1_000;

const cut = (text: string): string => (text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text);

/**
 * Checks files and runs their examples.
 * @param today CCYYMMDD
 * @param versions that people know by their names
 * @param before the texts that were edited, when they are known
 * @param references rows of the reference files in use
 */
export function checkTexts(
  texts: RulebookTexts,
  today: string,
  versions: readonly NamedVersion[] = [],
  before?: RulebookTexts,
  references: readonly SourceFile[] = [],
): CheckOutcome {
  const from = before && usable(before);
  const { hash, canBeUsed, counts, findings } = checkRulebook(texts, { today, versions, from, references });
  const rulebook = canBeUsed ? verify(texts) : undefined;
  const results = rulebook ? runExamples(rulebook) : [];
  const failed = results.filter(({ passed }) => !passed);
  const isEdited = from !== undefined && rulebook !== undefined && from.hash !== hash;
  const edits = isEdited ? failedByEdit(from, rulebook, results).edits : [];
  return {
    hash,
    canBeUsed,
    counts,
    findings: findings
      .slice(0, MOST_LISTED)
      .map((finding) => ({ ...finding, pointer: cut(finding.pointer), message: cut(finding.message) })),
    moreFindings: Math.max(0, findings.length - MOST_LISTED),
    examples: {
      run: results.length,
      failed: rulebook ? expectedNow(rulebook, failed.slice(0, MOST_LISTED)) : [],
      moreFailed: Math.max(0, failed.length - MOST_LISTED),
      ...(edits.length > 0 && { edits }),
    },
    ...(isEdited && failed.length === 0 && { mutants: mutantsTold(from, rulebook) }),
  };
}

function mutantsTold(from: Rulebook, to: Rulebook): NonNullable<CheckOutcome['mutants']> {
  const begun = process.threadCpuUsage();
  const isTimeLeft = (): boolean => {
    const { user, system } = process.threadCpuUsage(begun);
    return (user + system) / 1_000 < MUTANTS_MS;
  };
  const { tried, notTried } = mutantsOfChanges(from, to, isTimeLeft);
  const of = (fate: Fate) => tried.filter((one) => one.fate === fate);
  return {
    noticed: of('caught').length,
    equivalent: of('equivalent').length,
    survived: of('survived')
      .slice(0, MOST_LISTED)
      .map(({ mutant: { of: subject, file, pointer, says } }) => ({ of: subject, file, pointer, says: cut(says) })),
    notTried,
  };
}

/** A rulebook; `undefined` for texts that cannot be loaded. */
function usable(texts: RulebookTexts): Rulebook | undefined {
  try {
    return verify(texts);
  } catch (error) {
    if (error instanceof RulebookLoadError) return undefined;
    throw error;
  }
}

export interface ImpactFiles {
  /** The report, as JSON. */
  readonly report: string;
  /** The full list of changes, as NDJSON. */
  readonly changes: string;
}

/** What an impact report is made from. */
export interface ImpactWork {
  readonly storeDir: string;
  readonly from: RulebookSource;
  /** Files of the draft; nothing vouches for them yet. */
  readonly to: RulebookTexts;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly snapshot: number;
  readonly files: ImpactFiles;
}

export interface MadeImpact {
  /** How many values differ, including rows that appear or disappear. */
  readonly changed: number;
  readonly numbers: ImpactNumbers;
}

/**
 * Makes the files of an impact report; the report appears last.
 * @param workers threads; 0 works in the calling one
 * @throws RequestError for files of a draft that cannot be loaded; as `impactFromStore`
 */
export async function makeImpact(
  { files, from, to, ...work }: ImpactWork,
  how: {
    readonly signal: AbortSignal;
    readonly onProgress: (fraction: number) => void;
    readonly workers?: number | undefined;
  },
): Promise<MadeImpact> {
  const [before, now] = [assemble(from), rulesOf(to)];
  const report = await impactFromStore({
    ...work,
    ...how,
    from: before,
    to: now,
    out: { to: files.changes, format: 'ndjson' },
  });
  const rowKey = [...new Set([before, now].flatMap(({ extract }) => extract.selection.json.onePer))];
  await writeFile(files.report, JSON.stringify({ ...report, rowKey }), { mode: 0o600 });
  const { any: hasRows, appeared, disappeared, changed } = report.rows;
  const { students, values, records } = report;
  const { storeDir, snapshot, runDate, request } = work;
  const newestYear = await newestYearWithRows({ storeDir, snapshot, rulebook: before, runDate, signal: how.signal });
  return {
    changed: values + appeared + disappeared,
    numbers: {
      ...{ students, hasRows, values, changed, appeared, disappeared },
      ...(records && { rejected: records.rejected }),
      ...(newestYear !== undefined && { newestYear }),
      coversNewestYear: newestYear !== undefined && coversYear(request, newestYear, before),
    },
  };
}

/** To whoever asked for a report, a draft that cannot be loaded is a fault of the request. */
function rulesOf(draft: RulebookTexts): Rulebook {
  try {
    return verify(draft);
  } catch (error) {
    throw error instanceof RulebookLoadError ? new RequestError('draft', error.message) : error;
  }
}
