/** What a page says otherwise than its ledger. Pure. */
import type { LedgerJson, LedgerSentence } from '#rulebook/load/declarations';
import { sentenceHash, sentencesOf } from './page-sentences.ts';

/** A sentence of the page as it is now. */
export interface PageSentence {
  readonly text: string;
  readonly sha256: string;
}

export interface PageDifferences {
  /** Sentences that are in both. */
  readonly same: number;
  /** In the place of a sentence of the ledger stands another one. */
  readonly changed: readonly { readonly before: LedgerSentence; readonly now: PageSentence }[];
  readonly gone: readonly LedgerSentence[];
  /** `after` is the id of the sentence of the ledger before it; absent at the start of the page. */
  readonly new: readonly { readonly after?: string; readonly now: PageSentence }[];
}

/**
 * Compares a ledger with the page as it is now.
 * @param text the page as text, one paragraph, list item or table row a line
 */
export function compareWithPage(ledger: LedgerJson, text: string): PageDifferences {
  const before = ledger.elements.flatMap(({ sentences }) => sentences);
  const now = sentencesOf(text, ledger.table).map((sentence) => ({ text: sentence, sha256: sentenceHash(sentence) }));
  const pairs = common(
    before.map((s) => s.sha256),
    now.map((s) => s.sha256),
  );
  const differences = {
    same: pairs.length,
    changed: [] as PageDifferences['changed'][number][],
    gone: [] as LedgerSentence[],
    new: [] as PageDifferences['new'][number][],
  };
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...pairs, [before.length, now.length] as const]) {
    for (; i < nextI && j < nextJ; i++, j++)
      differences.changed.push({ before: before[i] as LedgerSentence, now: now[j] as PageSentence });
    for (; i < nextI; i++) differences.gone.push(before[i] as LedgerSentence);
    for (; j < nextJ; j++) {
      const after = before[i - 1]?.id;
      differences.new.push({ ...(after !== undefined && { after }), now: now[j] as PageSentence });
    }
    i++;
    j++;
  }
  return differences;
}

/**
 * The places of a longest common subsequence, ascending. The `diff` package finds another one where a sentence stands
 * twice: that the first of the two reads otherwise is then one sentence new and one gone, instead of one changed.
 */
function common(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      (lengths[i] as Uint32Array)[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  return pairs;
}
