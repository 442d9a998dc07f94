/** What is asked for: whose rows, and for which days (cenr.md sections 1 and 2). */
import { closest } from '#base/closest';
import { UserError } from '#base/user-error';
import { academicYearDays, academicYearOf, areConsecutiveYears, parseDay } from '#records/days';
import { type Code, codeSetOf, layoutOf, usualColumnSet } from '#records/layout';
import { ACADEMIC_YEAR_PARAMETER } from '#rulebook/calculations/academic-year';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import { parameterOn } from '#rulebook/tree/parameter-values';
import { requestColumns } from '#rulebook/tree/request-columns';

/**
 * An extract request as callers write it, days as CCYYMMDD or CCYY-MM-DD. Exactly one of `academicYear`, `asOf`, `from`
 * with `through`.
 */
export interface ExtractRequest {
  /** Reporting LEAs, or `'all'` for those entitled. */
  readonly reportingLEAs: readonly string[] | 'all';
  readonly academicYear?: string;
  readonly adjusted?: boolean;
  readonly asOf?: string;
  readonly from?: string;
  readonly through?: string;
  readonly schools?: readonly string[];
  readonly grades?: readonly string[];
  readonly statuses?: readonly string[];
}

/** Thrown for a request that cannot be understood; the message says what was found and what was expected. */
export class RequestError extends UserError {
  /** The key of the request at fault. */
  readonly key: string;
  constructor(key: string, message: string) {
    super(message);
    this.name = 'RequestError';
    this.key = key;
  }
}

/**
 * Refuses a request that cannot be met by any records: one that cannot be understood, or that names a code which its
 * code set does not have. Which column a list of the request chooses by is what the selection says.
 * @throws RequestError
 */
export function checkRequest(
  request: ExtractRequest,
  rulebook: Pick<Rulebook, 'declared' | 'extract' | 'schemas'>,
): void {
  requestFacts(request, rulebook);
  const { extract, schemas } = rulebook;
  const layout = layoutOf(schemas, schemas.output.copiesFrom);
  for (const [list, key] of requestColumns(extract.selection)) {
    const asked = request[list as keyof ExtractRequest];
    const column = layout?.columns.find((c) => c.key === key);
    const codeSet = column?.codeSet === undefined ? undefined : codeSetOf(schemas, column.codeSet);
    if (!column || !codeSet?.closed || !Array.isArray(asked)) continue;
    const codes = codeSet.codes.map(({ code }: Code) => code);
    const unknown = (asked as readonly string[]).find((code) => !codes.includes(code));
    if (unknown !== undefined)
      throw new RequestError(
        list,
        `found "${unknown}", which is not a code of ${column.name}.${closest(unknown, codes)} Expected ${codes.join(', ')}`,
      );
  }
}

/**
 * Works out what rules need to know of a request.
 * @throws RequestError
 */
export function requestFacts(request: ExtractRequest, rulebook: Pick<Rulebook, 'declared'>): RequestFacts {
  const kinds = [
    request.academicYear !== undefined,
    request.asOf !== undefined,
    request.from !== undefined || request.through !== undefined,
  ];
  if (kinds.filter(Boolean).length !== 1)
    throw new RequestError(
      'academicYear',
      'give exactly one of: an academic year, an as-of date, or a date range (from and through)',
    );
  if (request.adjusted && request.academicYear === undefined)
    throw new RequestError('adjusted', 'adjusted needs an academic year');
  if (request.reportingLEAs !== 'all' && request.reportingLEAs.length === 0)
    throw new RequestError('reportingLEAs', 'give at least one reporting LEA, or all');
  return {
    reportingLEAs: request.reportingLEAs === 'all' ? EVERY : request.reportingLEAs,
    schools: request.schools ?? [],
    grades: request.grades ?? [],
    statuses: request.statuses ?? [],
    adjusted: request.adjusted ?? false,
    academicYear: request.academicYear,
    ...windowOf(request, rulebook),
  };
}

/**
 * The reporting LEAs of a request for all: which LEAs there are is known neither in advance nor in full, so this list
 * holds whatever it is asked for. Both rule engines ask a list by `includes` or `indexOf`, whatever the operator. It
 * never leaves its thread: what a thread is given is the request, from which it works out facts of its own.
 */
class EveryLEA extends Array<string> {
  override includes(): boolean {
    return true;
  }
  override indexOf(): number {
    return 0;
  }
}
const EVERY: readonly string[] = new EveryLEA('all');

/** The closed interval of days of a request, CCYYMMDD. */
function windowOf(request: ExtractRequest, rulebook: Pick<Rulebook, 'declared'>): { from: string; through: string } {
  const day = (key: 'asOf' | 'from' | 'through'): string => {
    const sent = request[key];
    const parsed = sent === undefined ? undefined : parseDay(sent);
    if (sent === undefined) throw new RequestError(key, `a date range needs both days, but "${key}" is missing`);
    if (parsed === undefined)
      throw new RequestError(key, `found "${sent}", expected a real date, written CCYYMMDD or CCYY-MM-DD`);
    return parsed;
  };
  if (request.academicYear !== undefined) {
    if (!areConsecutiveYears(request.academicYear))
      throw new RequestError(
        'academicYear',
        `found "${request.academicYear}", expected two consecutive years, such as 2023-2024.${nearestYear(request.academicYear)}`,
      );
    const { start, end } = academicYearDays(request.academicYear, academicYearFirstDay(rulebook));
    return { from: start, through: end };
  }
  if (request.asOf !== undefined) return { from: day('asOf'), through: day('asOf') };
  const [from, through] = [day('from'), day('through')];
  if (through < from) throw new RequestError('through', `the range ends on ${through}, before it starts on ${from}`);
  return { from, through };
}

/**
 * The column set of an extract for which none is asked: that of the academic year in which its days end.
 * @throws RequestError
 */
export const columnSetFor = (request: ExtractRequest, rulebook: Pick<Rulebook, 'declared' | 'schemas'>): string =>
  usualColumnSet(
    rulebook.schemas.output,
    academicYearOf(requestFacts(request, rulebook).through, academicYearFirstDay(rulebook)),
  );

/** The academic year that begins with the first year somebody wrote: `2023-24` and `2023` mean 2023-2024. */
function nearestYear(text: string): string {
  const years = [...text.slice(0, 40).matchAll(/\d{4}/g)].map(([year]) => Number(year));
  if (years.length === 0) return '';
  const first = Math.min(...years);
  return ` Did you mean "${String(first).padStart(4, '0')}-${String(first + 1).padStart(4, '0')}"?`;
}

/** Month and day on which academic years begin, `MMDD`. */
export function academicYearFirstDay(rulebook: Pick<Rulebook, 'declared'>): string {
  const parameter = rulebook.declared.parameters.get(ACADEMIC_YEAR_PARAMETER);
  return String(parameter && parameterOn(parameter.json, '')).replace('-', '');
}
