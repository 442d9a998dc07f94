/**
 * An id that ascends with time and cannot be guessed: a prefix, the time in base 36, and random letters.
 * @param now milliseconds since 1970
 * @param random 10 random bytes
 */
export function newId(prefix: string, now: number, random: Uint8Array): string {
  const letters = Array.from(random, (byte) => (byte % 32).toString(32)).join('');
  return `${prefix}_${now.toString(36).padStart(9, '0')}${letters}`;
}
