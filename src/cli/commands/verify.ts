import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { comparingOutput, measuredFile } from '#audit/comparing-output';
import {
  inManifestOrder,
  madeDifference,
  rowDifference,
  rulebookDifference,
  uploadsDifference,
} from '#audit/differences';
import { type Manifest, ManifestError, manifestOf, readManifest } from '#audit/manifest';
import { checkProof, type Proof } from '#audit/proof';
import { measuringOutput, type Output } from '#base/output';
import { grouped } from '#base/text';
import { defaultThreads } from '#base/threads';
import { UserError } from '#base/user-error';
import { inputFiles } from '#intake/lines';
import { extractFromFiles } from '#pipeline/from-files';
import { extractFromStore } from '#pipeline/from-store';
import { outputColumns } from '#records/layout';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { requireFilesOrStore } from '../inputs.ts';
import { withExistingStore } from '../open-store.ts';
import { rulesOrVersionOption } from '../options.ts';
import { rulebookFrom } from '../rulebook-from.ts';
import { withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface Options {
  readonly store?: string;
  readonly rules?: string;
  readonly file?: string;
  readonly proof?: string;
}

/** Something is not as the manifest or the proof says; the message names it. */
class Differs extends Error {}

export const verifyCommand = (): Command =>
  new Command('verify')
    .description(
      'Makes an extract again from its manifest and compares every byte, or checks the proof of one row. Exit code 1, with the first difference, if anything differs.',
    )
    .argument('[MANIFEST]', 'the manifest that cenr extract wrote')
    .argument('[FILE...]', 'the files the extract was made from, or their folder')
    .option('--store <DIR>', 'the store the extract was made from, instead of files')
    .addOption(rulesOrVersionOption())
    .option('--file <FILE>', 'the extract itself; names the first row and column that differ')
    .option(
      '--proof <PROOF>',
      'check the proof of a row instead; with MANIFEST, also check that the row is in that extract',
    )
    .addHelpText(
      'after',
      '\nExample:\n  cenr verify cenr.txt.manifest.json sample --file cenr.txt\n  cenr verify cenr.txt.manifest.json --store data\n  cenr verify --proof proof.json cenr.txt.manifest.json',
    )
    .action(async (path: string | undefined, paths: string[], options: Options) => {
      try {
        const lines =
          options.proof === undefined
            ? await verifyExtract(path, paths, options)
            : verifyProof(options.proof, path, paths, options);
        terminal.out.write(`${lines.join('\n')}\n`);
      } catch (error) {
        if (!(error instanceof Differs || error instanceof ManifestError)) throw error;
        terminal.out.write(`differs: ${error.message}\n`);
        terminal.exitCode = 1;
      }
    });

function verifyProof(
  proofPath: string,
  manifestPath: string | undefined,
  paths: readonly string[],
  { store, file, rules }: Options,
): string[] {
  if (paths.length > 0 || store !== undefined || file !== undefined || rules !== undefined)
    throw new UserError('--proof needs no records; give only the manifest with it');
  const manifest = manifestPath === undefined ? undefined : readManifest(readFileSync(manifestPath));
  const proof = json(proofPath);
  const difference = checkProof(proof, manifest);
  if (difference !== undefined) throw new Differs(difference);
  const { index, rows, root } = proof as Proof;
  const holds = `the proof holds: row ${grouped(index + 1)} of ${grouped(rows)}, with its reasons`;
  return manifest
    ? [`${holds}, is in the extract of the manifest`]
    : [
        `${holds}, is in the extract with the Merkle root ${root}`,
        'compare that root with the manifest of the extract, or give the manifest',
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
  const { inputs } = manifest;
  if (inputs.from !== (options.store === undefined ? 'files' : 'store'))
    throw new UserError(
      inputs.from === 'store'
        ? 'the extract was made from a store; give it with --store DIR'
        : 'the extract was made from files; give them',
    );

  const { rulebook, extract } =
    options.store === undefined
      ? await fromFiles(manifest, paths, options)
      : fromStore(manifest, options.store, options);
  // Another file is one that the manifest does not speak of: what to compare with is the extract made anew.
  const own = options.file === undefined ? undefined : await measuredFile(options.file);
  const comparing = options.file === undefined ? undefined : await comparingOutput(options.file);
  const made = manifestOf({
    ...manifest,
    version: manifest.program.version,
    rulebook,
    made: await extract(comparing ?? measuringOutput()),
  });
  const place = comparing?.difference();
  const inWords = place && rowDifference(place, outputColumns(rulebook.schemas.output, manifest.columns));
  const difference = madeDifference(manifest, made);
  if (difference !== undefined) {
    const program =
      manifest.program.version === VERSION
        ? ''
        : `; it was made by version ${manifest.program.version} of the program, and this is ${VERSION}`;
    const where =
      own?.sha256 !== manifest.file.sha256
        ? ''
        : inWords === undefined
          ? ''
          : `; from "${options.file}" it differs ${inWords}`;
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
  ];
}

interface Again {
  readonly rulebook: Rulebook;
  readonly extract: (output: Output) => Promise<Parameters<typeof manifestOf>[0]['made']>;
}

async function fromFiles(manifest: Manifest, paths: readonly string[], options: Options): Promise<Again> {
  const inputs = manifest.inputs as Extract<Manifest['inputs'], { from: 'files' }>;
  const given = await Promise.all(
    (await inputFiles(paths)).map(async ({ path }) => ({ path, name: basename(path), ...(await measuredFile(path)) })),
  );
  const files = inManifestOrder(inputs.files, given);
  if ('difference' in files) throw new Differs(files.difference);
  const rulebook = rulebookOf(manifest, options);
  const { request, runDate, columns } = manifest;
  return {
    rulebook,
    extract: (output) =>
      withProgress((onProgress) =>
        extractFromFiles({
          files: files.map((file) => ({ ...file, recordType: inputs.recordType })),
          rulebook,
          request,
          runDate,
          columns,
          encoding: inputs.encoding,
          threads: defaultThreads(),
          output,
          manifest: true,
          onProgress,
        }),
      ),
  };
}

function fromStore(manifest: Manifest, storeDir: string, options: Options): Again {
  const inputs = manifest.inputs as Extract<Manifest['inputs'], { from: 'store' }>;
  const { snapshot } = inputs;
  const rulebook = withExistingStore(
    storeDir,
    (store) => {
      const uploads = store
        .uploadsThrough(snapshot)
        .map((upload) => ({ ...upload, files: upload.files.map((f) => ({ ...f, name: basename(f.name) })) }));
      const difference = uploadsDifference(inputs, uploads);
      if (difference !== undefined) throw new Differs(difference);
      const kept = options.rules === undefined ? store.rulebook(manifest.rulebook.sha256) : undefined;
      return kept ? assemble(kept) : rulebookOf(manifest, options);
    },
    '; give the folder that the extract was made from',
  );
  const { request, runDate, columns } = manifest;
  return {
    rulebook,
    extract: (out) =>
      withProgress((onProgress) =>
        extractFromStore({ storeDir, rulebook, request, runDate, columns, snapshot, out, manifest: true, onProgress }),
      ),
  };
}

/** The rulebook of `--rules`, or the one that comes with the program when it is the same. */
function rulebookOf(manifest: Manifest, { rules, store }: Options): Rulebook {
  const rulebook = rulebookFrom({ ...(rules !== undefined && { rules }), ...(store !== undefined && { store }) });
  const difference = rulebookDifference(manifest, rulebook);
  if (difference === undefined) return rulebook;
  if (rules !== undefined) throw new Differs(difference);
  throw new UserError(
    `the extract was made with another rulebook than the one in this program${store === undefined ? '' : ', and the store does not keep it'}; give the rules with --rules DIR (${difference})`,
  );
}
