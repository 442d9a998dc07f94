/**
 * What is kept, and what may be asked of it. One contract test suite (test/store/contract.ts) holds for every
 * implementation; SQLite is the first.
 *
 * Whatever belongs to LEAs is reached through `forLEAs`: scoping is the store's business, so that no route can forget
 * it. What is out of scope does not exist.
 *
 * Uploads are numbered from 1 in the order of loading. A *snapshot* is the store as it was right after the upload with
 * a number, before the first for 0; it stays the same whatever is loaded later, until it is forgotten.
 */

import type { KeptProblem, Problem, StudentProblem } from '#intake/problem';
import type { StoredUpload, Upload } from '#intake/upload';
import type { Activation, NewActivation } from '#publishing/activation';
import type { Draft, DraftWithTexts } from '#publishing/draft';
import type { RulebookVersion } from '#publishing/in-effect';
import type { Job, JobStatus } from '#publishing/job';
import type { Role } from '#publishing/role';
import type { Form, OftenRead } from '#records/block/form';
import type { KeptRecord } from '#records/block/write';
import type { KeptHistory } from '#records/record';
import type { LEAScope, SSIDRange } from '#records/scope';
import type { RulebookSource } from '#rulebook/load/assemble';
import type { SourceFile } from '#rulebook/load/declarations';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { AccessChains } from './access-chains.ts';
import type { AnomalyTable } from './anomalies.ts';
import type { Delivery, DeliveryChange, Webhook } from './delivery.ts';
import type { JobKind, JobKinds } from './kinds.ts';
import type { Replicas } from './replicas.ts';
import type { GivenNumber, SSIDRegister, SSIDWriter } from './ssids.ts';

export type { JobKind, JobKinds };

/** What may become of a job. */
export type JobChange<J extends Job> = Partial<Omit<J, 'id' | 'draft' | 'request' | 'reportingLEAs'>>;

/** A job as whoever changes it found it. */
export interface JobFound {
  readonly status: JobStatus;
  readonly attempt?: number | undefined;
}

/** The jobs of one kind, which are also a queue. */
export interface JobTable<J extends Job> {
  /**
   * @param keyId of the API key that asks; without one, all such jobs are one key's
   * @param answer to the request that asks, kept with the job, both or neither; it takes the place of an earlier one
   * @param mostWaiting so many jobs of the key may be Pending, this one included; any number when absent
   * @returns whether there was room for it; otherwise nothing is kept
   * @throws AnsweredElsewhereError when somebody else answers the request by now
   */
  add(job: J, keyId?: string, answer?: RememberedAnswer, mostWaiting?: number): Promise<boolean>;
  /**
   * Changes a job; only the keys given. One that comes to be Processing takes the turn of its key.
   * @param told what is told of it: kept in the same transaction
   * @param from only a job that is so still: in this status and, where it names one, of this attempt; any when absent
   * @returns whether there was such a job; otherwise nothing is kept
   */
  update(id: string, change: JobChange<J>, told?: readonly Delivery[], from?: JobFound): Promise<boolean>;
  /**
   * Takes the job that is Pending and whose turn it is, for whoever makes it: it is Processing from now on, its attempt
   * is the next, and nobody else takes it while this process is there. One that is Processing by a process that is not
   * there any more counts as Pending. First comes one that was begun before; then one of the key whose last turn is
   * longest ago, of its LEAs likewise, and of these the oldest.
   * @param begun what else is known of a job that is begun
   * @param isAlone none is taken while another is Processing
   * @returns the job as it is now; `undefined` when there is none to take
   */
  take(begun?: Omit<JobChange<J>, 'status' | 'attempt'>, isAlone?: boolean): Promise<J | undefined>;
  /** How many jobs are Pending: of a key, or of all when it is absent. */
  waiting(keyId?: string): Promise<number>;
  /** The id of the key or person who asked for a job; `undefined` for a job that is not there. */
  askedBy(id: string): Promise<string | undefined>;
  /**
   * Jobs left Processing by this process, or by one that is not there any more, become Pending again; gives how many.
   * For whoever makes none of them now.
   */
  resume(): Promise<number>;
}

