/**
 * What is written beside an extract: its trace, its leaves, and, when everything is written, the Merkle root and the
 * counts.
 */
import { MerkleTree } from '#base/merkle';
import { fileOutput, measuringOutput, type Output, packedOutput, type Written } from '#base/output';
import { addFieldCounts, type Counts } from './counts.ts';
import type { Reasons } from './evidence.ts';

export interface EvidenceOptions {
  /**
   * Where the trace goes: a path under which it appears when it is complete, packed when it ends in `.gz`, or an
   * output.
   */
  readonly trace?: string | Output | undefined;
  /** Where the leaves of the Merkle tree go, 32 bytes each (src/audit/leaves.ts). */
  readonly leaves?: string | Output | undefined;
  /** Whether a manifest is to be made, without a trace or leaves being kept. */
  readonly manifest?: boolean | undefined;
  /** What the salts of leaves are made with (src/base/leaf-hasher.ts); they have none without it. */
  readonly saltKey?: Uint8Array<ArrayBuffer> | undefined;
}

/** What a manifest says of the reasons of rows. */
export interface Evidence {
  /** Bytes and SHA-256 of the lines of the trace, kept or not, before any packing. */
  readonly trace: Written;
  /** SHA-256 at the root of the Merkle tree, hexadecimal. */
  readonly merkleRoot: string;
  /** Whether the leaves have salts. */
  readonly isSalted: boolean;
  /** Empty when there were no students at all. */
  readonly fieldCounts: Counts;
}

export const wantsReasons = ({ trace, leaves, manifest }: EvidenceOptions): boolean =>
  trace !== undefined || leaves !== undefined || manifest === true;

export interface EvidenceOutput {
  /** Adds the reasons of the next rows. */
  add(reasons: Pick<Reasons, 'trace' | 'leaves'>): Promise<void>;
  addCounts(counts: Counts): void;
  finish(): Promise<Evidence>;
  abandon(): Promise<void>;
}

const PACKED = '.gz';

const opened = async (output: string | Output | undefined): Promise<Output | undefined> =>
  typeof output === 'string' ? fileOutput(output) : output;

async function traceOutput(output: string | Output | undefined): Promise<Output | undefined> {
  const trace = await opened(output);
  return trace && typeof output === 'string' && output.endsWith(PACKED) ? packedOutput(trace) : trace;
}

/** @returns `undefined` when nothing is wanted beside the rows */
export async function evidenceOutput(options: EvidenceOptions): Promise<EvidenceOutput | undefined> {
  if (!wantsReasons(options)) return undefined;
  const trace = (await traceOutput(options.trace)) ?? measuringOutput();
  const leaves = await opened(options.leaves).catch(async (error) => {
    await trace.abandon();
    throw error;
  });
  const tree = new MerkleTree();
  let fieldCounts: Counts | undefined;
  return {
    async add(reasons) {
      tree.addAll(reasons.leaves);
      await trace.write(reasons.trace);
      await leaves?.write(reasons.leaves);
    },
    addCounts(counts) {
      if (fieldCounts) addFieldCounts(fieldCounts, counts);
      else fieldCounts = counts;
    },
    async finish() {
      const written = await trace.finish();
      await leaves?.finish();
      return {
        trace: written,
        merkleRoot: tree.root().toString('hex'),
        isSalted: options.saltKey !== undefined,
        fieldCounts: fieldCounts ?? [],
      };
    },
    async abandon() {
      await trace.abandon();
      await leaves?.abandon();
    },
  };
}
