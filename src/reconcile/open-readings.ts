/**
 * What the rules leave open, and what may be meant instead: the choices of parameters with a reading, the codes of a
 * list that the file has, the texts that the file writes. No alternative names a student: a text counts only where the
 * file writes it in most rows of many.
 */
import { series } from '#base/text';
import type { ExtractRequest } from '#extract/request';
import { codeSetOf, layoutOf, type OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson, ParameterValue } from '#rulebook/load/declarations';
import { parametersIn, partsOf } from '#rulebook/tree/walk';
import type { Rows } from './views.ts';
import { otherChoices, type ParameterValues } from './with-parameters.ts';

/** One way to read what is open. */
export interface Alternative {
  /** As people are shown it. */
  readonly value: string;
  /** Of parameters; none for what is in effect. */
  readonly values: ParameterValues;
  /** Instead of the request of one of the files. */
  readonly request?: { readonly file: number; readonly request: ExtractRequest };
}

/** Something that is open. */
export interface OpenReading {
  /** The name of the parameter, or what is open besides. */
  readonly name: string;
  readonly says: string;
  /** What is in effect first. */
  readonly alternatives: readonly [Alternative, ...Alternative[]];
}

/** Values of a parameter as people are shown them. */
function valuesShown({ values }: Pick<ParameterJson, 'values'>): string {
  const days = ({ from, through }: ParameterValue): string =>
    `${from === undefined ? '' : ` from ${from}`}${through === undefined ? '' : ` through ${through}`}`;
  return values.length === 0 ? 'none' : series(values.map((one) => `${one.value}${days(one)}`));
}

/** Every parameter with choices and a reading. */
export function openChoices(rulebook: Rulebook): OpenReading[] {
  const byName = Map.groupBy(otherChoices(rulebook), ({ name }) => name);
  return [...byName].map(([name, others]): OpenReading => {
    const json = rulebook.declared.parameters.get(name)?.json as ParameterJson;
    return {
      ...{ name, says: json.says },
      alternatives: [
        { value: valuesShown(json), values: new Map() },
        ...others.map(({ value }) => ({ value, values: new Map([[name, [{ value }]]]) })),
      ],
    };
  });
}

/** A text that stands in fewer rows than this, or in a smaller part of them, is none of the rules. */
const FEWEST_ROWS = 10;
const MOST_OF_THEM = 0.8;
/** So many texts of theirs are told apart for one of ours; more are no labels. */
const MOST_TEXTS = 100;
/** A label may have digits, but none may be an SSID. */
const LIKE_AN_SSID = /\d{10}/;

/** Learns from rows of both sides what the file writes instead, and which codes it has. */
export class SeenValues {
  readonly #rulebook: Rulebook;
  /** Columns whose rules write texts of parameters, with these parameters. */
  readonly #written: readonly { readonly column: OutputColumn; readonly parameters: readonly ParameterJson[] }[];
  /** Lists of codes that are open, with the columns of theirs that have such codes. */
  readonly #lists: readonly { readonly parameter: ParameterJson; readonly columns: readonly OutputColumn[] }[];
  readonly #texts = new Map<string, Map<string, Map<string, number>>>();
  readonly #codes = new Map<string, Set<string>>();

