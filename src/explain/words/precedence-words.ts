/** By what one record comes before another. */
import type { SourceRecord } from '#records/record';
import type { Order } from '#rulebook/tree/nodes';
import { columnName, columnOf, expressionWords, type Glossary } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { RecordView } from '../record-view.ts';
import type { Statement } from './statement.ts';
import { inWords } from './values-in-words.ts';

type ByValue = Extract<Order, { kind: 'greatest' | 'least' }>;

export class PrecedenceWords {
  readonly #glossary: Glossary;
  readonly #view: RecordView;

  constructor({ glossary, view }: ConditionContext) {
    this.#glossary = glossary;
    this.#view = view;
  }

  /** That a record was loaded later than another. */
  loaded(entry: Extract<Order, { kind: 'loaded' }>, winner: SourceRecord): Statement {
    const head = `it was loaded ${entry.last ? 'later' : 'earlier'}`;
    return { head: () => head, owner: winner, reach: 2 };
  }

  /** That a column of a record has the greater value: "its Effective Start Date is 2023-08-15, later than …". */
  byValue({ kind, by }: ByValue, winner: SourceRecord, loser: SourceRecord): Statement {
    const of = (head: string, tail = ''): Statement => ({
      head: () => head,
      tail: () => tail,
      owner: winner,
      reach: 2,
    });
    if (by.kind !== 'column') return of(`its ${expressionWords(by, this.#glossary)} is the ${kind}`);
    const { schemas } = this.#glossary;
    const name = columnName(by.recordType, by.key, schemas);
    const isDay = (columnOf(by.recordType, by.key, schemas)?.type ?? 'DT') === 'DT';
    const [a, b] = [this.#view.value(winner, by.key), this.#view.value(loser, by.key)];
    if (a === undefined || b === undefined) return of(`its ${name} comes first`);
    const head = `its ${name} is ${inWords(a, isDay)}`;
    if (a === '' || b === '') return of(head, `, and that of the other is ${inWords(b, isDay)}`);
    const relation = RELATIONS[isDay ? 'day' : 'other'][kind];
    return of(head, `, ${relation} than ${inWords(b, isDay)}`);
  }
}

const RELATIONS = {
  day: { greatest: 'later', least: 'earlier' },
  other: { greatest: 'greater', least: 'less' },
} as const;
