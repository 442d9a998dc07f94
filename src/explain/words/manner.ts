/** In what manner a sentence is told: how much of it, and by what names records are called. */
import type { SourceRecord } from '#records/record';
import { wordCount } from './values-in-words.ts';

/** What is said of a record to tell it from others, and what of a value. */
export interface Manner {
  /** A record as a noun; `noun` stands for its type: "the one of 2023-08-15 (LEA 1234567)". */
  readonly nameOf: (record: SourceRecord, noun?: string) => string;
  /** The record that is called "it" here. */
  readonly it?: SourceRecord | undefined;
  /** Whether codes and the values of parameters are explained. */
  readonly explains: boolean;
  /** Whether it is said what a value was compared with. */
  readonly compares: boolean;
  /** Whether it is said on which record a value stands. */
  readonly places: boolean;
}

/** Words that are put together when it is known in what manner. */
export type Words = (manner: Manner) => string;

/** How much is said. */
type Fullness = Pick<Manner, 'explains' | 'compares' | 'places'>;

export const FULL: Fullness = { explains: true, compares: true, places: true };
/** As much as may be left out without leaving out where a value stands, fullest first. */
export const WITH_PLACES: readonly Fullness[] = [
  FULL,
  { ...FULL, explains: false },
  { ...FULL, explains: false, compares: false },
];
/** As little as may be. */
export const WITHOUT_PLACES: readonly Fullness[] = [{ explains: false, compares: false, places: false }];

/** In which statements are told apart: everything, and no record by its name. */
export const PLAIN: Manner = {
  ...FULL,
  nameOf: ({ type, loaded }, noun) => `${noun ?? 'the'} record ${type} ${loaded}`,
};

/** No sentence of a long form has more words. */
export const MOST_WORDS = 60;
/** No short form has more words. */
export const MOST_SHORT_WORDS = 30;

/** A way to name records: with days alone, or the first time with their source too. */
export type NameOf = (record: SourceRecord, noun: string | undefined, isKnown: boolean) => string;

interface Telling {
  /** The record that is called "it". */
  readonly it?: SourceRecord | undefined;
  /** How many words there may be. */
  readonly most?: number;
  readonly among?: readonly Fullness[];
}

/** The names of records in one text: the first time each is named in full. */
export class Naming {
  readonly #nameOf: NameOf;
  #named: ReadonlySet<SourceRecord> = new Set();

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  /**
   * Says something as fully as so many words allow; `undefined` when they allow nothing of it.
   * @param among how full it may be, fullest first
   */
  say(
    words: Words,
    { it, most = MOST_WORDS, among = [...WITH_PLACES, ...WITHOUT_PLACES] }: Telling = {},
  ): string | undefined {
    for (const fullness of among) {
      const named = new Set(this.#named);
      const nameOf: Manner['nameOf'] = (record, noun) => {
        const name = this.#nameOf(record, noun, named.has(record));
        named.add(record);
        return name;
      };
      const text = words({ ...fullness, nameOf, it });
      if (wordCount(text) > most) continue;
      this.#named = named;
      return text;
    }
    return undefined;
  }
}