/** The jobs of one kind that one caller may see: those all of whose LEAs are in scope. */
export interface JobsInScope<J extends Job> {
  /**
   * Latest first.
   * @param which all of them when it names no limit; where jobs are about a draft, only those about the one it names.
   * Nothing comes after an id that is not in scope.
   */
  list(which: Partial<Page> & JobFilter & Partial<Pick<J, Extract<keyof J, 'draft'>>>): Promise<readonly J[]>;
  get(id: string): Promise<J | undefined>;
  /** Who was told how the job ended, and is to be. */
  deliveries(id: string): Promise<readonly Delivery[]>;
}

/** What is told of jobs that ended, until all of it is delivered or given up. */
export interface Outbox {
  /** What is to be tried at a moment, longest due first; no more than `most`. */
  due(at: string, most: number): Promise<readonly Delivery[]>;
  /** When the next try of any is due, ISO 8601 in UTC; `undefined` when nothing waits. */
  nextTry(): Promise<string | undefined>;
  /**
   * @param fromTries only one that waits still, after so many tries; any when absent
   * @returns whether there was such a delivery; otherwise nothing is changed
   */
  update(id: string, change: DeliveryChange, fromTries?: number): Promise<boolean>;
}

/** A reference file that was loaded. */
export interface ReferenceLoad {
  /** Its place among the files of a rulebook. */
  readonly path: string;
  /** Of its rows, as they are kept. */
  readonly sha256: string;
  /** The id of the upload that brought it. */
  readonly upload: string;
  /** Who sent it: the sender of the upload. */
  readonly sender: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

export interface Page {
  readonly limit: number;
  /** The id behind which to go on; ids ascend with time. */
  readonly after?: string | undefined;
}

/** Which jobs are listed; all when it says nothing. */
export interface JobFilter {
  readonly status?: JobStatus | undefined;
  /** One of the LEAs that it was requested for, or `all`. */
  readonly reportingLEA?: string | undefined;
  /** When it was requested: from the first moment on, before the second; ISO 8601 in UTC. */
  readonly requested?: readonly [from: string, before: string] | undefined;
}

/** Which uploads are listed; all when it says nothing. */
export interface UploadFilter {
  readonly sender?: string | undefined;
  /** CCYYMMDD */
  readonly loadDay?: string | undefined;
}

/** Which problems of an upload are listed. */
export interface ProblemFilter {
  readonly severity?: Problem['severity'] | undefined;
  /** Of the check. */
  readonly code?: string | undefined;
  /** The name of the file. */
  readonly file?: string | undefined;
  /** The number of the field. */
  readonly field?: string | undefined;
  /** Of the record. */
  readonly school?: string | undefined;
  /** Whether lines as they were sent are wanted too. */
  readonly lines?: boolean | undefined;
  /** The number of a problem, as `next` of a page has it: those after it. */
  readonly after?: number | undefined;
  /** All when absent. */
  readonly limit?: number | undefined;
}

/** A problem, and its number within its upload, from 0. */
export type NumberedProblem = readonly [number: number, problem: KeptProblem];

/** An explanation tells of so many rejections of one student. */
export const MOST_REJECTIONS = 20;

/** A check that rejected a record of an upload. */
export interface Rejection {
  /** The id of the upload. */
  readonly upload: string;
  readonly problem: Problem;
}

/** How histories are read. */
export interface HistoriesRead {
  readonly snapshot?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The part of the store that one caller may see. */
export interface LEAStore {
  /** Uploads by senders in scope, latest first. Nothing comes after an id that is not in scope. */
  uploads(which: Page & UploadFilter): Promise<readonly Upload[]>;
  upload(id: string): Promise<Upload | undefined>;
  /**
   * The numbers that records of an upload got which were sent without one, as they are now, in the order of files and
   * lines; none when there is no such upload in scope.
   */
  numbersGiven(
    id: string,
    which: { readonly offset?: number | undefined; readonly limit: number },
  ): Promise<readonly (GivenNumber & { readonly file: string })[]>;
  /**
   * Problems of an upload in the order of files and lines, some at a time, read as `histories` are; none when there is
   * no such upload in scope.
   */
  problems(id: string, which?: ProblemFilter): AsyncIterable<readonly NumberedProblem[]>;
  /**
   * Why records of a student were rejected, in uploads by senders in scope: those of the newest uploads first, and no
   * more than `most`.
   * @param snapshot no upload after this one counts; all of them when absent
   */
  rejections(ssid: string, most: number, snapshot?: number): Promise<readonly Rejection[]>;
  /**
   * Students with a rejected record in uploads by senders in scope, ascending, as far as the record named them: some
   * of them behind one, and no more than `most`.
   * @param snapshot no upload after this one counts; all of them when absent
   */
  rejectedStudents(after: string, most: number, snapshot?: number): Promise<readonly string[]>;

