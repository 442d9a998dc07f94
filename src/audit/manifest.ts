/**
 * The manifest of an extract: what it was made from, with what, and what came out, in JSON that tells when it was
 * changed. The same extract of the same inputs has the same manifest, to the byte. There is no student in it.
 */
import { createHash, createHmac } from 'node:crypto';
import { basename } from 'node:path';
import type { Written } from '#base/output';
import { addFieldCounts, derivedFields, type FieldCounts, MOST_DISTINCT, noFieldCounts } from '#extract/counts';
import type { Evidence } from '#extract/evidence-output';
import type { LawResult } from '#extract/laws';
import { columnSetFor, type ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import type { StoredUpload } from '#intake/upload';
import type { OutputColumn } from '#records/layout';
import { type LEAScope, sendersOf } from '#records/scope';
import type { Warning } from '#records/warning';
import type { Rulebook } from '#rulebook/load/assemble';
import { loadedReferences, type ReferenceInUse } from '#rulebook/load/reference-files';
import type { Field } from '#rulebook/tree/nodes';
import type { ExtractSecret } from './secret.ts';

/** Increased whenever a manifest says something in another way. */
export const MANIFEST_FORMAT = 2;

/** The format of the time before leaves had salts, and before other LEAs' uploads were hidden. */
export const FORMAT_WITHOUT_SALTS = 1;

/** A field with more different values than this does not have them counted one by one. */
const MOST_LISTED = 200;

export interface ManifestFile extends Written {
  /** Without its folder. */
  readonly name: string;
}

export interface ShownUpload {
  /** Its number in the store. */
  readonly seq: number;
  readonly id: string;
  readonly files: readonly ManifestFile[];
}

/** An upload of an LEA that is not in the extract: whoever may read the manifest may not know what another LEA sent. */
export interface HiddenUpload {
  readonly seq: number;
  /** Of what a shown one says: HMAC-SHA256, hexadecimal, with a key that only the store has. */
  readonly keyedHash: string;
}

export type ManifestUpload = ShownUpload | HiddenUpload;

/** What an extract was made from: a store as it was after upload number `snapshot`, or files in this order. */
export type ManifestInputs =
  | { readonly from: 'store'; readonly snapshot: number; readonly uploads: readonly ManifestUpload[] }
  | {
      readonly from: 'files';
      readonly encoding: Encoding;
      /** What lines whose field 1 is no record type were said to be. */
      readonly recordType?: string | undefined;
      readonly files: readonly ManifestFile[];
      /** The Replacement SSID extract that says which SSIDs are retired; absent when there was none. */
      readonly replacements?: ManifestFile | undefined;
    };

export interface ManifestField {
  readonly number: string;
  readonly name: string;
  readonly blank: number;
  readonly notBlank: number;
  /** Rows by value, in ascending order of value; only of fields with at most 200 values, and not of days. */
  readonly values?: readonly { readonly value: string; readonly rows: number }[];
  /**
   * In place of `values`, of a field with more: how many different ones there are; the number 1000 stands for 1000 or
   * more.
   */
  readonly differentValues?: number;
  /** Every rule in its order, with the number of rows that it decided. */
  readonly rules: readonly { readonly name: string; readonly rows: number }[];
}

export interface Manifest {
  readonly format: number;
  readonly program: { readonly name: string; readonly version: string };
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** The column set. */
  readonly columns: string;
  readonly rulebook: {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
    /** Every file of rules and schemas; `sha256` is null for one that never was a file. */
    readonly files: readonly { readonly path: string; readonly sha256: string | null }[];
  };
  /** Reference files that the rules looked into; absent when none was loaded. */
  readonly references?: readonly ReferenceInUse[];
  readonly inputs: ManifestInputs;
  readonly rows: number;
  /** Students that were looked at; not all of them have a row. */
  readonly students: number;
  /** Laws that rows break, and LEAs, schools or days of which there is nothing; absent when there are none. */
  readonly warnings?: readonly Warning[];
  /** Every law about columns of the file, and how many rows break it; absent when there is none. */
  readonly laws?: readonly { readonly name: string; readonly brokenBy: number }[];
  readonly file: Written;
  /** The lines of the trace, whether they were kept or not, before any packing. */
  readonly trace: Written;
  /**
   * Id of the secret that the salts of the leaves, and the hashes of hidden uploads, are derived from
   * (src/audit/secret.ts); absent in format 1.
   */
  readonly secret?: string;
  /** Root of the Merkle tree over rows and trace lines (src/base/merkle.ts). */
  readonly merkleRoot: string;
  readonly fields: readonly ManifestField[];
  /** SHA-256 of the manifest without this key and the next. */
  readonly sha256: string;
  /** Of the SHA-256 (src/audit/signature.ts). */
  readonly signature?: ManifestSignature;
}

export interface ManifestSignature {
  readonly algorithm: 'Ed25519';
  /** Id of the key. */
  readonly key: string;
  /** Base64. */
  readonly value: string;
}

export interface ManifestOptions {
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** A column set; the default one when absent. */
  readonly columns?: string | undefined;
  /** Of the program. */
  readonly version: string;
  readonly rulebook: Rulebook;
  readonly inputs: ManifestInputs;
  /** What the extract was salted with. */
  readonly secret?: Pick<ExtractSecret, 'id'> | undefined;
  /** What `extractFromStore` or `extractFromFiles` gave. */
  readonly made: Written & {
    readonly rows: number;
    readonly students: number;
    readonly warnings?: readonly Warning[];
    readonly laws?: readonly LawResult[];
    readonly reasons?: Evidence;
  };
}

/**
 * The manifest of an extract that was made.
 * @throws Error when it was made without its reasons, or with other salts than its manifest would say
 */
export function manifestOf(options: ManifestOptions): Manifest {
  const { request, runDate, columns, version, rulebook, inputs, secret, made } = options;
  const { reasons } = made;
  if (!reasons)
    throw new Error('a manifest needs an extract with reasons; ask for a manifest when you make the extract');
  if (reasons.isSalted !== (secret !== undefined))
    throw new Error('the manifest of an extract with salts names their secret, and only that of such an extract');
  const references = loadedReferences(rulebook.declared);
  const counts = noFieldCounts(rulebook);
  addFieldCounts(counts, reasons.fieldCounts);
  const content: Omit<Manifest, 'sha256' | 'signature'> = {
    format: secret ? MANIFEST_FORMAT : FORMAT_WITHOUT_SALTS,
    program: { name: 'cenr', version },
    request,
    runDate,
    columns: columns ?? columnSetFor(request, rulebook),
    rulebook: {
      name: rulebook.about.name,
      version: rulebook.about.version,
      sha256: rulebook.hash,
      files: rulebook.files.map(({ path, sha256 }) => ({ path, sha256: sha256 ?? null })),
    },
    ...(references.length > 0 && { references }),
    inputs: withoutFolders(inputs),
    rows: made.rows,
    students: made.students,
    ...(made.warnings && made.warnings.length > 0 && { warnings: made.warnings }),
    ...(made.laws && made.laws.length > 0 && { laws: made.laws.map(({ name, rows }) => ({ name, brokenBy: rows })) }),
    file: { bytes: made.bytes, sha256: made.sha256 },
    trace: reasons.trace,
    ...(secret && { secret: secret.id }),
    merkleRoot: reasons.merkleRoot,
    fields: derivedFields(rulebook).map((column, i) =>
      fieldOf(
        column,
        rulebook.extract.fields.find((field) => field.number === column.no) as Field,
        counts[i] as FieldCounts,
        made.rows,
      ),
    ),
  };
  return { ...content, sha256: sha256Of(content) };
}

function fieldOf(
  { no, name }: OutputColumn,
  { rules }: Field,
  { decided, blank, values }: FieldCounts,
  rows: number,
): ManifestField {
  const listed = [...(values ?? [])]
    .map(([value, rows]) => ({ value, rows }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
  return {
    number: no,
    name,
    blank,
    notBlank: rows - blank,
    ...(values &&
      (listed.length > MOST_LISTED ? { differentValues: Math.min(listed.length, MOST_DISTINCT) } : { values: listed })),
    rules: rules.map((rule, i) => ({ name: rule.name, rows: decided[i] as number })),
  };
}

// A folder may say whose machine it was.
function withoutFolders(inputs: ManifestInputs): ManifestInputs {
  const named = (files: readonly ManifestFile[]): ManifestFile[] =>
    files.map(({ name, bytes, sha256 }) => ({ name: basename(name), bytes, sha256 }));
  if (inputs.from === 'files') return { ...inputs, files: named(inputs.files) };
  return {
    ...inputs,
    uploads: inputs.uploads.map((upload) =>
      'keyedHash' in upload
        ? { seq: upload.seq, keyedHash: upload.keyedHash }
        : { seq: upload.seq, id: upload.id, files: named(upload.files) },
    ),
  };
}

/**
 * The uploads of a store as the manifest of an extract shows them: those of its LEAs, and the others hidden.
 * @param leas of the extract
 */
export const manifestUploads = (
  uploads: readonly StoredUpload[],
  leas: LEAScope,
  secret: Pick<ExtractSecret, 'uploadKey'>,
): ManifestUpload[] =>
  uploads.map((upload) =>
    leas === 'all' || sendersOf(upload.sender).every((lea) => leas.includes(lea))
      ? upload
      : hiddenUpload(upload, secret.uploadKey),
  );

/** An upload as a manifest shows it that may not tell what it is. */
export const hiddenUpload = ({ seq, id, files }: ShownUpload, uploadKey: Uint8Array): HiddenUpload => ({
  seq,
  keyedHash: createHmac('sha256', uploadKey)
    .update(JSON.stringify([seq, id, files.map(({ name, bytes, sha256 }) => [basename(name), bytes, sha256])]))
    .digest('hex'),
});

const textOf = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;
const sha256Of = (content: object): string => createHash('sha256').update(textOf(content)).digest('hex');

/** The bytes of a manifest; a manifest has no others. */
export const manifestBytes = (manifest: Manifest): Buffer => Buffer.from(textOf(manifest));

/** Thrown for a manifest that is none, or is not as it was written; the message says so. */
export class ManifestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ManifestError';
  }
}

/**
 * Reads a manifest. Its signature is not checked (src/audit/signature.ts).
 * @throws ManifestError when a single byte of it is not as it was written
 */
export function readManifest(bytes: Uint8Array): Manifest {
  const changed = 'the manifest was changed or damaged after it was written';
  let manifest: Manifest;
  try {
    manifest = JSON.parse(Buffer.from(bytes).toString('utf8')) as Manifest;
  } catch {
    throw new ManifestError(`${changed}, or is not a manifest: it is not JSON`);
  }
  if (typeof manifest !== 'object' || manifest === null || typeof manifest.sha256 !== 'string')
    throw new ManifestError(`${changed}, or is not a manifest: it has no SHA-256 of itself`);
  const { sha256, signature: _, ...content } = manifest;
  const found = sha256Of(content);
  if (found !== sha256) throw new ManifestError(`${changed}: expected SHA-256 ${sha256}, found ${found}`);
  // Blanks, the order of keys and escapes can be otherwise and mean the same.
  if (!manifestBytes(manifest).equals(bytes))
    throw new ManifestError(`${changed}: its content is the same, but its bytes are not`);
  if (manifest.format !== MANIFEST_FORMAT && manifest.format !== FORMAT_WITHOUT_SALTS)
    throw new ManifestError(
      `found a manifest of format ${manifest.format}, expected format ${FORMAT_WITHOUT_SALTS} or ${MANIFEST_FORMAT}; use the version of cenr that it names`,
    );
  return manifest;
}
