/**
 * The newest academic year that has rows of its own: what an impact report has to be about to count for an approval. An
 * enrollment that is still open has a row in every year to come; it belongs to the year in which it starts.
 */
import { academicYearFirstDay, type ExtractRequest, requestFacts } from '#extract/request';
import { academicYearOf, addYears } from '#records/days';
import { historyOf, Slots } from '#records/record';
import { EVERYBODY } from '#records/scope';
import { compileExtract } from '#rulebook/compile/extract-program';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/open';

/** Enrollments of the next year may be there already; of more years than these nobody asks. */
const YEARS_AHEAD = 1;
const YEARS_BACK = 40;
const WHOLE = { reportingLEAs: 'all' } as const;

export interface NewestYearOptions {
  readonly storeDir: string;
  readonly snapshot?: number | undefined;
  readonly rulebook: Rulebook;
  /** CCYYMMDD; the year after its academic year is the newest that is looked for. */
  readonly runDate: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at every student of the store until one has a row in the newest year there can be.
 * @returns `CCYY-CCYY`; `undefined` when nobody has a row
 * @throws the signal's reason when it is aborted
 */
export async function newestYearWithRows(options: NewestYearOptions): Promise<string | undefined> {
  const { storeDir, snapshot, rulebook, runDate, signal } = options;
  const { extract, schemas } = rulebook;
  const slots = new Slots(schemas.layouts);
  const program = compileExtract(extract, schemas, { recording: false, slots, only: [] });
  const plan = slots.plan();
  const firstDay = academicYearFirstDay(rulebook);
  const years = Array.from({ length: YEARS_AHEAD + 1 + YEARS_BACK }, (_, back) => {
    const year = academicYearOf(addYears(runDate, YEARS_AHEAD - back), firstDay);
    const x = program.newEvaluation();
    program.begin(x, requestFacts({ ...WHOLE, academicYear: year, adjusted: true }, rulebook), runDate);
    return { year, x };
  });
  let newest = years.length;
  const store = await openHistories(storeDir, 'all', snapshot);
  try {
    for await (const histories of store.histories(EVERYBODY, { signal }))
      for (const kept of histories) {
        const history = program.selectsAlone
          ? kept.partly(plan, program.rowType)
          : historyOf(kept.ssid, kept.records(plan), plan);
        const found = years.slice(0, newest).findIndex(({ x }) => program.select(x, history).length > 0);
        if (found >= 0) newest = found;
        if (newest === 0) return years[0]?.year;
      }
  } finally {
    store.close();
  }
  return years[newest]?.year;
}

/** Whether a request is about the whole of a year, with nobody of it left out but by LEA. */
export function coversYear(request: ExtractRequest, year: string, rulebook: Rulebook): boolean {
  const asked = requestFacts(request, rulebook);
  const whole = requestFacts({ ...WHOLE, academicYear: year }, rulebook);
  const chosen = [asked.schools, asked.grades, asked.statuses].some((list) => list.length > 0);
  return !chosen && !asked.adjusted && asked.from <= whole.from && asked.through >= whole.through;
}