  /** @param columns those that both sides have */
  constructor(rulebook: Rulebook, columns: readonly OutputColumn[]) {
    this.#rulebook = rulebook;
    const { extract, declared, schemas } = rulebook;
    const copied = layoutOf(schemas, schemas.output.copiesFrom)?.columns ?? [];
    this.#written = columns.flatMap((column) => {
      const field = extract.fields.find(({ number }) => column.rule === true && number === column.no);
      const parameters = field ? parametersIn(partsOf(field)).filter(isText) : [];
      return parameters.length > 0 ? [{ column, parameters }] : [];
    });
    this.#lists = [...declared.parameters.values()].flatMap(({ json }) => {
      if (json.type !== 'list' || json.codeSet === undefined || json.reading === undefined) return [];
      const own = columns.filter(({ copyOf }) =>
        copied.some(({ key, codeSet }) => key === copyOf && codeSet === json.codeSet),
      );
      return own.length > 0 ? [{ parameter: json, columns: own }] : [];
    });
  }

  add(theirs: Rows, ours: Rows): void {
    for (const [row, values] of theirs) {
      for (const { parameter, columns } of this.#lists)
        for (const { key } of columns) {
          const codes = this.#codes.get(parameter.name) ?? new Set();
          this.#codes.set(parameter.name, codes.add(values[key] ?? ''));
        }
      const own = ours.get(row);
      if (!own) continue;
      for (const { column } of this.#written) {
        const [text, written] = [own[column.key] ?? '', values[column.key] ?? ''];
        const byText = this.#texts.get(column.key) ?? new Map<string, Map<string, number>>();
        const counts = byText.get(text) ?? new Map<string, number>();
        if (counts.has(written) || counts.size < MOST_TEXTS) counts.set(written, (counts.get(written) ?? 0) + 1);
        this.#texts.set(column.key, byText.set(text, counts));
      }
    }
  }

  /** What is open by what was seen. */
  open(): OpenReading[] {
    return [...this.#openLists(), ...this.#openTexts()];
  }

  /** Of a list of codes: those that their file has, where it has not all of them. */
  *#openLists(): Generator<OpenReading> {
    for (const { parameter } of this.#lists) {
      const known = codeSetOf(this.#rulebook.schemas, parameter.codeSet as string);
      const codes = known?.codes.map(({ code }) => code) ?? [];
      const seen = codes.filter((code) => this.#codes.get(parameter.name)?.has(code));
      const now = parameter.values.map(({ value }) => value);
      if (seen.length === 0 || seen.length === codes.length || seen.join() === now.join()) continue;
      const values = new Map([[parameter.name, seen.map((value) => ({ value }))]]);
      yield {
        ...{ name: parameter.name, says: parameter.says },
        alternatives: [
          { value: valuesShown(parameter), values: new Map() },
          { value: series(seen), values },
        ],
      };
    }
  }

  /** Of texts that rules write: those that their file has in their place. */
  *#openTexts(): Generator<OpenReading> {
    for (const { column, parameters } of this.#written) {
      const values = new Map<string, readonly ParameterValue[]>();
      const told = new Map<string, string>();
      for (const parameter of parameters) {
        const others = this.#otherTexts(column.key, parameter);
        if (others.every(({ value }, i) => value === parameter.values[i]?.value)) continue;
        values.set(parameter.name, others);
        for (const [i, { value }] of others.entries()) told.set(String(parameter.values[i]?.value), String(value));
      }
      if (values.size === 0) continue;
      const quoted = (text: string): string => (text === '' ? 'blank' : `"${text}"`);
      const changes = [...told].filter(([text, other]) => text !== other);
      yield {
        name: `texts of field ${column.no}`,
        says: `what ${column.name} is written as (${series([...values.keys()])})`,
        alternatives: [
          { value: series(changes.map(([text]) => quoted(text))), values: new Map() },
          { value: series(changes.map(([, other]) => quoted(other))), values },
        ],
      };
    }
  }

  /** What their file has where the rules write the texts of a parameter: of a table the keys, or other texts. */
  #otherTexts(column: string, { values }: ParameterJson): readonly ParameterValue[] {
    const keys = new Set(values.flatMap(({ key }) => key ?? []));
    const mostOften = values.map((one) => this.#mostOften(column, one));
    if (mostOften.some((most) => keys.has(most?.text ?? '')))
      return values.map((one) => ({ ...one, value: one.key ?? one.value }));
    return values.map((one, i) => {
      const most = mostOften[i];
      return most?.isOfMany && !LIKE_AN_SSID.test(most.text) ? { ...one, value: most.text } : one;
    });
  }

  #mostOften(column: string, { value }: ParameterValue): { text: string; isOfMany: boolean } | undefined {
    const counts = [...(this.#texts.get(column)?.get(String(value)) ?? [])].sort(([, a], [, b]) => b - a);
    const all = counts.reduce((sum, [, n]) => sum + n, 0);
    return counts[0] && { text: counts[0][0], isOfMany: all >= FEWEST_ROWS && counts[0][1] >= all * MOST_OF_THEM };
  }
}

/** Whether rules can write the texts of a parameter: its values are no codes to be looked for. */
const isText = ({ type, ...parameter }: ParameterJson): boolean =>
  (type === 'text' && !('codeSet' in parameter)) || type === 'table';