  /** LEAs in scope that have an enrollment now, ascending. */
  leas(): Promise<readonly string[]>;
  /** What became of the lines that senders in scope uploaded, through a snapshot or until now. */
  linesSent(snapshot?: number): Promise<{ readonly read: number; readonly rejected: number }>;

  // Each of these four reads the store as it is, or a snapshot: with who was enrolled where then. They fail with
  // SnapshotGoneError for one that was forgotten, and UserError for the number of an upload that is not there.

  /**
   * Divides the students in scope into at most about `parts` ranges of similar size, ascending and without gaps between
   * students.
   */
  ranges(parts: number, snapshot?: number): Promise<readonly SSIDRange[]>;
  /**
   * The history of every student in the range who has an enrollment at an LEA in scope, in ascending order of SSID;
   * in scope `all` also of those without any enrollment. It holds the records of all LEAs: some fields need them.
   *
   * They come some at a time. Each may be read until the next ones are asked for; between two batches whoever else is
   * at work in this thread has a turn. One call sees one state of the store from its first batch on, however long it
   * takes; several do only with a snapshot. That state is let go after the last batch, when an error ends it, and when
   * the consumer leaves (`break`, `return`).
   * @throws the signal's reason between two batches, when it is aborted; BlockDamagedError, which names the students
   * who cannot be read, after all that come before them
   */
  histories(range: SSIDRange, which?: HistoriesRead): AsyncIterable<readonly KeptHistory[]>;
  /** The history of one of these students; `undefined` when there is none, or the SSID is not ten digits. */
  history(ssid: string, snapshot?: number): Promise<KeptHistory | undefined>;
  /**
   * How many students with an enrollment at an LEA in scope there are. Of a snapshot that later uploads followed,
   * counting looks at every history.
   */
  students(snapshot?: number): Promise<number>;

  jobs<K extends JobKind>(kind: K): JobsInScope<JobKinds[K]>;
}

/** What an extract reads. */
export type HistoryReader = Pick<LEAStore, 'histories' | 'history' | 'leas' | 'linesSent' | 'ranges' | 'students'>;

/** Reads and writes the histories of an upload. */
export interface HistoryPutter {
  /**
   * Says which students `history` is asked about next, in ascending order of SSID: a store that is elsewhere gets their
   * histories at once. It may be asked about nobody else until it is said again.
   */
  fetch(ssids: readonly string[]): Promise<void>;
  /**
   * The history stored for a student; `undefined` for none. SSID `''` holds the records that still ask for one. Asking
   * and putting is quick for one student after the other in ascending order of SSID.
   */
  history(ssid: string): KeptHistory | undefined;
  /**
   * Replaces a student's records, which stand in the order of loading. `leas` are the LEAs that the student has an
   * enrollment at. Without records the student is removed. What the student was before stays readable in the snapshots
   * before this upload.
   * @throws UserError for an SSID that is not ten digits
   */
  put(ssid: string, records: readonly KeptRecord[], leas: ReadonlySet<string>): void;
}

/** What others need who work out changes of an upload beside the one that loads it. Plain data. */
export interface Elsewhere {
  /** Its number. */
  readonly upload: number;
  readonly often: OftenRead | undefined;
  readonly forms: readonly (readonly [form: Form, number: number])[];
}

/** Changes that were worked out elsewhere, in the order in which they are to be made. Plain data. */
export type ChangesMade = readonly (readonly [name: string, ...values: readonly ChangedValue[]])[];
export type ChangedValue = number | string | Uint8Array<ArrayBuffer> | null;

/** Histories of an upload that is being loaded, written where nobody may write: what is to change is handed over. */
export interface ChangesMaker {
  /**
   * What changes in a range of students.
   * @param from and below: numbers of SSIDs
   * @param fill puts the students of the range, in ascending order of SSID
   */
  in(
    range: { readonly from: number; readonly below: number },
    fill: (writer: HistoryPutter) => Promise<void>,
  ): Promise<ChangesMade>;
  close(): Promise<void>;
}

/** Applies an upload to the store, inside one transaction. */
export interface UploadWriter extends HistoryPutter {
  /** A number for each file, to stand in kept lines as their source. */
  source(fileIndex: number): number;
  /** Keeps a problem; gives a promise now and then, when there is something to wait for before the next one. */
  problem(problem: StudentProblem): Promise<void> | undefined;
  /** The register of SSIDs, as part of the upload: all of it is kept, or nothing. */
  readonly ssids: SSIDWriter;

