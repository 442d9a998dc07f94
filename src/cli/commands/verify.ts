import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { comparingOutput, measuredFile } from '#audit/comparing-output';
import { madeDifference, rowDifference } from '#audit/differences';
import { type Manifest, ManifestError, manifestOf, readManifest } from '#audit/manifest';
import { checkProof, type Proof } from '#audit/proof';
import { type ExtractSecret, extractSecret, readSecret } from '#audit/secret';
import { readPublicKeys, signatureDifference } from '#audit/signature';
import { measuringOutput, type Output } from '#base/output';
import { grouped } from '#base/text';
import { defaultThreads } from '#base/threads';
import { UserError } from '#base/user-error';
import { keyColumns } from '#extract/file-rows';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import { outputColumns } from '#records/layout';
import { requireFilesOrStore } from '../inputs.ts';
import { Differs, type FilesOfManifest, inputsOf, requireSameKind, type StoreOfManifest } from '../manifest-inputs.ts';
import { withStoreToRead } from '../open-store.ts';
import { type ReplacementsOption, replacementsOption, rulesOrVersionOption, SECRET_ENDING } from '../options.ts';
import { retiredOf } from '../replacements-file.ts';
import { secretPath } from '../secret-file.ts';
import { withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface Options extends ReplacementsOption {
  readonly store?: string;
  readonly rules?: string;
  readonly file?: string;
  readonly proof?: string;
  readonly keys?: string;
  readonly secret?: string;
}

/** Whoever can change the extract can also write a new manifest for it, with another SHA-256. */
const toBeKept = ({ sha256 }: Manifest): string => `keep the SHA-256 of the manifest in another place: ${sha256}`;

export const verifyCommand = (): Command =>
  new Command('verify')
    .description(
      'Makes an extract again from its manifest and compares every byte, or checks the proof of one row. Exit code 1, with the first difference, if anything differs.',
    )
    .argument('[MANIFEST]', 'the manifest that cenr extract wrote')
    .argument('[FILE...]', 'the files the extract was made from, or their folder')
    .option('--store <DIR>', 'the store the extract was made from, instead of files')
    .addOption(rulesOrVersionOption())
    .addOption(replacementsOption())
    .option('--file <FILE>', 'the extract itself; names the first row that differs, is missing or was added')
    .option(
      '--proof <PROOF>',
      'check the proof of a row instead; with MANIFEST, also check that the row is in that extract',
    )
    .option(
      '--secret <FILE>',
      `the secret that cenr extract wrote for an extract from files (default: beside the manifest, with ${SECRET_ENDING})`,
    )
    .option(
      '--keys <FILE>',
      'check the signature of the manifest with these public keys (cenr signing-key list --json, or GET /v1/signing-keys) instead of those of --store',
    )
    .addHelpText(
      'after',
      '\nExample:\n  cenr verify cenr.txt.manifest.json sample --file cenr.txt\n  cenr verify cenr.txt.manifest.json --store data\n  cenr verify --proof proof.json cenr.txt.manifest.json --keys keys.json',
    )
    .action(async (path: string | undefined, paths: string[], options: Options) => {
      try {
        const lines =
          options.proof === undefined
            ? await verifyExtract(path, paths, options)
            : await verifyProof(options.proof, path, paths, options);
        terminal.out.write(`${lines.join('\n')}\n`);
      } catch (error) {
        if (!(error instanceof Differs || error instanceof ManifestError)) throw error;
        terminal.out.write(`differs: ${error.message}\n`);
        terminal.exitCode = 1;
      }
    });

/**
 * Checks the signature of a manifest.
 * @param isNeeded whether a manifest without one is refused where there are keys
 * @returns what to say of it
 * @throws Differs
 */
async function checkSignature(
  manifest: Manifest,
  { keys: path, store: dir }: Options,
  isNeeded: boolean,
): Promise<string[]> {
  const { signature } = manifest;
  const keys =
    path !== undefined
      ? readPublicKeys(readFileSync(path, 'utf8'), path)
      : dir !== undefined
        ? await withStoreToRead(dir, async (store) => await store.signingKeys())
        : undefined;
  if (keys && (signature || isNeeded)) {
    const difference = signatureDifference(manifest, keys);
    if (difference !== undefined) throw new Differs(difference);
    return [`the manifest is signed with the key ${signature?.key}, and the signature is valid`];
  }
  if (!signature) return ['the manifest is not signed'];
  return [
    `the manifest is signed with the key ${signature.key}; give its public key with --keys FILE to check the signature`,
  ];
}

async function verifyProof(
  proofPath: string,
  manifestPath: string | undefined,
  paths: readonly string[],
  options: Options,
): Promise<string[]> {
  const { file, rules, keys, store } = options;
  if (paths.length > 0 || file !== undefined || rules !== undefined)
    throw new UserError('--proof needs no records; give only the manifest with it, and --keys FILE or --store DIR');
  if (manifestPath === undefined && (keys !== undefined || store !== undefined))
    throw new UserError('keys check the signature of a manifest; give the manifest too');
  const manifest = manifestPath === undefined ? undefined : readManifest(readFileSync(manifestPath));
  const signature = manifest ? await checkSignature(manifest, options, true) : [];
  const proof = json(proofPath);
  const difference = checkProof(proof, manifest);
  if (difference !== undefined) throw new Differs(difference);
  const { index, rows, root } = proof as Proof;
  const holds = `the proof holds: row ${grouped(index + 1)} of ${grouped(rows)}, with its reasons`;
  return manifest
    ? [
        `${holds}, is in the extract of the manifest with SHA-256 ${manifest.sha256}`,
        ...signature,
        ...(keys === undefined && store === undefined
          ? [
              'no signature was checked: whoever wrote the proof may have written the manifest too. Compare its SHA-256 with the one that was kept when the extract was made',
            ]
          : []),
      ]
    : [
        `${holds}, is in the extract with the Merkle root ${root}`,
        'it was checked without a signed manifest: whoever wrote it may have made up the row. Compare that root with the manifest of the extract, or give the manifest and --keys FILE',
      ];
}

function json(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new Differs('this is not a proof: it is not JSON');
  }
}

