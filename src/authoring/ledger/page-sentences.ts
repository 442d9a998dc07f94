/** A published page as its sentences, so that each can be known by an id and by its SHA-256. Pure. */
import { createHash } from 'node:crypto';
import type { TableMarks } from '#rulebook/load/declarations';

/**
 * The sentences of a page, in order: every line, cut after full stops, and the rows of its table cut into number to
 * length, sentences, and last cell. White space counts as one blank.
 * @param text the page as text, one paragraph, list item or table row a line
 */
export function sentencesOf(text: string, marks: TableMarks): string[] {
  return text.split('\n').flatMap((line) => {
    const plain = line.replaceAll(/\s+/g, ' ').trim();
    return plain === '' ? [] : cut(plain, marks);
  });
}

/** SHA-256 of a sentence as `sentencesOf` gives it, hexadecimal. */
export const sentenceHash = (sentence: string): string => createHash('sha256').update(sentence).digest('hex');

function cut(line: string, marks: TableMarks): string[] {
  const head = rowHead(line, marks);
  if (head === undefined) return atFullStops(line);
  const rest = line.slice(head.length).trim();
  const last =
    marks.ends.filter((end) => rest === end || rest.endsWith(` ${end}`)).sort((a, b) => b.length - a.length)[0] ?? '';
  const middle = rest.slice(0, rest.length - last.length).trim();
  return [head, ...atFullStops(middle).flatMap((sentence) => atStarts(sentence, marks.starts)), last].filter(Boolean);
}

/** `36. Name CS 30` of a row; undefined for a line that is none. */
function rowHead(line: string, { types }: TableMarks): string | undefined {
  const [number] = /^[0-9]+(-[0-9]+)?\. /.exec(line) ?? [];
  if (number === undefined) return undefined;
  const words = line.split(' ');
  const type = words.findIndex(
    (word, i) => i > 1 && types.includes(word) && (/^[0-9]+$/.test(words[i + 1] ?? '') || words[i + 1] === word),
  );
  return type < 0 ? undefined : words.slice(0, type + 2).join(' ');
}

/** After a full stop and a capital, with or without a blank between; not after the number of a list item. */
const atFullStops = (text: string): string[] => text.split(/(?<=[^\s\d][.?!]|\d{2}[.?!])\s*(?=[A-Z])/).filter(Boolean);

function atStarts(sentence: string, starts: readonly string[]): string[] {
  const places = starts.flatMap((start) => {
    const at = sentence.indexOf(start, 1);
    return at < 0 || !/[\s\d]/.test(sentence.charAt(at - 1)) ? [] : [at];
  });
  const cuts = [0, ...places.sort((a, b) => a - b), sentence.length];
  return cuts.slice(1).map((end, i) => sentence.slice(cuts[i], end).trim());
}