  /** @param forms those of the lines that come in */
  elsewhere(forms: readonly Form[]): Promise<Elsewhere>;
  /**
   * Where the students of the store may be parted, near numbers of SSIDs: between ranges that begin there, changes can
   * be worked out side by side.
   */
  startsOfBlocks(starts: readonly number[]): Promise<readonly number[]>;
  /** Makes changes that were worked out elsewhere, of a range that nothing was put in. */
  change(changes: ChangesMade): Promise<void>;
}

/** Who asks, and what they may: a key, or a person who signed in. */
export interface Caller {
  /** Stands in the access log, in jobs and in decisions. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly leas: LEAScope;
  /** Where they get e-mail. */
  readonly email?: string;
}

/** An API key as it is kept: never the key itself, only its SHA-256. */
export interface APIKey extends Caller {
  readonly hash: string;
  readonly createdAt: string;
  readonly revokedAt?: string;
  /** From this moment on it is not in effect. */
  readonly expiresAt?: string;
}

/** A person who signs in by an issuer (OpenID Connect), known by an e-mail address or a subject there. */
export interface KnownPerson extends Caller {
  /** The URL of the issuer. */
  readonly issuer: string;
  /** The account for good; of whoever is known by an address, since they first signed in. */
  readonly subject?: string;
  readonly createdAt: string;
  readonly removedAt?: string;
}

/** Somebody who signed in to the pages, for as long as the session lasts: with a key that is in effect, or as a person. */
export interface Session {
  readonly key?: APIKey;
  readonly person?: KnownPerson;
  /** ISO 8601 in UTC, both. */
  readonly createdAt: string;
  readonly usedAt: string;
  /** What they look at data for. */
  readonly purpose?: string;
  /** Of several LEAs the one that pages are about. */
  readonly lea?: string;
  /** What only the browser of the session can open. */
  readonly sealed?: string;
}

/** A key that manifests are signed with (src/audit/signature.ts). */
export interface StoredSigningKey {
  readonly id: string;
  readonly algorithm: 'Ed25519';
  /** PEM, both. */
  readonly publicKey: string;
  readonly privateKey: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
}

/** What is answered to a request with an Idempotency-Key. */
export type RememberedAnswer = {
  readonly keyId: string;
  readonly idempotencyKey: string;
  /** SHA-256 of the request, so that the same key with another request is refused. */
  readonly requestHash: string;
} & (
  | { readonly status: number; readonly location: string; readonly body: string }
  /** The answer is made of this upload once it is loaded. If it never is, there is none. */
  | { readonly upload: string }
);

/** What was read, and what could not be. */
export interface Verified {
  /** Where students are kept in blocks. */
  readonly blocks?: number;
  readonly students: number;
  readonly formerHistories: number;
  readonly problems: number;
  /** A sentence for each part of the store that cannot be read; every other part can. */
  readonly damaged: readonly string[];
}

export interface Store {
  forLEAs(scope: LEAScope): LEAStore;

