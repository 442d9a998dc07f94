/** What `cenr extract` does. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManifestInputs, type ManifestOptions, manifestBytes, manifestOf, manifestUploads } from '#audit/manifest';
import { type ExtractSecret, extractSecret, type MadeFrom } from '#audit/secret';
import { type SigningKey, signedManifest } from '#audit/signature';
import { fileOutput, type Output, streamOutput } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { grouped, shortList } from '#base/text';
import { defaultThreads } from '#base/threads';
import { UserError } from '#base/user-error';
import { namedRulebook } from '#extract/forms/about';
import { type Form, formOfName, type MadeForm } from '#extract/forms/form';
import { formPlan } from '#extract/forms/made-form';
import { checkRequest, columnSetFor, type ExtractRequest } from '#extract/request';
import { LAW_BROKEN } from '#extract/warnings';
import { usedNone } from '#intake/apply';
import type { Encoding } from '#intake/lines';
import type { WithReferences } from '#intake/reference-files';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import type { Warning } from '#records/warning';
import type { Rulebook } from '#rulebook/load/assemble';
import { rulesNotApplied } from '#rulebook/tree/references';
import { knownSecretOf, signingKeyOf, storeSecret } from '#service/manifest-keys';
import type { Store } from '#store/store';
import { today } from '../clock.ts';
import { namedInputs, referenceLines, requireFilesOrStore, withReferencesOf } from '../inputs.ts';
import { LOAD_MAKES_ONE, requireStore, withStore, withStoreToRead } from '../open-store.ts';
import { MANIFEST_ENDING, type ReplacementsOption, type RequestOptions, requestFrom } from '../options.ts';
import { replacementsFile, retiredOf } from '../replacements-file.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { secretFile, secretPath } from '../secret-file.ts';
import { problemsFile, say, seconds, tallyLines, withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { formOutput, writeForm } from './make-form.ts';

export interface ExtractOptions extends RequestOptions, ReplacementsOption {
  readonly store?: string;
  readonly runDate?: string;
  readonly columns?: string;
  readonly rules?: string;
  readonly encoding: Encoding;
  readonly as?: string;
  readonly problems?: string;
  readonly out: string;
  readonly trace?: string;
  /** False for `--no-manifest`. */
  readonly manifest?: string | false;
  /** The folder of the store whose key signs the manifest. */
  readonly sign?: string;
  /** The file of the secret. */
  readonly secret?: string;
  readonly format?: Form;
  readonly labels?: boolean;
}

/**
 * Makes an extract, as the options of `cenr extract` say.
 * @param paths files or folders; empty where the options name a store
 */
export async function makeExtract(paths: readonly string[], options: ExtractOptions): Promise<void> {
  const { out, format: form = formOfName(out), labels = false } = options;
  if (form !== 'text') return makeForm(form, paths, options);
  if (labels) throw new UserError('--labels is for --format csv, xlsx or parquet; a text has the codes alone');
  await makeText(paths, options);
}

/** Makes the text in a folder of its own, which only this user can read, and the form of it. */
async function makeForm(form: MadeForm, paths: readonly string[], options: ExtractOptions): Promise<void> {
  const { trace, manifest } = besideFrom(options);
  // A file that cannot be written is reported before rows are made.
  const output = await formOutput(options.out);
  const dir = mkdtempSync(join(tmpdir(), 'cenr-'));
  trackTempFile(dir);
  try {
    const text = join(dir, 'cenr.txt');
    const beside = { manifest: manifest ?? (false as const), ...(trace !== undefined && { trace }) };
    const { common, sha256 } = await makeText(paths, { ...options, ...beside, out: text });
    const { rulebook, columns } = common;
    const made = { ...common, rulebook: namedRulebook(rulebook) };
    await writeForm(formPlan(form, rulebook, columns, options.labels ?? false, { sha256, made }), text, output);
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    rmSync(dir, { recursive: true, force: true });
    untrackTempFile(dir);
  }
}

