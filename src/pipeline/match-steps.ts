/** The students of ranges of a store against requests for SSIDs: what a thread does, and the calling one alike. */
import { type Candidate, isOwnOf } from '#identity/candidates';
import { PersonReader } from '#identity/columns';
import { Matcher } from '#identity/matcher';
import { type MatchParameters, matchParameters } from '#identity/parameters';
import type { Description } from '#identity/person';
import type { LEAScope, SSIDRange } from '#records/scope';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { type OpenHistories, openHistories } from '#store/open';

/** What matching needs to know once. Plain data. */
export interface MatchSetup {
  readonly storeDir: string;
  readonly snapshot?: number | undefined;
  readonly rulebook: RulebookSource;
  /** Whose students are shown whole. */
  readonly scope: LEAScope;
  /** Retired numbers with the active ones that replace them. */
  readonly replacements: ReadonlyMap<string, string>;
}

export class MatchSteps {
  readonly #setup: MatchSetup;
  readonly #parameters: MatchParameters;
  readonly #reader: PersonReader;
  readonly #store: OpenHistories;
  #matcher: Matcher | undefined;

  /** Opens the store that students are read from. */
  static async open(setup: MatchSetup): Promise<MatchSteps> {
    // Candidates may be anybody's students: what is shown of them is the business of identity/candidates.ts.
    return new MatchSteps(setup, await openHistories(setup.storeDir, 'all', setup.snapshot));
  }

  private constructor(setup: MatchSetup, store: OpenHistories) {
    this.#setup = setup;
    const { schemas, declared } = assemble(setup.rulebook);
    this.#parameters = matchParameters({ declared });
    this.#reader = new PersonReader(schemas.layouts, schemas.output.copiesFrom, this.#parameters);
    this.#store = store;
  }

  begin(requests: readonly Description[]): void {
    this.#matcher = new Matcher(requests, this.#parameters);
  }

  /** @returns how many students there were */
  async range(range: SSIDRange, signal?: AbortSignal): Promise<number> {
    const { scope, replacements } = this.#setup;
    const reader = this.#reader;
    const matcher = this.#matcher as Matcher;
    let students = 0;
    for await (const histories of this.#store.histories(range, { signal }))
      for (const kept of histories) {
        students++;
        const history = kept.partly(reader.plan, reader.enrollmentType).complete();
        const described = reader.described(history);
        if (described === undefined) continue;
        matcher.student({
          ssid: replacements.get(kept.ssid) ?? kept.ssid,
          described,
          last: () => reader.last(history),
          isOwn: () => isOwnOf(reader.leas(history), scope),
        });
      }
    return students;
  }

  take(): readonly (readonly Candidate[])[] {
    return (this.#matcher as Matcher).candidates;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