  /**
   * Loads an upload: `fill` writes through the writer and gives the upload's report; all of it is kept when `fill`
   * returns, nothing when it throws or the process dies. One upload at a time; a second waits or fails with
   * `StoreBusyError`.
   */
  load(
    begin: {
      readonly id: string;
      readonly sender: string;
      readonly files: readonly { readonly name: string }[];
      /**
       * Of the job that loads it. Where several processes share the store, all of it is kept only while the job is under
       * way in this attempt: whoever was thought gone keeps nothing.
       */
      readonly attempt?: number | undefined;
      /** The columns that are read most often: an extract need not read the others. All of them when absent. */
      readonly often?: OftenRead | undefined;
    },
    fill: (writer: UploadWriter) => Promise<Upload>,
  ): Promise<Upload>;

  /** Which SSIDs were issued, and which are retired. */
  readonly ssids: SSIDRegister;

  /** The records of all LEAs that wait for an SSID, as one history; `undefined` when none does. */
  waiting(): Promise<KeptHistory | undefined>;

  /** What looks wrong among students, and what became of it. */
  readonly anomalies: AnomalyTable;

  /** Who writes which chain of the access log; absent for a store in a folder, whose log is one chain. */
  readonly accessChains?: AccessChains;

  /** The number of the last upload that finished, 0 for none. */
  snapshot(): Promise<number>;
  /** The uploads that a snapshot holds, in the order of loading. */
  uploadsThrough(snapshot: number): Promise<readonly StoredUpload[]>;
  /**
   * The id of the upload with its sender, and the name of its file, that the first field of a kept line stands for.
   */
  source(
    number: number,
  ): Promise<{ readonly upload: string; readonly sender: string; readonly file: string } | undefined>;
  /**
   * Deletes the former histories that only snapshots up to and including `through` need; these cannot be read from then
   * on, all others as before. The newest snapshot stays whatever `through` says.
   * @param at ISO 8601 in UTC; whoever asks for such a snapshot is told
   * @returns how many former histories were deleted
   * @throws StoreBusyError while an upload is being loaded
   */
  forget(through: number, at: string): Promise<{ readonly histories: number }>;

  /**
   * Keeps a rulebook under its hash; one that is there stays as it is. One kept without the texts of its files gets
   * them when they are brought.
   * @param at ISO 8601 in UTC
   * @throws Error when the hash is not that of the texts, or `rules/rulebook.json` is missing
   */
  keepRulebook(source: RulebookSource, at: string): Promise<void>;
  /** Keeps reference files; from now on they are in use, each in place of the former of its path. */
  loadReferences(files: readonly SourceFile[], entry: Omit<ReferenceLoad, 'path' | 'sha256'>): Promise<void>;
  /**
   * The reference files in use, as files of a rulebook.
   * @throws RulebookDamagedError
   */
  references(): Promise<readonly SourceFile[]>;
  /** Which reference files were loaded, oldest first. */
  referenceLoads(): Promise<readonly ReferenceLoad[]>;

  /** @throws RulebookDamagedError when what was kept has another hash now */
  rulebook(hash: string): Promise<RulebookSource | undefined>;
  /**
   * The texts of a rulebook; `undefined` when it is not kept, or was kept before texts were.
   * @throws RulebookDamagedError
   */
  rulebookTexts(hash: string): Promise<RulebookTexts | undefined>;
  /** The rulebooks that are kept, oldest first. */
  rulebooks(): Promise<readonly { readonly hash: string; readonly keptAt: string }[]>;
  /** The same with what they are about and when they took effect, newest first. */
  versions(): Promise<readonly RulebookVersion[]>;

