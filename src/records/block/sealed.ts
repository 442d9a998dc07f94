/**
 * A part of a block as bytes: compressed, behind a header that says what it is and tells damage. Numbers are
 * little-endian, as is everything in a block.
 *
 *     0 'CENB'   4 format version   5 part   8 checksum of all behind it   12 bytes when decompressed
 *     16 checksum of the part that it belongs to, 0 for none   20 compressed bytes
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const MAGIC = 0x424e4543;
export const FORMAT_VERSION = 1;
const HEADER_BYTES = 20;
const CHECKED_FROM = 12;
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** No block comes near this; a damaged length must not take all memory. */
const MOST_BYTES = 1 << 30;
/** What `zlib` asks of a piece. */
const LEAST_PIECE = constants.Z_MIN_CHUNK;

/** `whole` has all columns, `hot` those that are read often, `cold` the others. */
export type PartName = 'whole' | 'hot' | 'cold';
const PARTS: readonly PartName[] = ['whole', 'hot', 'cold'];

/** A block cannot be read: it is damaged, or of a later version of the program. */
export class BlockDamagedError extends Error {
  /** @param where which students in which store */
  constructor(where: string, reason: string) {
    super(
      `the histories of ${where} cannot be read: ${reason}. All others can; cenr verify-store lists what is damaged. Restore the store from a backup`,
    );
    this.name = 'BlockDamagedError';
  }
}

/**
 * Seals the bytes of a part.
 * @param belongsTo the sealed part that this is the rest of
 */
export function sealed(name: PartName, bytes: Uint8Array, belongsTo?: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = zstdCompressSync(bytes, LEVEL);
  const all = new Uint8Array(HEADER_BYTES + packed.length);
  const header = new DataView(all.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint8(4, FORMAT_VERSION);
  header.setUint8(5, PARTS.indexOf(name));
  header.setUint32(12, bytes.length, true);
  header.setUint32(16, belongsTo ? checksumOf(belongsTo) : 0, true);
  all.set(packed, HEADER_BYTES);
  header.setUint32(8, crc32(all.subarray(CHECKED_FROM)), true);
  return all;
}

const checksumOf = (part: Uint8Array): number => viewOf(part).getUint32(8, true);

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/**
 * The bytes of a sealed part, at the beginning of a buffer of their own or aligned to eight bytes.
 * @param names what the part may be
 * @throws BlockDamagedError
 */
export function unsealed(
  part: Uint8Array,
  where: string,
  names: readonly PartName[],
  belongsTo?: Uint8Array,
): { readonly name: PartName; readonly bytes: Uint8Array } {
  const refuse = (reason: string): never => {
    throw new BlockDamagedError(where, reason);
  };
  if (part.length < HEADER_BYTES) refuse(`found ${part.length} bytes, expected at least ${HEADER_BYTES}`);
  const header = viewOf(part);
  if (header.getUint32(0, true) !== MAGIC) refuse('found other bytes than those that a block begins with');
  const version = header.getUint8(4);
  if (version !== FORMAT_VERSION)
    refuse(
      `found format version ${version}, this version of cenr reads ${FORMAT_VERSION}; use the version that wrote it`,
    );
  const [found, expected] = [crc32(part.subarray(CHECKED_FROM)), header.getUint32(8, true)];
  if (found !== expected) refuse(`found checksum ${hex(found)}, expected ${hex(expected)}`);
  const name = PARTS[header.getUint8(5)];
  if (name === undefined || !names.includes(name)) return refuse(`found part ${name}, expected ${names.join(' or ')}`);
  if (header.getUint32(16, true) !== (belongsTo ? checksumOf(belongsTo) : 0))
    refuse('found a part that belongs to another block');
  const length = header.getUint32(12, true);
  const bytes = decompressed(part.subarray(HEADER_BYTES), length, refuse);
  if (bytes.length !== length) refuse(`found ${bytes.length} bytes when decompressed, expected ${length}`);
  return { name, bytes: bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes) };
}

const hex = (checksum: number): string => checksum.toString(16).padStart(8, '0');

function decompressed(packed: Uint8Array, length: number, refuse: (reason: string) => never): Uint8Array {
  try {
    const most = Math.min(Math.max(length, 1), MOST_BYTES);
    // In one piece: by default it is made of pieces of 16 KB.
    return zstdDecompressSync(packed, { maxOutputLength: most, chunkSize: Math.max(most, LEAST_PIECE) });
  } catch (error) {
    return refuse(`it cannot be decompressed (${(error as Error).message})`);
  }
}
