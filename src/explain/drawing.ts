/** Lines for a terminal: headings, paragraphs and drawn trees, in colors where there are any. */

export type Color = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

const CODES: Readonly<Record<Color, number>> = { bold: 1, dim: 2, green: 32, red: 31, yellow: 33 };

/** A piece of a drawn tree. The mark stands before the text. */
export interface Branch {
  readonly mark?: string;
  readonly color?: Color;
  readonly text: string;
  readonly below?: readonly Branch[];
}

/** Lines are broken here; most terminals are wider. */
const WIDTH = 110;
const LEAST_WIDTH = 40;
const INDENT = '    ';

/** Lines as they are put together. */
export class Drawing {
  readonly #lines: string[] = [];
  readonly #colors: boolean;

  constructor({ colors }: { readonly colors: boolean }) {
    this.#colors = colors;
  }

  heading(text: string): void {
    if (this.#lines.length) this.#lines.push('');
    this.#lines.push(...broken(text, WIDTH).map((line) => this.#painted(line, 'bold')));
  }

  paragraph(text: string): void {
    this.#lines.push(...broken(text, WIDTH));
  }

  /** A text behind a label; lines that it goes on in are set in. */
  entry(label: string, text: string): void {
    const [first = ''] = broken(`${label} ${text}`, WIDTH);
    this.#lines.push(`${this.#painted(first.slice(0, label.length), 'bold')}${first.slice(label.length)}`);
    const rest = `${label} ${text}`.slice(first.length + 1);
    if (rest !== '') this.#lines.push(...broken(rest, WIDTH - INDENT.length).map((line) => `${INDENT}${line}`));
  }

  tree(branches: readonly Branch[], indent = ''): void {
    for (const [i, { mark, color, text, below = [] }] of branches.entries()) {
      const isLast = i === branches.length - 1;
      const inner = `${indent}${isLast ? '   ' : '│  '}`;
      const [first = '', ...more] = broken(
        mark === undefined ? text : `${mark}  ${text}`,
        Math.max(WIDTH - inner.length - 3, LEAST_WIDTH),
      );
      this.#lines.push(
        `${indent}${isLast ? '└─ ' : '├─ '}${mark !== undefined && color ? this.#painted(mark, color) + first.slice(mark.length) : first}`,
      );
      for (const line of more) this.#lines.push(`${inner}${below.length ? '│  ' : '   '}${line}`);
      this.tree(below, inner);
    }
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #painted(text: string, color: Color): string {
    return this.#colors ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text;
  }
}

/** A text in lines of at most so many characters; longer words stay whole. */
function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  // Two blanks stand between a mark and its text, and stay.
  for (const word of text.split(/(?<! ) (?! )/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