  /**
   * Keeps an activation. Activations are never changed or deleted; they can only be canceled.
   * @param decidedOn the activations on which it was decided, as `activations` gave them; whichever there are when absent
   * @returns `undefined` when the activations are others by now, and nothing is kept
   * @throws Error when the rulebook is not kept, or a time is not ISO 8601 in UTC with milliseconds: times are compared
   * as texts
   */
  activate(activation: NewActivation, decidedOn?: readonly Activation[]): Promise<Activation | undefined>;
  /** All activations in the order in which they were made, canceled ones and those to come included. */
  activations(): Promise<readonly Activation[]>;
  /**
   * Cancels an activation that has not taken effect at `at`.
   * @param decidedOn as for `activate`
   * @returns whether there was one to cancel, and the activations were those
   */
  cancelActivation(seq: number, at: string, decidedOn?: readonly Activation[]): Promise<boolean>;

  /**
   * Keeps that a second person confirmed what was restored; gives whether nobody had yet.
   * @throws Error when there is no such activation
   */
  confirmActivation(seq: number, confirmed: NonNullable<Activation['confirmed']>): Promise<boolean>;

  addDraft(draft: DraftWithTexts): Promise<void>;
  /** @throws RulebookDamagedError when its texts have another hash now */
  draft(id: string): Promise<DraftWithTexts | undefined>;
  /** Drafts in every state, latest first. */
  drafts(page: Page): Promise<readonly Draft[]>;
  /**
   * Replaces a draft that still has the revision the change was made from; gives whether it had, so that no change is
   * lost, whichever process made it.
   * @throws RangeError when the revision does not grow
   */
  replaceDraft(draft: DraftWithTexts, expectedRevision: number): Promise<boolean>;
  /**
   * Replaces a draft as `replaceDraft` does and activates its files, both or neither.
   * @param decidedOn the activations on which the decision was made, as `activations` gave them
   * @returns the draft with `publishedAs`, and the activation; `undefined` when the draft has another revision, or the
   * activations are others by now
   * @throws as `replaceDraft` and `activate`
   */
  publishDraft(
    draft: DraftWithTexts,
    expectedRevision: number,
    activation: NewActivation,
    decidedOn: readonly Activation[],
  ): Promise<{ readonly draft: DraftWithTexts; readonly activation: Activation } | undefined>;

  /** Those who share the store; absent where one process uses it at a time. */
  readonly replicas?: Replicas;

  /** Each kind is a queue of its own. */
  jobs<K extends JobKind>(kind: K): JobTable<JobKinds[K]>;

  readonly outbox: Outbox;
  addWebhook(webhook: Webhook): Promise<void>;
  /** Oldest first. */
  webhooks(): Promise<readonly Webhook[]>;
  /** Whether there was such a webhook. */
  removeWebhook(id: string): Promise<boolean>;

  addKey(key: APIKey): Promise<void>;
  keys(): Promise<readonly APIKey[]>;
  keyByHash(hash: string): Promise<APIKey | undefined>;
  /** One that was revoked included. */
  key(id: string): Promise<APIKey | undefined>;
  /** Whether there was such a key in effect. */
  revokeKey(id: string, at: string): Promise<boolean>;
  /** Lets a key be in effect until a moment; whether there was such a key that was not revoked. */
  expireKey(id: string, at: string): Promise<boolean>;
  /** Keeps when a key was used. */
  noteKeyUse(id: string, at: string): Promise<void>;
  /** When keys were last used, by id; those that never were are not there. */
  keyUses(): Promise<ReadonlyMap<string, string>>;

  /** @throws UserError when the account of the issuer is another person's */
  addPerson(person: KnownPerson): Promise<void>;
  /** Oldest first, those who were removed included. */
  persons(): Promise<readonly KnownPerson[]>;
  /** One who was removed included. */
  person(id: string): Promise<KnownPerson | undefined>;
  /** The person of an account: by its subject, or else by the address; nobody who was removed. */
  personAt(
    issuer: string,
    account: { readonly subject?: string | undefined; readonly email?: string | undefined },
  ): Promise<KnownPerson | undefined>;
  /**
   * Keeps a person as they are now, and ends their sessions.
   * @param before as they were when it was decided; whom somebody else changed meanwhile stays as they are. Whoever they
   * were when absent
   * @returns whether it was kept
   * @throws as `addPerson`
   */
  replacePerson(person: KnownPerson, before?: KnownPerson): Promise<boolean>;