async function verifyExtract(
  manifestPath: string | undefined,
  paths: readonly string[],
  options: Options,
): Promise<string[]> {
  if (manifestPath === undefined) throw new UserError('give the manifest of the extract, or a proof with --proof FILE');
  requireFilesOrStore(paths, options.store, 'give what the extract was made from:');
  const manifest = readManifest(readFileSync(manifestPath));
  requireSameKind(manifest, options);
  const signature = await checkSignature(manifest, options, options.keys !== undefined);

  if (options.store !== undefined && options.secret !== undefined)
    throw new UserError('--secret is for extracts from files; a store has its own');
  const inputs = await inputsOf(manifest, { paths, ...options });
  const { rulebook } = inputs;
  const secret = inputs.from === 'store' ? inputs.secret : secretFromFile(manifest, manifestPath, options);
  // Another file is one that the manifest does not speak of: what to compare with is the extract made anew.
  const own = options.file === undefined ? undefined : await measuredFile(options.file);
  const columns = outputColumns(rulebook.schemas.output, manifest.columns);
  const comparing =
    options.file === undefined ? undefined : await comparingOutput(options.file, keyColumns(columns, rulebook));
  const made = manifestOf({
    ...manifest,
    version: manifest.program.version,
    rulebook,
    secret,
    made: await again(manifest, inputs, secret)(comparing ?? measuringOutput()),
  });
  const place = comparing?.difference();
  const inWords = place && rowDifference(place, columns, rulebook);
  const difference = madeDifference(manifest, made);
  if (difference !== undefined) {
    const program =
      manifest.program.version === VERSION
        ? ''
        : `; it was made by version ${manifest.program.version} of the program, and this is ${VERSION}`;
    const where =
      own?.sha256 !== manifest.file.sha256 ? '' : inWords === undefined ? '' : `; in "${options.file}", ${inWords}`;
    const hint =
      options.file === undefined ? '; use --file FILE with the extract itself to see the first row and column' : '';
    throw new Differs(difference + where + hint + program);
  }
  if (inWords !== undefined)
    throw new Differs(
      `"${options.file}" is not the extract of the manifest: ${inWords}; expected SHA-256 ${manifest.file.sha256}, found ${own?.sha256}`,
    );
  return [
    `byte-identical: ${grouped(made.rows)} rows, their trace and the Merkle root are those of the manifest`,
    ...(options.file === undefined ? [] : [`"${options.file}" is that extract`]),
    ...signature,
    toBeKept(manifest),
  ];
}

/** The secret of an extract from files. The Merkle root cannot be made again without it. */
function secretFromFile(
  manifest: Manifest,
  manifestPath: string,
  { secret: given }: Options,
): ExtractSecret | undefined {
  if (manifest.secret === undefined) return undefined;
  const path = given ?? secretPath(manifestPath);
  if (!existsSync(path))
    throw new UserError(
      `the secret of the extract is missing: there is no file "${path}"; cenr extract wrote it beside the manifest, with ${SECRET_ENDING}. Give it with --secret FILE`,
    );
  const secret = extractSecret(readSecret(readFileSync(path, 'utf8'), path), manifest);
  if (secret.id === manifest.secret) return secret;
  throw new Differs(
    `"${path}" is the secret of another extract: expected the secret with id ${manifest.secret}, found ${secret.id}`,
  );
}

/** How the extract is made again from its inputs. */
function again(manifest: Manifest, inputs: FilesOfManifest | StoreOfManifest, secret: ExtractSecret | undefined) {
  const { request, runDate, columns } = manifest;
  const common = { rulebook: inputs.rulebook, request, runDate, columns, manifest: true, saltKey: secret?.saltKey };
  return (output: Output) =>
    withProgress((onProgress) => {
      if (inputs.from === 'store') {
        const { storeDir, snapshot } = inputs;
        return extractFromStore({ ...common, storeDir, snapshot, out: output, onProgress });
      }
      const { files, encoding, replacements } = inputs;
      const retired = retiredOf(replacements, inputs.rulebook);
      return extractFromFiles({ ...common, files, encoding, retired, threads: defaultThreads(), output, onProgress });
    });
}
