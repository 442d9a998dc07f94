/**
 * What is behind a value of a field: every rule that gives it and holds, whether or not an earlier one decides; of a
 * rule that asks whether there is a record, the codes of each record that it finds. The trace knows the first alone.
 */
import { UserError } from '#base/user-error';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { codeSetOf, type Layout, layoutOf } from '#records/layout';
import { historyOf, type KeptHistory, type SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Field, LookNode, Rule } from '#rulebook/tree/nodes';
import { looksIn, nodesIn } from '#rulebook/tree/walk';
import { compileForExplanations, Inspector } from './inspector.ts';
import { columnValue } from './what-would-change/edits.ts';

/** A rule that holds, and the codes of a record that it rests on; none for a rule that asks for no such record. */
export interface Ground {
  readonly rule: string;
  readonly codes: readonly string[];
  /** What the codes mean, where code sets say it. */
  readonly meanings: readonly string[];
}

/** A row with the value, and what is behind it, each once. */
export interface RowGrounds {
  readonly enrollment: SourceRecord;
  readonly grounds: readonly Ground[];
}

/** A look whose records are told by codes, and the columns that hold them. */
interface ToldLook {
  readonly look: LookNode;
  readonly layout: Layout;
  readonly keys: readonly string[];
}

/** A value of a field that more than one rule gives. */
export interface ManyGrounds {
  readonly field: string;
  readonly name: string;
  readonly value: string;
}

/** The values of derived fields that may have more than one ground, in the order of their fields. */
export function valuesWithGrounds({ extract }: Rulebook): ManyGrounds[] {
  const found = extract.fields.flatMap(({ number, json, rules }): ManyGrounds[] => {
    const given = rules.flatMap(({ condition, value }) =>
      condition && value.kind === 'literal' ? [String(value.value ?? '')] : [],
    );
    const often = new Set(given.filter((value, i) => given.indexOf(value) !== i));
    return [...often].map((value) => ({ field: number, name: json.name, value }));
  });
  return found.sort((a, b) => (a.field < b.field ? -1 : 1));
}

/** @throws UserError when there is no derived field with this number */
export function derivedField<F extends { readonly number: string }>(fields: readonly F[], no: string): F {
  const field = fields.find(({ number }) => number === no);
  if (field) return field;
  const known = fields.map(({ number }) => number).sort();
  throw new UserError(`there is no derived field "${no}"; the rules have ${known.join(', ')}`);
}

/** Finds what is behind one value of one field, for one student after the other. */
export class GroundsFinder {
  readonly inspector: Inspector;
  readonly #field: Field;
  readonly #value: string;
  readonly #looks = new Map<Rule, readonly ToldLook[]>();

  /**
   * @param no the number of a derived field
   * @throws UserError when there is no such field; RequestError
   */
  constructor(rulebook: Rulebook, request: ExtractRequest, runDate: string, no: string, value: string) {
    this.inspector = new Inspector(compileForExplanations(rulebook), requestFacts(request, rulebook), runDate);
    const field = derivedField(this.inspector.fields, no);
    this.#field = field;
    this.#value = value;
    for (const rule of field.rules) this.#looks.set(rule, rule.condition ? toldLooks(rulebook, rule) : []);
  }

  /** The rows of a student that have the value. */
  *of(kept: KeptHistory): Generator<RowGrounds> {
    const { inspector } = this;
    const { plan } = inspector.compiled;
    for (const enrollment of inspector.select(historyOf(kept.ssid, kept.records(plan), plan))) {
      inspector.evaluate(enrollment);
      const { value, decided } = inspector.field(this.#field.number);
      if (value === this.#value) yield { enrollment, grounds: this.#grounds(decided) };
    }
  }

  #grounds(decided: number): Ground[] {
    const { inspector } = this;
    const found = new Map<string, Ground>();
    for (const [i, rule] of this.#field.rules.entries()) {
      // What holds otherwise is behind a value only where nothing else is.
      const holds = rule.condition ? inspector.holds(rule.condition) : i === decided;
      if (!holds || String(inspector.value(rule.value) ?? '') !== this.#value) continue;
      const told = (this.#looks.get(rule) ?? []).flatMap((look) => this.#codes(look));
      for (const record of told.length > 0 ? told : [[]])
        found.set([rule.name, ...record.map(({ code }) => code)].join(' '), {
          rule: rule.name,
          codes: record.map(({ code }) => code),
          meanings: record.flatMap(({ meaning }) => meaning ?? []),
        });
    }
    return [...found.values()];
  }

  #codes({ look, layout, keys }: ToldLook): { readonly code: string; readonly meaning?: string | undefined }[][] {
    const { inspector } = this;
    const { plan } = inspector.compiled;
    const { where } = look;
    return inspector
      .candidates(look)
      .filter((record) => !where || inspector.withRecord(record, () => inspector.holds(where)))
      .map((record) =>
        keys.map((key) => {
          const code = columnValue(record, key, plan, layout);
          const codeSet = layout.columns.find((column) => column.key === key)?.codeSet;
          const codes =
            codeSet === undefined ? [] : (codeSetOf(inspector.compiled.rulebook.schemas, codeSet)?.codes ?? []);
          return { code, meaning: codes.find((each) => each.code === code)?.meaning };
        }),
      );
  }
}

/**
 * The looks of a rule that say whether there is a record, by the columns with codes that they ask of it. What an
 * enrollment has too, such as its school, says whose a record is, and not what it is.
 */
function toldLooks({ schemas }: Rulebook, { condition }: Rule): ToldLook[] {
  const own = layoutOf(schemas, schemas.output.copiesFrom)?.columns.map(({ key }) => key) ?? [];
  return looksIn(condition ? [condition] : []).flatMap((look): ToldLook[] => {
    const layout = layoutOf(schemas, look.from);
    if (!layout || !look.where || look.gives !== 'any') return [];
    const asked = nodesIn([look.where]).flatMap((node) =>
      node.kind === 'column' && node.record === 'record' ? [node.key] : [],
    );
    const keys = layout.columns.flatMap(({ key, codeSet }) =>
      codeSet !== undefined && asked.includes(key) && !own.includes(key) ? [key] : [],
    );
    return keys.length > 0 ? [{ look, layout, keys }] : [];
  });
}
