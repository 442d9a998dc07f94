/** What a calibration came to, as data and as lines for a person: readings, counts and requests; no name, no SSID. */
import { grouped, series } from '#base/text';
import type { ExtractRequest } from '#extract/request';
import { withDashes } from '#records/days';
import { type Combination, type Evidence, isRuledOut } from './calibration.ts';
import { requestWords } from './cause-words.ts';
import type { OpenReading } from './open-readings.ts';
import type { TheirFacts } from './their-rows.ts';
import type { ParameterValues } from './with-parameters.ts';

/** A file as it was calibrated with. */
interface TakenFile {
  readonly facts: TheirFacts;
  readonly request: ExtractRequest;
  readonly runDate: string;
  readonly usualColumns: string;
  readonly same: { readonly shipped: number; readonly best: number };
}

export interface CalibrationOutcome {
  readonly files: readonly TakenFile[];
  readonly open: readonly OpenReading[];
  readonly best: Combination;
  readonly evidence: readonly (readonly Evidence[])[];
  readonly rows: number;
}

/** An alternative that was not found, and what rows say of it. */
interface WeighedAlternative extends Evidence {
  readonly value: string;
  /** Rows of which it makes nothing more or less as in the file. */
  readonly cannotDecide: number;
  readonly ruledOut: boolean;
}

/** A reading with what was found. */
export interface FoundReading {
  readonly reading: string;
  readonly says: string;
  readonly found: string;
  /** Whether it is not the one in effect. */
  readonly isOther: boolean;
  /** `decided`: rows rule out every other alternative; `noRowTells`: no row is another one under another alternative. */
  readonly verdict: 'decided' | 'open' | 'noRowTells';
  readonly others: readonly WeighedAlternative[];
}

/** Every open reading, with what was found. */
export function foundReadings({ open, best, evidence, rows }: CalibrationOutcome): FoundReading[] {
  return open.map(({ name, says, alternatives }, i): FoundReading => {
    const taken = best[i] as number;
    const others = alternatives.flatMap(({ value }, n): WeighedAlternative[] => {
      const weighed = evidence[i]?.[n];
      if (n === taken || !weighed) return [];
      // Rows that only we have decide too, and are not among those of the file.
      const cannotDecide = Math.max(0, rows - weighed.for - weighed.against);
      return [{ value, ...weighed, cannotDecide, ruledOut: isRuledOut(weighed) }];
    });
    const tells = others.some((other) => other.for + other.against > 0);
    return {
      ...{ reading: name, says, found: alternatives[taken]?.value ?? '', isOther: taken !== 0 },
      verdict: !tells ? 'noRowTells' : others.every(({ ruledOut }) => ruledOut) ? 'decided' : 'open',
      others,
    };
  });
}

/** The calibration as data. */
export const calibrationReport = (outcome: CalibrationOutcome) => ({
  files: outcome.files.map(({ facts, request, runDate, usualColumns, same }, i) => ({
    file: i + 1,
    columns: facts.form?.columns.length ?? 0,
    form: facts.form?.says ?? '',
    usualColumns,
    request: requestWords(request),
    runDate: withDashes(runDate),
    rows: facts.read,
    unreadable: facts.unreadable,
    reproduced: { asTheRulesAre: same.shipped, asFound: same.best },
  })),
  readings: foundReadings(outcome),
});

const VERDICTS: Readonly<Record<FoundReading['verdict'], string>> = {
  decided: 'Decided by evidence',
  open: 'Not decided: too few rows speak, or they speak for several',
  noRowTells: 'No row of these files tells one from the other',
};

/** The calibration for a person. */
export function calibrationLines(outcome: CalibrationOutcome): string[] {
  const { files, readings } = calibrationReport(outcome);
  const lines = files.flatMap((file) => [
    `file ${file.file}        ${file.columns} columns: ${file.form}; ${file.usualColumns} are usual for the request`,
    `  request     ${file.request}, run date ${file.runDate}`,
    `  rows        ${grouped(file.rows)}, ${grouped(file.unreadable)} of them unreadable`,
    `  reproduced  ${grouped(file.reproduced.asTheRulesAre)} as the rules are, ${grouped(file.reproduced.asFound)} under what was found`,
  ]);
  for (const verdict of Object.keys(VERDICTS) as FoundReading['verdict'][]) {
    const own = readings.filter((reading) => reading.verdict === verdict);
    if (own.length > 0) lines.push('', VERDICTS[verdict], ...own.flatMap(readingLines));
  }
  return lines;
}

function readingLines({ reading, says, found, isOther, verdict, others }: FoundReading): string[] {
  const head = `  ${reading} (${says}): ${found}${isOther ? ', which is not the one in effect' : ''}`;
  if (verdict === 'noRowTells') return [`${head}, or ${series(others.map(({ value }) => value))}`];
  return [
    head,
    ...others.map((other) => `    ${other.ruledOut ? 'rules out' : 'against'} ${other.value}: ${evidenceWords(other)}`),
  ];
}

const evidenceWords = ({ for: speak, against, cannotDecide }: WeighedAlternative): string =>
  `${grouped(speak)} ${speak === 1 ? 'row' : 'rows'} for it, ${grouped(against)} against, ${grouped(cannotDecide)} cannot decide`;

/** A reading to change in the rules, and why. */
export interface DecidedChange {
  readonly reading: string;
  readonly values: ParameterValues;
  readonly reason: string;
}

/** What evidence decided against the rules as they are. */
export function decidedChanges(outcome: CalibrationOutcome): DecidedChange[] {
  const files = outcome.files.length === 1 ? 'one file' : `${outcome.files.length} files`;
  return foundReadings(outcome).flatMap((found, i): DecidedChange[] => {
    const values = outcome.open[i]?.alternatives[outcome.best[i] ?? 0]?.values;
    if (found.verdict !== 'decided' || !found.isOther || !values || values.size === 0) return [];
    const against = found.others.map((other) => `against ${other.value} ${evidenceWords(other)}`);
    return [
      {
        reading: found.reading,
        values,
        reason: `Decided by ${files} of the state: ${found.found}; ${against.join('; ')}.`,
      },
    ];
  });
}
