/**
 * A student's kept lines as one text, with the forms that they have: for a store that keeps a row for each student. Most
 * often a student's lines have the forms of the layouts at hand, and are read where they are. Lines of other forms are
 * read as a block is.
 */
import type { Form } from './block/form.ts';
import { Block } from './block/read.ts';
import { type KeptRecord, writeBlock } from './block/write.ts';
import {
  type KeptHistory,
  keepLine,
  lineNumberOf,
  MARGIN_WIDTH,
  type PartialHistory,
  plainType,
  type ReadPlan,
  type SourceRecord,
  sourceOf,
  TextHistory,
  TextLines,
  type ValuesOfColumn,
} from './record.ts';

/** Records as they are kept. */
export interface PackedLines {
  /**
   * Numbers of the forms of the lines, with commas between them: one for each record type; behind `=` one for each line,
   * where lines of one record type have several.
   */
  readonly forms: string;
  /** Kept lines joined by LF, in the order of loading. */
  readonly body: string;
}

const BY_LINE = '=';

/**
 * Packs a student's records.
 * @param numberOf the number under which a form is kept
 */
export function packLines(records: readonly KeptRecord[], numberOf: (form: Form) => number): PackedLines {
  const byType = new Map<string, number>();
  let isByType = true;
  let body = '';
  for (const record of records) {
    const number = numberOf(record.form);
    const { recordType } = record.form;
    const known = byType.get(recordType);
    if (known === undefined) byType.set(recordType, number);
    else if (known !== number) isByType = false;
    body += `${body === '' ? '' : '\n'}${keepLine(record, record.fields.join('^'))}`;
  }
  const forms = isByType
    ? [...byType.values()].sort((a, b) => a - b).join()
    : BY_LINE + records.map(({ form }) => numberOf(form)).join();
  return { forms, body };
}

/** The numbers of forms that `PackedLines.forms` names. */
export const formNumbers = (forms: string): number[] =>
  (forms.startsWith(BY_LINE) ? forms.slice(1) : forms).split(',').map(Number);

/** The forms of a student's lines; one serves all students who have the same. */
export class LineForms {
  readonly #forms: readonly Form[];
  readonly #isByLine: boolean;
  #plan: ReadPlan | undefined;
  #isPlain = false;

  /**
   * @param forms as they were packed
   * @param formOf the form that is kept under a number
   */
  constructor(forms: string, formOf: (number: number) => Form) {
    this.#isByLine = forms.startsWith(BY_LINE);
    this.#forms = formNumbers(forms).map(formOf);
  }

  /** Whether every line has the form of the layout that a plan reads it with. */
  arePlainIn(plan: ReadPlan): boolean {
    if (this.#plan !== plan) {
      this.#plan = plan;
      this.#isPlain = this.#forms.every(({ recordType, columns }) => {
        const type = plan.typeIndex.get(recordType);
        const own = type === undefined ? undefined : plan.columns[type];
        return (
          typeof columns !== 'number' && own?.length === columns.length && own.every((key, i) => key === columns[i])
        );
      });
    }
    return this.#isPlain;
  }

  /** Whether a column stands in the same place in every line of its record type. */
  stand({ recordType, key, place }: ValuesOfColumn): boolean {
    return this.#forms.every((form) => form.recordType !== recordType || (form.columns as string[])[place] === key);
  }

  /** The form of a line. */
  of(index: number, recordType: string): Form {
    const form = this.#isByLine ? this.#forms[index] : this.#forms.find((one) => one.recordType === recordType);
    if (!form) throw new RangeError(`a kept line of type ${recordType} has no form`);
    return form;
  }
}

/** The history of a student whose lines were packed. */
export class FormedHistory implements KeptHistory {
  readonly ssid: string;
  readonly #forms: LineForms;
  readonly #plain: TextHistory;
  #block: KeptHistory | undefined;

  constructor(ssid: string, body: string, forms: LineForms) {
    this.ssid = ssid;
    this.#forms = forms;
    this.#plain = new TextHistory(ssid, body);
  }

  records(plan: ReadPlan): SourceRecord[] {
    return this.#readWith(plan).records(plan);
  }

  partly(plan: ReadPlan, first: number): PartialHistory {
    return this.#readWith(plan).partly(plan, first);
  }

  anyHas(wanted: ValuesOfColumn): boolean {
    return (this.#forms.stand(wanted) ? this.#plain : this.#inBlock()).anyHas(wanted);
  }

  body(): string {
    return this.#plain.body();
  }

  /** The records as they are written again. */
  toWrite(): KeptRecord[] {
    const body = this.body();
    if (body === '') return [];
    return body.split('\n').map((kept, i) => {
      const lines = new TextLines(kept);
      const fields = lines.fields(0);
      const [uploaded, lastUpdated] = lines.days(0);
      const form = this.#forms.of(i, plainType(fields[0] as string));
      return { form, source: sourceOf(kept), line: lineNumberOf(kept), uploaded, lastUpdated, fields };
    });
  }

  /** Reads all of it, so that any damage is found. */
  verify(): void {
    for (const { source, line, fields } of this.toWrite())
      if (Number.isNaN(source) || Number.isNaN(line) || fields.length === 0)
        throw new RangeError(`a kept line is shorter than ${MARGIN_WIDTH} characters`);
  }

  #readWith(plan: ReadPlan): KeptHistory {
    return this.#forms.arePlainIn(plan) ? this.#plain : this.#inBlock();
  }

  #inBlock(): KeptHistory {
    if (!this.#block) {
      const forms: Form[] = [];
      const numberOf = (form: Form): number => {
        const known = forms.indexOf(form);
        return known >= 0 ? known : forms.push(form) - 1;
      };
      const { hot } = writeBlock([{ ssid: this.ssid, changed: 0, records: this.toWrite() }], numberOf);
      const block = new Block(
        hot,
        () => null,
        (number) => forms[number],
        `the student ${this.ssid}`,
      );
      this.#block = block.history(0);
    }
    return this.#block;
  }
}
