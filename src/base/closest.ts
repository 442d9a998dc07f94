/** How many single-character changes turn one word into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** The `most` names nearest to a word, the nearest first: those with few changes, first those that hold the word. */
export function nearest(word: string, names: readonly string[], most: number): string[] {
  const short = word.slice(0, 80).toLowerCase();
  const far = (name: string): number => distance(short, name.toLowerCase()) * 2 - Number(name.endsWith(word));
  return names
    .map((name) => ({ name, far: far(name) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ name }) => name);
}

/**
 * ` Did you mean "overlaps"?` when one of `names` is close to the misspelt `word`, else nothing: to be put behind a
 * sentence. Words beyond 80 characters are not compared: nobody mistypes those, and the comparison is quadratic.
 */
export function closest(word: string, names: Iterable<string>): string {
  if (word.length > 80) return '';
  let best: string | undefined;
  // Of a word of two letters, two changes leave nothing.
  let fewest = Math.max(1, Math.min(Math.max(2, Math.floor(word.length / 3)), word.length - 1)) + 1;
  for (const name of names) {
    const d = distance(word.toLowerCase(), name.toLowerCase());
    if (d < fewest) [best, fewest] = [name, d];
  }
  return best === undefined ? '' : ` Did you mean "${best}"?`;
}