  /**
   * @param session known by the SHA-256 of what the browser holds
   * @param session.whose id of a key or a person
   */
  addSession(session: {
    readonly hash: string;
    readonly whose: string;
    readonly createdAt: string;
    readonly sealed?: string | undefined;
  }): Promise<void>;
  /** `undefined` for one that there is not, when its key was revoked, and when its person was removed. */
  session(hash: string): Promise<Session | undefined>;
  useSession(hash: string, at: string): Promise<void>;
  /** Keeps what data is looked at for from now on; `undefined` for nothing that was said. */
  sayPurpose(hash: string, purpose: string | undefined): Promise<void>;
  /** Keeps which LEA pages are about from now on; `undefined` for all that there are. */
  chooseLEA(hash: string, lea: string | undefined): Promise<void>;
  endSession(hash: string): Promise<void>;
  /** Ends sessions that were not used since, and those that are older than, a moment. */
  endSessions(usedBefore: string, createdBefore: string): Promise<void>;

  /** The newest signing key; when there is none, one is made and kept. */
  signingKey(make: () => StoredSigningKey): Promise<StoredSigningKey>;
  /** Keeps a key, which signs from now on. */
  addSigningKey(key: StoredSigningKey): Promise<void>;
  /** All of them, oldest first: what any of them signed stays valid. */
  signingKeys(): Promise<readonly StoredSigningKey[]>;

  /** What the salts of manifests are derived from; when there is none, one is made and kept. It never changes. */
  secret(make: () => Uint8Array): Promise<Uint8Array>;
  /** The same for whoever only reads: `undefined` when none was made. */
  knownSecret(): Promise<Uint8Array | undefined>;

  answer(keyId: string, idempotencyKey: string): Promise<RememberedAnswer | undefined>;
  /**
   * Begins to answer a request with an Idempotency-Key. Of all who share the store one does; when that one is not there
   * any more, another may.
   * @returns ends it, and never rejects; `undefined` while somebody else answers it
   */
  beginAnswer(keyId: string, idempotencyKey: string): Promise<(() => Promise<void>) | undefined>;
  /** Forgets the answers to jobs that were asked for before a moment. */
  forgetAnswers(before: string): Promise<void>;

  /** Reads all that is kept of students, and says what of it is damaged. */
  verify(): Promise<Verified>;

  /** Throws when the store cannot be read; for health checks. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Another process or thread is loading an upload. */
export class StoreBusyError extends Error {
  constructor() {
    super('another upload is being loaded into this store; try again later');
    this.name = 'StoreBusyError';
  }
}

/** This process began to answer a request, was thought gone, and another answers it now. Nothing is kept. */
export class AnsweredElsewhereError extends Error {
  constructor() {
    super('another process answers this request by now; send it again with the same Idempotency-Key');
    this.name = 'AnsweredElsewhereError';
  }
}

/** Files of a rulebook or draft do not have the hash under which they were kept. */
export class RulebookDamagedError extends Error {
  readonly hash: string;
  /** @param found what was found instead of files with this hash */
  constructor(hash: string, found: string) {
    super(
      `the rulebook files kept under ${hash} are damaged: ${found}. They cannot be used; restore service.db from a backup, or use another copy of the files of this version`,
    );
    this.name = 'RulebookDamagedError';
    this.hash = hash;
  }
}

/** The store cannot be read any more as it was right after an upload. */
export class SnapshotGoneError extends Error {
  readonly snapshot: number;
  /** ISO 8601 in UTC. */
  readonly goneAt: string;
  /** @param oldest the oldest snapshot that can still be read */
  constructor(snapshot: number, goneAt: string, oldest: number) {
    const which = snapshot === 0 ? 'before its first upload' : `after upload ${snapshot}`;
    super(
      `the student histories as they were ${which} were deleted on ${goneAt}; the oldest that can still be read are those after upload ${oldest}`,
    );
    this.name = 'SnapshotGoneError';
    this.snapshot = snapshot;
    this.goneAt = goneAt;
  }
}
