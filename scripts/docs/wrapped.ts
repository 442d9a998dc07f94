/** Markdown with its prose in lines of at most 120 columns. Tables, headings, comments and code stay as they are. */

const MOST_COLUMNS = 120;
const FENCE = /^ *```/;
const NOT_PROSE = /^ *(\||#|<|>|$)/;
const ITEM = /^ *(\*|-|\d+\.) +/;
/** A word that at the beginning of a line would be the marker of something. */
const MARKER = /^([-*+]|#+|[>|].*|\d+[.)])$/;

/** A part of a page: prose to be filled into lines, or a line that stays. */
type Part = { readonly first: string; readonly words: string } | string;

export const wrapped = (page: string): string =>
  partsOf(page)
    .flatMap((part) => (typeof part === 'string' ? [part] : filled(part.first, part.words)))
    .join('\n');

function partsOf(page: string): Part[] {
  const parts: Part[] = [];
  let isCode = false;
  let isProse = false;
  for (const line of page.split('\n')) {
    const isFence = FENCE.test(line);
    const stays = isCode || isFence || NOT_PROSE.test(line);
    const first = ITEM.exec(line)?.[0];
    const last = parts.at(-1);
    if (stays) parts.push(line);
    else if (first === undefined && isProse && typeof last === 'object')
      parts[parts.length - 1] = { first: last.first, words: `${last.words} ${line.trim()}` };
    else {
      const indent = first ?? /^ */.exec(line)?.[0] ?? '';
      parts.push({ first: indent, words: line.slice(indent.length) });
    }
    isProse = !stays;
    if (isFence) isCode = !isCode;
  }
  return parts;
}

/** Lines of a paragraph or item; what follows the first is as deep as its text. Code within it is not divided. */
function filled(first: string, words: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [word] of words.matchAll(/(`[^`]*`|[^\s`])+/g)) {
    const isFull = first.length + line.length + 1 + word.length > MOST_COLUMNS;
    if (line === '' || !isFull) line += line === '' ? word : ` ${word}`;
    else if (!MARKER.test(word)) {
      lines.push(line);
      line = word;
    } else {
      // It takes the word before it along.
      const end = line.lastIndexOf(' ');
      lines.push(line.slice(0, Math.max(end, 0)));
      line = `${line.slice(end + 1)} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((text, i) => (i === 0 ? first : ' '.repeat(first.length)) + text);
}
