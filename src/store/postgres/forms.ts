/** The forms of lines that a database knows by number. */
import type { Form } from '#records/block/form';
import { formNumbers, LineForms } from '#records/formed-lines';
import { type Asked, json } from './connection.ts';

const textOf = ({ recordType, columns }: Form): string => json({ recordType, columns });

/** Forms never change: what is known of them is known for good. */
export class KnownForms {
  readonly #byNumber = new Map<number, Form>();
  readonly #ofLines = new Map<string, LineForms>();

  /**
   * The forms of lines as they were packed.
   * @throws RangeError for a number that the database does not have
   */
  async of(sql: Asked, forms: string): Promise<LineForms> {
    const known = this.#ofLines.get(forms);
    if (known) return known;
    if (formNumbers(forms).some((number) => !this.#byNumber.has(number))) await this.#read(sql);
    const found = new LineForms(forms, (number) => {
      const form = this.#byNumber.get(number);
      if (!form) throw new RangeError(`the store has no layout ${number}`);
      return form;
    });
    this.#ofLines.set(forms, found);
    return found;
  }

  async #read(sql: Asked): Promise<void> {
    for (const { number, json } of await sql<{ number: number; json: string }[]>`SELECT number, json FROM form`)
      this.#byNumber.set(number, JSON.parse(json) as Form);
  }
}

/** The numbers of forms inside an upload: new ones come with it, or not at all. */
export class FormNumbers {
  readonly #known = new Map<string, number>();
  readonly #ofForm = new Map<Form, number>();
  #added: (readonly [number: number, text: string])[] = [];
  #last = 0;

  /** Reads those that there are. */
  async read(sql: Asked): Promise<void> {
    for (const { number, json } of await sql<{ number: number; json: string }[]>`SELECT number, json FROM form`) {
      this.#known.set(json, number);
      this.#last = Math.max(this.#last, number);
    }
  }

  /** Takes over what another thread knows. */
  learn(forms: readonly (readonly [form: Form, number: number])[]): void {
    for (const [form, number] of forms) {
      this.#known.set(textOf(form), number);
      this.#last = Math.max(this.#last, number);
    }
  }

  readonly numberOf = (form: Form): number => {
    let number = this.#ofForm.get(form);
    if (number === undefined) {
      const text = textOf(form);
      number = this.#known.get(text);
      if (number === undefined) {
        number = ++this.#last;
        this.#known.set(text, number);
        this.#added.push([number, text]);
      }
      this.#ofForm.set(form, number);
    }
    return number;
  };

  /** Writes those that are new. */
  async write(sql: Asked): Promise<void> {
    const added = this.#added;
    this.#added = [];
    for (const [number, text] of added) await sql`INSERT INTO form (number, json) VALUES (${number}, ${text})`;
  }
}
