/**
 * Whether a finished extract can be proved, as `cenr verify` finds out: its manifest, its signature, its file, and all of
 * it made again from the records and rules of then. One extract at a time, on no more than one core; what came out is
 * remembered for a while, and not kept: it says what held when somebody asked.
 */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { measuredFile } from '#audit/comparing-output';
import { madeDifference, uploadsDifference } from '#audit/differences';
import { type Manifest, ManifestError, manifestOf, readManifest } from '#audit/manifest';
import type { ExtractSecret } from '#audit/secret';
import { signatureDifference } from '#audit/signature';
import { measuringOutput } from '#base/output';
import { grouped } from '#base/text';
import { extractFromStore } from '#pipeline/from-store';
import type { ExtractJob } from '#store/extract-job';
import { SnapshotGoneError, type Store } from '#store/store';
import { placeOf } from '../config.ts';
import { ServiceError } from '../http/errors.ts';
import { knownSecretOf } from '../manifest-keys.ts';
import type { Finding, Verification } from '../schemas/verification.ts';
import { SharedViews } from '../shared-views.ts';

interface Known {
  readonly views: SharedViews<Verification>;
  /** Ends when all that were begun have ended. */
  last: Promise<void>;
}

/** By store: each route has an instance of its own. */
const KNOWN = new WeakMap<Store, Known>();
const MOST_REMEMBERED = 100;
/** A larger extract is made again in a thread. */
const MOST_ROWS_HERE = 5_000;
const WHOLE = 100;

function knownOf(app: FastifyInstance): Known {
  const known = KNOWN.get(app.store) ?? {
    views: new SharedViews<Verification>(app, 'verification of extract', MOST_REMEMBERED),
    last: Promise.resolve(),
  };
  KNOWN.set(app.store, known);
  return known;
}

/** What is known of an extract's verification. */
export const verificationOf = async (app: FastifyInstance, { id }: ExtractJob): Promise<Verification> =>
  (await knownOf(app).views.get(id)) ?? { status: 'None', progress: 0, findings: [] };

/** Begins to verify an extract, unless that is under way. */
export async function beginVerification(app: FastifyInstance, job: ExtractJob): Promise<Verification> {
  const known = knownOf(app);
  const { views } = known;
  const { view, begins } = await views.begin(job.id, { status: 'Processing', progress: 0, findings: [] });
  if (!begins) return view;
  const put = (verification: Verification): Verification => views.put(job.id, verification);
  known.last = known.last
    .then(() => findingsOf(app, job, (progress) => put({ status: 'Processing', progress, findings: [] })))
    .catch((error: Error): Finding[] => {
      app.log.warn({ extractId: job.id, reason: error.name }, 'an extract could not be verified');
      return [unknown('extract', 'It could not be verified. The log of the service has the cause.')];
    })
    .then((findings) => {
      put({ status: 'Complete', progress: WHOLE, verifiedAt: app.clock().toISOString(), findings });
    });
  return view;
}

/** For tests: when nothing is under way any more. */
export const verificationsIdle = (app: FastifyInstance): Promise<void> => knownOf(app).last;

const holds = (what: Finding['what'], sentence: string): Finding => ({ what, outcome: 'holds', sentence });
const differs = (what: Finding['what'], sentence: string): Finding => ({ what, outcome: 'differs', sentence });
const unknown = (what: Finding['what'], sentence: string): Finding => ({ what, outcome: 'unknown', sentence });

async function findingsOf(
  app: FastifyInstance,
  job: ExtractJob,
  onProgress: (percent: number) => void,
): Promise<Finding[]> {
  const { rows, manifest: path } = app.jobs.extract.filesOf(job);
  let manifest: Manifest;
  try {
    manifest = readManifest(await readFile(path));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return [differs('manifest', `The manifest is not as it was written: ${error.message}.`)];
  }
  return [
    holds('manifest', `The manifest is as it was written. Keep its SHA-256 in another place: ${manifest.sha256}.`),
    await signatureFinding(app, manifest),
    await fileFinding(rows, manifest),
    await madeAgainFinding(app, job, manifest, onProgress),
  ];
}

async function signatureFinding(app: FastifyInstance, manifest: Manifest): Promise<Finding> {
  const difference = signatureDifference(manifest, await app.store.signingKeys());
  return difference === undefined
    ? holds('signature', `The manifest is signed with the key ${manifest.signature?.key}, and the signature is valid.`)
    : differs('signature', `The signature does not hold: ${difference}.`);
}

async function fileFinding(path: string, { file }: Manifest): Promise<Finding> {
  const found = await measuredFile(path);
  return found.sha256 === file.sha256
    ? holds('file', `The file is the one of the manifest: SHA-256 ${file.sha256}.`)
    : differs('file', `The file was changed: expected SHA-256 ${file.sha256}, found ${found.sha256}.`);
}

async function madeAgainFinding(
  app: FastifyInstance,
  job: ExtractJob,
  manifest: Manifest,
  onProgress: (percent: number) => void,
): Promise<Finding> {
  const { inputs } = manifest;
  if (inputs.from !== 'store') return unknown('madeAgain', 'It was made from files, which the service does not have.');
  const secret = manifest.secret === undefined ? undefined : await knownSecretOf(app.store, manifest);
  const uploads = uploadsDifference(inputs, await app.store.uploadsThrough(inputs.snapshot), secret);
  if (uploads !== undefined) return differs('madeAgain', `It was made from other uploads: ${uploads}.`);
  try {
    const made = await madeAgain(app, job, manifest, secret, onProgress);
    const difference = madeDifference(manifest, made);
    return difference === undefined
      ? holds(
          'madeAgain',
          `Made again from the records and rules of then, it is the same to the byte: ${grouped(made.rows)} rows, their reasons and the Merkle root.`,
        )
      : differs('madeAgain', `Made again, it is another one: ${difference}.`);
  } catch (error) {
    if (error instanceof SnapshotGoneError || error instanceof ServiceError)
      return unknown('madeAgain', 'It cannot be made again: the records or the rules of then are no longer kept.');
    throw error;
  }
}

async function madeAgain(
  app: FastifyInstance,
  { rows = 0 }: ExtractJob,
  manifest: Manifest,
  secret: ExtractSecret | undefined,
  onProgress: (percent: number) => void,
): Promise<Manifest> {
  const { request, runDate, columns, inputs } = manifest;
  const { rulebook } = await app.explanations.by(manifest.rulebook.sha256);
  const made = await extractFromStore({
    storeDir: placeOf(app.config),
    rulebook,
    request,
    runDate,
    columns,
    snapshot: (inputs as { readonly snapshot: number }).snapshot,
    out: measuringOutput(),
    manifest: true,
    saltKey: secret?.saltKey,
    workers: rows > MOST_ROWS_HERE ? 1 : 0,
    onProgress: (fraction) => onProgress(Math.floor(fraction * (WHOLE - 1))),
  });
  return manifestOf({ ...manifest, version: manifest.program.version, rulebook, secret, made });
}
