/**
 * Work on rules that takes seconds: the check of a draft, and an impact report. Here it is done; rules-threads.ts has
 * it done in threads.
 */
import { writeFile } from 'node:fs/promises';
import { checkRulebook } from '#authoring/check/check';
import type { RuleFinding, Severity } from '#authoring/check/finding';
import { type ExampleResult, runExamples } from '#authoring/examples/run';
import { type ExtractRequest, RequestError } from '#extract/request';
import { impactFromStore } from '#pipeline/impact';
import { coversYear, newestYearWithRows } from '#pipeline/newest-year';
import type { ImpactNumbers } from '#publishing/impact-numbers';
import { assemble, type Rulebook, type RulebookSource } from '#rulebook/load/assemble';
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
  readonly examples: { readonly run: number; readonly failed: readonly ExampleResult[]; readonly moreFailed: number };
}

const MOST_LISTED = 500;
/** A key of a million characters is quoted as found. */
const MOST_WORDS = 1_000;

const cut = (text: string): string => (text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text);

/**
 * Checks files and runs their examples.
 * @param today CCYYMMDD
 * @param versions that people know by their names
 */
export function checkTexts(texts: RulebookTexts, today: string, versions: readonly NamedVersion[] = []): CheckOutcome {
  const { hash, canBeUsed, counts, findings } = checkRulebook(texts, { today, versions });
  const results = canBeUsed ? runExamples(verify(texts)) : [];
  const failed = results.filter(({ passed }) => !passed);
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
      failed: failed.slice(0, MOST_LISTED),
      moreFailed: Math.max(0, failed.length - MOST_LISTED),
    },
  };
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
