/** Parts of a store that have their answers at once, as SQLite has in this process. */

/** A part of a store, each method of which gives its answer instead of promising it. */
export type AtOnce<Part> = {
  readonly [Name in keyof Part]: Part[Name] extends (...asked: infer Asked) => Promise<infer Answer>
    ? (...asked: Asked) => Answer
    : never;
};

type Method = (...asked: readonly unknown[]) => unknown;

/**
 * The same part, as a store has it: what a method gives is promised, and what it throws rejects the promise. A method
 * does all of its work before anybody else has a turn, so nothing comes between the statements of a transaction.
 * @param part an object of functions, or one of a class
 */
export function promised<Part extends object>(part: AtOnce<Part>): Part {
  const methods = part as unknown as Readonly<Record<string, Method>>;
  return Object.fromEntries(
    methodNames(part).map((name) => {
      const method = (methods[name] as Method).bind(part);
      return [name, async (...asked: readonly unknown[]) => method(...asked)];
    }),
  ) as Part;
}

function methodNames(part: object): string[] {
  const prototype: object = Object.getPrototypeOf(part);
  if (prototype === Object.prototype) return Object.keys(part);
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
}