/** Makes the extract itself. */
async function makeText(
  paths: readonly string[],
  options: ExtractOptions,
): Promise<{ readonly common: Common; readonly sha256: string }> {
  const begun = performance.now();
  requireFilesOrStore(paths, options.store);
  if (options.store !== undefined && options.problems !== undefined)
    throw new UserError(
      '--problems works with files only; a store keeps no rejected records (cenr load --problems FILE writes them)',
    );
  const inputs = await inputsOf(paths, options);
  const { rulebook } = inputs;
  const asked = columnsFrom(rulebook, options.columns);
  const request = requestFrom(options);
  checkRequest(request, rulebook);
  const columns = asked ?? columnSetFor(request, rulebook);
  const runDate = options.runDate ?? today();
  const { trace, manifest } = besideFrom(options);
  const key = await signingKey(options, manifest);
  const common: Common = { rulebook, request, runDate, columns, trace, manifest };
  // The manifest is opened first: a file that cannot be written is reported before rows are made.
  const manifestOutput = manifest === undefined ? undefined : await fileOutput(manifest);
  try {
    const {
      made,
      leas,
      inputs: madeFromInputs,
      secret,
      lines,
      afterwards = [],
    } = await (options.store === undefined
      ? fromFiles(inputs, options, common)
      : fromStore(options.store, options, common));
    if (manifestOutput && madeFromInputs) {
      const written = manifestOf({ ...common, version: VERSION, inputs: madeFromInputs, secret, made });
      await manifestOutput.write(manifestBytes(key ? signedManifest(written, key) : written));
      await manifestOutput.finish();
    }
    const broken = made.warnings.filter(({ code }) => code === LAW_BROKEN);
    const others = made.warnings.filter((warning) => !broken.includes(warning));
    say([
      ...broken.map(({ message }) => `warning: ${message}`),
      `rows          ${grouped(made.rows)} of ${grouped(made.students)} students`,
      `SHA-256       ${made.sha256}`,
      ...(trace === undefined ? [] : [`trace         ${trace}`]),
      ...(manifest === undefined ? [] : [`manifest      ${manifest}${key ? `, signed with key ${key.id}` : ''}`]),
      ...lines,
      ...rulesNotApplied(common.rulebook.extract).map(({ message }) => message),
      `in ${seconds(begun)}`,
      ...afterwards,
      ...(await warningLines(others, options.store === undefined ? 'the files hold' : 'the store holds', leas)),
    ]);
    if (made.warnings.length > 0) terminal.exitCode = broken.length > 0 ? ROWS_BREAK_A_LAW : SOMETHING_MISSING;
    return { common, sha256: made.sha256 };
  } catch (error) {
    await manifestOutput?.abandon();
    throw error;
  }
}

const SOMETHING_MISSING = 1;
const ROWS_BREAK_A_LAW = 4;
const MOST_LEAS = 10;

/** Warnings and, where an LEA has nothing, who has: whoever has the files or the store may know. */
async function warningLines(
  warnings: readonly Warning[],
  hold: string,
  leas: () => Promise<readonly string[]>,
): Promise<string[]> {
  const lines = warnings.map(({ message }) => `warning: ${message}`);
  if (!warnings.some(({ code }) => code === 'NO_ENROLLMENTS_OF_LEA')) return lines;
  const named = shortList(await leas(), MOST_LEAS);
  return [...lines, `${hold} ${named === '' ? 'no enrollments' : `enrollments of ${named}`}`];
}

/** The key of the store that is to sign; a manifest that is not made cannot be signed. */
async function signingKey({ sign }: ExtractOptions, manifest: string | undefined): Promise<SigningKey | undefined> {
  if (sign === undefined) return undefined;
  if (manifest === undefined) throw new UserError('--sign signs the manifest; give --manifest FILE too');
  // A store that nothing was signed with has no key yet: only then is it written to.
  const hint = '; give --sign the folder of the store whose key signs';
  return (
    (await withStoreToRead(sign, async (store) => (await store.signingKeys()).at(-1), hint)) ??
    (await withStore(sign, signingKeyOf))
  );
}

interface Common {
  readonly rulebook: Rulebook;
  readonly request: ExtractRequest;
  readonly runDate: string;
  readonly columns: string;
  readonly trace: string | undefined;
  /** The path of the manifest. */
  readonly manifest: string | undefined;
}

interface Done {
  readonly made: ManifestOptions['made'] & { readonly warnings: readonly Warning[] };
  /** Whose enrollments there are; asked when the extract has warnings. */
  readonly leas: () => Promise<readonly string[]>;
  /** When a manifest is wanted. */
  readonly inputs?: ManifestInputs | undefined;
  readonly secret?: ExtractSecret | undefined;
  /** What there is to say of the records, and when all is said. */
  readonly lines: readonly string[];
  readonly afterwards?: readonly string[];
}

const madeFrom = ({ request, runDate, columns, rulebook }: Common, inputs: MadeFrom['inputs']): MadeFrom => ({
  request,
  runDate,
  columns,
  rulebook: { sha256: rulebook.hash },
  inputs,
});

const outputOf = (out: string): Output | string => (out === '-' ? streamOutput(terminal.out) : out);

