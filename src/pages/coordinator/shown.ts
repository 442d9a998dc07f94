/** Uploads, problems and extracts as REST shows them, as far as pages read them. */
import type { AskedFor } from '../words.ts';
import type { ShownDelivery } from './deliveries.ts';

export interface ShownUpload {
  readonly id: string;
  readonly sender: string;
  readonly receivedAt: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly linesRead: number;
  readonly blankLines: number;
  readonly counts: Readonly<Record<'added' | 'replaced' | 'deleted' | 'notUsed' | 'rejected', number>>;
  readonly problemCounts: Readonly<Record<string, number>>;
  readonly warnings?: readonly { readonly message: string }[];
}

/** A check of the rules in effect. */
export interface ShownCheck {
  readonly code: string;
  readonly title: string;
  readonly problems: readonly { readonly severity: string; readonly fix: string }[];
}

export interface ShownProblem {
  readonly file: string;
  readonly line: number;
  readonly recordType: string;
  readonly field: string;
  readonly fieldName: string;
  readonly value: string;
  readonly code: string;
  readonly severity: 'reject' | 'warn' | 'advice';
  readonly message: string;
}

export interface ShownJob {
  readonly id: string;
  readonly status: 'Pending' | 'Processing' | 'Complete' | 'Failed' | 'Cancelled';
  /** 0 to 100. */
  readonly progress: number;
  readonly requestedAt: string;
  readonly finishedAt?: string;
  readonly failure?: string;
}

export interface ShownExtract extends ShownJob {
  /** Of its file, where one was given. */
  readonly name?: string;
  readonly deliveries?: readonly ShownDelivery[];
  readonly request: AskedFor;
  readonly runDate: string;
  readonly columns: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly rulebook: string;
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
}

/** A derived field of an extract, and what it came to. */
export interface ShownField {
  readonly number: string;
  readonly name: string;
  /** Of the column. */
  readonly key: string;
  readonly blank: number;
  /** Absent for days. */
  readonly values?: readonly { readonly value: string; readonly rows: number }[];
}

export interface ShownReport {
  readonly name: string;
  readonly says: string;
}

export interface ShownRow {
  readonly ssid: string;
  readonly reportingLEA: string;
  readonly school: string;
  readonly grade: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** Whether a job will not change any more. */
export const hasEnded = ({ status }: ShownJob): boolean => status !== 'Pending' && status !== 'Processing';
