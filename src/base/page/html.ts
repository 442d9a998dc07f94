/** Blocks as a page of HTML that needs nothing else: no script, no other file. */
import type { Block, Line } from './blocks.ts';

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem; margin: 0 auto; padding: 1rem; }
a { color: #0b4f9c; }
code { font-size: 0.9em; background: #f2f2f2; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
th, td { border: 1px solid #767676; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
`;

/** @param title what the page is called; plain text */
export const asHtml = (title: string, blocks: readonly Block[]): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${blocks.map(blockHtml).join('\n')}
</main>
</body>
</html>
`;

/** One block, its text escaped. */
export function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level} id="${escaped(anchorOf(block.text))}">${lineHtml(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${lineHtml(block.text)}</p>`;
    case 'table': {
      const head = block.head.map((cell) => `<th scope="col">${lineHtml(cell)}</th>`).join('');
      const rows = block.rows.map((cells) => `<tr>${cells.map((cell) => `<td>${lineHtml(cell)}</td>`).join('')}</tr>`);
      return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
    }
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      const items = block.items.map(
        ({ text, blocks }) => `<li>${lineHtml(text)}${blocks.map((b) => `\n${blockHtml(b)}`).join('')}</li>`,
      );
      return `<${tag}>\n${items.join('\n')}\n</${tag}>`;
    }
  }
}

/** The anchor of a heading, as GitHub makes it of Markdown. */
const anchorOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const MARKED = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\][]+)\]\(([^()\s]+)\)/;

/**
 * Code, strong words and links to places of the same page; other addresses lead nowhere from a page that stands alone,
 * and are left out.
 */
export function lineHtml(line: Line): string {
  const found = MARKED.exec(line);
  if (!found) return escaped(line);
  const [whole, code, strong, words = '', address = ''] = found;
  const marked =
    code !== undefined
      ? `<code>${escaped(code)}</code>`
      : strong !== undefined
        ? `<strong>${escaped(strong)}</strong>`
        : address.startsWith('#')
          ? `<a href="${escaped(address)}">${lineHtml(words)}</a>`
          : lineHtml(words);
  return escaped(line.slice(0, found.index)) + marked + lineHtml(line.slice(found.index + whole.length));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => ENTITIES[c] as string);