async function fromStore(storeDir: string, options: ExtractOptions, common: Common): Promise<Done> {
  const { out, secret: path } = options;
  await requireStore(storeDir, LOAD_MAKES_ONE);
  await replacementsFile(options.replacements, storeDir);
  if (path !== undefined) throw new UserError('--secret is for extracts from files; a store has a secret of its own');
  const { inputs, secret } = common.manifest === undefined ? {} : await storeInputs(storeDir, common);
  const made = await withProgress((onProgress) =>
    extractFromStore({
      ...common,
      manifest: inputs !== undefined,
      saltKey: secret?.saltKey,
      storeDir,
      out: outputOf(out),
      snapshot: inputs?.snapshot,
      onProgress,
    }),
  );
  return {
    made,
    leas: async () => await withStoreToRead(storeDir, async (store) => await store.forLEAs('all').leas()),
    inputs,
    secret,
    lines: [],
  };
}

async function fromFiles(inputs: WithReferences, options: ExtractOptions, common: Common): Promise<Done> {
  const { files } = inputs;
  const problems = options.problems === undefined ? undefined : problemsFile(options.problems);
  const out = outputOf(options.out);
  const { encoding } = options;
  const { manifest } = common;
  if (manifest === undefined && options.secret !== undefined)
    throw new UserError('--secret is for the manifest; leave it out, or give --manifest FILE too');
  const replacements = await replacementsFile(options.replacements);
  const kept = manifest === undefined ? undefined : secretFile(options.secret ?? secretPath(manifest));
  const secret = kept && extractSecret(kept.secret, madeFrom(common, { from: 'files' }));
  const made = await withProgress(async (onProgress) =>
    extractFromFiles({
      ...common,
      manifest: manifest !== undefined,
      saltKey: secret?.saltKey,
      files,
      encoding,
      retired: retiredOf(replacements, common.rulebook),
      threads: defaultThreads(),
      output: typeof out === 'string' ? await fileOutput(out) : out,
      onProblem: problems?.write,
      onProgress,
    }),
  );
  await problems?.close();
  if (usedNone(made.tally.counts)) terminal.exitCode = 1;
  kept?.keep();
  const rejected = made.tally.counts.rejected > 0 && !problems;
  return {
    made,
    leas: async () => [...made.seen.leas].sort(),
    inputs: {
      from: 'files',
      encoding,
      ...(options.as !== undefined && { recordType: options.as }),
      files: made.files,
      ...(replacements && { replacements: replacements.file }),
    },
    secret,
    lines: [
      ...(kept ? [`secret        ${kept.path}`] : []),
      ...tallyLines(made.tally, 'kept', common.rulebook),
      ...referenceLines(inputs),
    ],
    afterwards: rejected ? ['use --problems FILE to see what is wrong with the rejected records'] : [],
  };
}

/** The rules, with the reference files among the files or in the store; of files, those that are read. */
const inputsOf = async (paths: readonly string[], options: ExtractOptions): Promise<WithReferences> =>
  options.store === undefined
    ? namedInputs(paths, options.as, options.encoding, await rulebookFrom(options))
    : { files: [], references: [], rulebook: await withReferencesOf(await rulebookFrom(options), options.store) };

/** Where trace and manifest go. */
function besideFrom({ out, trace, manifest }: ExtractOptions): {
  trace: string | undefined;
  manifest: string | undefined;
} {
  const name = manifest === false ? undefined : (manifest ?? (out === '-' ? undefined : out + MANIFEST_ENDING));
  for (const [option, path] of [
    ['--trace', trace],
    ['--manifest', name],
  ]) {
    if (path === '-') throw new UserError(`${option} needs a file name; standard output is for the extract`);
    if (path !== undefined && path === out)
      throw new UserError(`${option} and --out name the same file, "${path}"; give two different files`);
  }
  if (trace !== undefined && trace === name)
    throw new UserError(`--trace and --manifest name the same file, "${trace}"; give two different files`);
  return { trace, manifest: name };
}

/**
 * The store as it is now, in the words of a manifest, and what the extract is salted with. The rulebook is kept in it,
 * so that the extract can be made again when the rules have changed.
 */
async function storeInputs(
  storeDir: string,
  common: Common,
): Promise<{ readonly inputs: Extract<ManifestInputs, { from: 'store' }>; readonly secret: ExtractSecret }> {
  const { rulebook, request } = common;
  const said = async (store: Store) => {
    const from = { from: 'store', snapshot: await store.snapshot() } as const;
    const secret = await knownSecretOf(store, madeFrom(common, from));
    if (!secret || !(await store.rulebook(rulebook.hash))) return undefined;
    const uploads = manifestUploads(await store.uploadsThrough(from.snapshot), request.reportingLEAs, secret);
    return { inputs: { ...from, uploads }, secret };
  };
  // The first extract of a store, or of a rulebook, leaves something in it; every other one only reads.
  const known = await withStoreToRead(storeDir, said);
  if (known) return known;
  return await withStore(storeDir, async (store) => {
    await store.keepRulebook(rulebook, new Date().toISOString());
    await storeSecret(store);
    return (await said(store)) as NonNullable<Awaited<ReturnType<typeof said>>>;
  });
}
