/** Leaf files: the leaves of an extract's Merkle tree, 32 bytes each, in the order of rows. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { HASH_BYTES, type Leaves } from '#base/merkle';

/** Leaves in memory, one behind the other. */
export const leavesIn = (bytes: Uint8Array): Leaves => ({
  count: bytes.length / HASH_BYTES,
  read: (from, through) => bytes.subarray(from * HASH_BYTES, through * HASH_BYTES),
});

/**
 * A leaf file, open for reading; close it.
 * @throws Error when the file cannot be read or does not consist of whole leaves
 */
export function openLeaves(path: string): Leaves & { close(): void } {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  if (size % HASH_BYTES !== 0) {
    closeSync(file);
    throw new Error(`"${path}" has ${size} bytes, expected a multiple of ${HASH_BYTES}; make the extract again`);
  }
  return {
    count: size / HASH_BYTES,
    read(from, through) {
      const bytes = new Uint8Array((through - from) * HASH_BYTES);
      for (let read = 0; read < bytes.length; ) {
        const more = readSync(file, bytes, read, bytes.length - read, from * HASH_BYTES + read);
        if (more === 0) throw new Error(`"${path}" became shorter while it was read`);
        read += more;
      }
      return bytes;
    },
    close: () => closeSync(file),
  };
}
