/** What a thread needs to know once, as plain data. */
import type { ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import type { RetiredNumbers } from '#intake/retired-numbers';
import type { RulebookSource } from '#rulebook/load/assemble';

/** What a thread needs to know once. Plain data. */
export interface Setup {
  readonly rulebook: RulebookSource;
  readonly columns?: string | undefined;
  /** For making rows. */
  readonly extract?: {
    readonly request: ExtractRequest;
    readonly runDate: string;
    /** Whether trace, leaves and counts are wanted beside the rows. */
    readonly reasons?: boolean;
    /** What the salts of leaves are made with; they have none without it. */
    readonly saltKey?: Uint8Array<ArrayBuffer> | undefined;
  };
  /** For comparing what `rulebook` makes of students with what another makes of them. */
  readonly impact?: ImpactSetup;
  /** For reading files. */
  readonly intake?: {
    /** The LEA that sends the records; absent for a county or the state. */
    readonly sender?: string | undefined;
    readonly loadDay: string;
    readonly encoding?: Encoding | undefined;
    readonly fileNames: readonly string[];
    /** By file: the record type of lines whose field 1 is none (`InputFile.recordType`). */
    readonly recordTypes: readonly (string | undefined)[];
    /** First field of kept lines, by file. */
    readonly sources: readonly number[];
    /** Whether problems are wanted one by one; they are counted in any case. */
    readonly wantProblems: boolean;
    /** By file: numbers for lines that come without one; absent where none is assigned. */
    readonly numbers?: readonly ReadonlyMap<number, string>[] | undefined;
    /** Numbers that are replaced by others; absent where there is none. */
    readonly retired?: RetiredNumbers | undefined;
  };
}

/** What a thread needs to know to compare. Plain data. */
export interface ImpactSetup {
  readonly to: RulebookSource;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly samples: number;
}
