/**
 * What is kept, and what may be asked of it. One contract test suite (test/store/contract.ts) holds for every implementation; SQLite is the first.
 *
 * Whatever belongs to LEAs is reached through `forLEAs`: scoping is the store's business, so that no route can forget it. What is out of scope does not exist.
 */
import type { Counts } from '../intake/apply.ts';
import type { Problem } from '../intake/problem.ts';

/** LEAs somebody may see: their seven-digit codes, or all there are. */
export type LEAScope = 'all' | readonly string[];

export interface InputFile {
  /** As the sender calls it; shown in reports, decides nothing. */
  readonly name: string;
  /** Where its bytes are. */
  readonly path: string;
}

/** One upload: one or several files, loaded as a whole or not at all. */
export interface Upload {
  readonly id: string;
  /** The LEA whose records these are; `all` for a county or the state. */
  readonly sender: string;
  /** When it arrived, ISO 8601 in UTC. */
  readonly receivedAt: string;
  /** CCYYMMDD: Upload Date and Last Date Updated of plain records it brought. */
  readonly loadDay: string;
  readonly files: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
  /** linesRead = counts.stored + counts.updated + counts.deleted + counts.rejected. Blank lines are not lines read. */
  readonly linesRead: number;
  readonly blankLines: number;
  readonly counts: Counts;
  /** Problems by code, of both severities. */
  readonly problemCounts: Readonly<Record<string, number>>;
  readonly rulebookHash: string;
}

export const EXTRACT_STATUSES = ['Pending', 'Processing', 'Complete', 'Failed', 'Cancelled'] as const;
export type ExtractStatus = (typeof EXTRACT_STATUSES)[number];

/** An extract asked for over REST: a job that survives a restart. */
export interface ExtractJob {
  readonly id: string;
  /** The request as sent, `ExtractRequest`; its reportingLEAs decide who may see the job. */
  readonly request: unknown;
  readonly reportingLEAs: LEAScope;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly columns: string;
  readonly rulebookHash: string;
  readonly requestedAt: string;
  readonly status: ExtractStatus;
  /** 0 to 1. */
  readonly progress: number;
  readonly rows?: number;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly finishedAt?: string;
  /** Why it failed, for people; no student data. */
  readonly failure?: string;
}

/** A closed range of SSIDs: the unit of work of an extract. */
export interface SSIDRange {
  readonly from: string;
  readonly through: string;
}

export interface Page {
  readonly limit: number;
  /** The id behind which to go on; ids ascend with time. */
  readonly after?: string | undefined;
}

/** The part of the store that one caller may see. */
export interface LEAStore {
  /** Uploads by senders in scope, latest first. */
  uploads(page: Page): readonly Upload[];
  upload(id: string): Upload | undefined;
  /** Problems of an upload in the order of files and lines; `undefined` when there is no such upload in scope. */
  problems(id: string): Iterable<Problem> | undefined;

  /** Divides the students in scope into at most about `parts` ranges of similar size, ascending and without gaps between students. */
  ranges(parts: number): readonly SSIDRange[];
  /**
   * SSID and body of every student in the range who has an enrollment at an LEA in scope, in ascending order of SSID. The body holds the records of all LEAs:
   * some fields need them.
   */
  bodies(range: SSIDRange): Iterable<readonly [ssid: string, body: string]>;
  /** How many students that is, all ranges together. */
  students(): number;

  addExtract(job: ExtractJob): void;
  /** Extracts all of whose LEAs are in scope, latest first. */
  extracts(page: Page): readonly ExtractJob[];
  extract(id: string): ExtractJob | undefined;
}

/** Applies an upload to the store, inside one transaction. */
export interface UploadWriter {
  /** A number for each file, to stand in kept lines as their source. */
  source(fileIndex: number): number;
  /** The body stored for a student; `''` for none. SSID `''` holds the records that still ask for one. */
  body(ssid: string): string;
  /** Replaces a student's body. `leas` are the LEAs that the student has an enrollment at. An empty body removes the student. */
  put(ssid: string, body: string, leas: ReadonlySet<string>): void;
  problem(problem: Problem): void;
}

export type Role = 'vendor' | 'auditor' | 'policy' | 'admin';
export const ROLES: readonly Role[] = ['vendor', 'auditor', 'policy', 'admin'];

/** An API key as it is kept: never the key itself, only its SHA-256. */
export interface APIKey {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly role: Role;
  readonly leas: LEAScope;
  readonly createdAt: string;
  readonly revokedAt?: string;
}

/** What was answered to a request with an Idempotency-Key. */
export interface RememberedAnswer {
  readonly keyId: string;
  readonly idempotencyKey: string;
  /** SHA-256 of the request, so that the same key with another request is refused. */
  readonly requestHash: string;
  readonly status: number;
  readonly location: string;
  readonly body: string;
}

export interface Store {
  forLEAs(scope: LEAScope): LEAStore;

  /**
   * Loads an upload: `fill` writes through the writer and gives the upload's report; all of it is kept when `fill` returns, nothing when it throws or the process dies.
   * One upload at a time; a second waits or fails with `StoreBusyError`.
   */
  load(
    begin: { readonly id: string; readonly sender: string; readonly files: readonly { readonly name: string }[] },
    fill: (writer: UploadWriter) => Promise<Upload>,
  ): Promise<Upload>;

  /** Changes a job; only the keys given. */
  updateExtract(id: string, change: Partial<Omit<ExtractJob, 'id' | 'request' | 'reportingLEAs'>>): void;
  /** The oldest job that is Pending. */
  nextPendingExtract(): ExtractJob | undefined;
  /** Jobs left Processing by a process that died become Pending again; gives how many. */
  resumeExtracts(): number;

  addKey(key: APIKey): void;
  keys(): readonly APIKey[];
  keyByHash(hash: string): APIKey | undefined;
  /** Whether there was such a key in force. */
  revokeKey(id: string, at: string): boolean;

  answer(keyId: string, idempotencyKey: string): RememberedAnswer | undefined;
  rememberAnswer(answer: RememberedAnswer, at: string): void;

  /** Throws when the store cannot be read; for health checks. */
  ping(): void;
  close(): void;
}

/** Another process or thread is loading an upload. */
export class StoreBusyError extends Error {
  constructor() {
    super('another upload is being loaded into this store; try again when it is done');
    this.name = 'StoreBusyError';
  }
}
