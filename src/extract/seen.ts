/**
 * Where the enrollments are that an extract looked at, whether they became rows or not: what its warnings are made of
 * when it is empty or asks for what nobody sent.
 */
import { countPassedOver, type History } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { ExtractProgram } from '#rulebook/compile/extract-program';

/** Plain data, so that threads can hand it over. */
export interface Seen {
  /** LEAs of all enrollments, those that the request does not name included. */
  readonly leas: Set<string>;
  // Of enrollments at the LEAs of the request:
  readonly schools: Set<string>;
  /** The earliest day on which one starts or ends, CCYYMMDD; `''` when there is none. */
  first: string;
  /** The latest such day. */
  last: string;
  /** Of all students: records of types that the rules do not know, by type. */
  readonly passedOver: Record<string, number>;
}

export const nothingSeen = (): Seen => ({ leas: new Set(), schools: new Set(), first: '', last: '', passedOver: {} });

export function addSeen(to: Seen, { leas, schools, first, last, passedOver }: Seen): void {
  for (const [type, count] of Object.entries(passedOver)) to.passedOver[type] = (to.passedOver[type] ?? 0) + count;
  for (const lea of leas) to.leas.add(lea);
  for (const school of schools) to.schools.add(school);
  for (const day of [first, last]) addDay(to, day);
}

function addDay(to: Seen, day: string): void {
  if (day === '') return;
  if (to.first === '' || day < to.first) to.first = day;
  if (day > to.last) to.last = day;
}

/** Looks at student after student. */
export class Looked {
  readonly #program: Pick<ExtractProgram, 'rowType' | 'enrolledSlots'>;
  readonly #request: RequestFacts;
  readonly #lea: number | undefined;
  readonly #school: number | undefined;
  #seen = nothingSeen();

  constructor(program: Pick<ExtractProgram, 'rowType' | 'requestSlots' | 'enrolledSlots'>, request: RequestFacts) {
    this.#program = program;
    this.#request = request;
    this.#lea = program.requestSlots.get('reportingLEAs');
    // Which schools there are is asked only by those who ask for some.
    this.#school = request.schools.length > 0 ? program.requestSlots.get('schools') : undefined;
  }

  add({ byType, passedOver }: Pick<History, 'byType' | 'passedOver'>): void {
    if (passedOver) countPassedOver(this.#seen.passedOver, passedOver);
    const { rowType, enrolledSlots } = this.#program;
    for (const { values } of byType[rowType] ?? []) {
      const lea = this.#lea === undefined ? '' : (values[this.#lea] as string);
      this.#seen.leas.add(lea);
      if (!this.#request.reportingLEAs.includes(lea)) continue;
      if (this.#school !== undefined) this.#seen.schools.add(values[this.#school] as string);
      for (const slot of enrolledSlots) addDay(this.#seen, values[slot] as string);
    }
  }

  take(): Seen {
    const seen = this.#seen;
    this.#seen = nothingSeen();
    return seen;
  }
}
