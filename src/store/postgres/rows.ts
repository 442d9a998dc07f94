/** Histories as rows in the binary form of PostgreSQL's COPY: nothing in it needs to be written otherwise than it is. */

/** `PGCOPY`, and that there are neither flags nor an extension. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const COLUMNS = 5;
/** The number of PostgreSQL's type `text`. */
const TEXT = 25;
/** A number of 64 bits in two halves. */
const HALF = 2 ** 32;

export interface RowToCopy {
  readonly leas: readonly string[];
  readonly forms: string;
  readonly body: string;
}

/** Rows with ascending SSIDs. */
export class RowsToCopy {
  #bytes: Buffer;
  #length = 0;
  /** How many there are. */
  count = 0;
  /** The numbers of the first and the last SSID. */
  least = Number.POSITIVE_INFINITY;
  most = Number.NEGATIVE_INFINITY;

  /** @param bytes about so many come */
  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(1024, bytes));
    this.#length = HEADER.copy(this.#bytes);
  }

  add(ssid: number, changed: number, { leas, forms, body }: RowToCopy): void {
    this.count++;
    this.least = Math.min(this.least, ssid);
    this.most = Math.max(this.most, ssid);
    // No character takes more than three bytes for each unit of its own.
    const most = 64 + (forms.length + body.length) * 3 + leas.reduce((sum, lea) => sum + 4 + lea.length * 3, 0);
    this.#room(most);
    this.#length = this.#bytes.writeInt16BE(COLUMNS, this.#length);
    this.#number(ssid);
    this.#number(changed);
    this.#texts(leas);
    this.#text(forms);
    this.#text(body);
  }

  /** All of them, in a buffer of its own. */
  take(): Uint8Array<ArrayBuffer> {
    this.#room(TRAILER.length);
    this.#length += TRAILER.copy(this.#bytes, this.#length);
    return new Uint8Array(this.#bytes.buffer as ArrayBuffer, this.#bytes.byteOffset, this.#length);
  }

  #number(number: number): void {
    const high = Math.floor(number / HALF);
    this.#int(8);
    this.#int(high);
    this.#length = this.#bytes.writeUInt32BE(number - high * HALF, this.#length);
  }

  #texts(texts: readonly string[]): void {
    const from = this.#length;
    this.#int(0);
    for (const number of [texts.length > 0 ? 1 : 0, 0, TEXT]) this.#int(number);
    if (texts.length > 0) for (const number of [texts.length, 1]) this.#int(number);
    for (const text of texts) this.#text(text);
    this.#bytes.writeInt32BE(this.#length - from - 4, from);
  }

  #text(text: string): void {
    const written = this.#bytes.write(text, this.#length + 4, 'utf8');
    this.#int(written);
    this.#length += written;
  }

  #int(number: number): void {
    this.#length = this.#bytes.writeInt32BE(number, this.#length);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
