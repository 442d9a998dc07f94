/** The forms of lines, and the columns that are read often, that a store knows by number. */
import type { DatabaseSync } from 'node:sqlite';
import type { Form, OftenRead } from '#records/block/form';

export interface Forms {
  at(number: number): Form | undefined;
  /** The number of a form, which is kept when it is new. Inside a transaction. */
  numberOf(form: Form): number;
  /** After a transaction was undone: numbers given in it mean nothing. */
  forget(): void;
}

const known = new WeakMap<DatabaseSync, Forms>();

/** Those of a store's file. */
export function formsOf(db: DatabaseSync): Forms {
  let forms = known.get(db);
  if (!forms) {
    forms = newForms(db);
    known.set(db, forms);
  }
  return forms;
}

function newForms(db: DatabaseSync): Forms {
  const byNumber = new Map<number, Form>();
  const numbers = new Map<Form, number>();
  return {
    at(number) {
      let form = byNumber.get(number);
      if (!form) {
        const row = db.prepare('SELECT json FROM form WHERE number = ?').get(number);
        if (!row) return undefined;
        form = JSON.parse(row['json'] as string) as Form;
        byNumber.set(number, form);
        numbers.set(form, number);
      }
      return form;
    },
    numberOf(form) {
      let number = numbers.get(form);
      if (number === undefined) {
        const { recordType, columns } = form;
        const json = JSON.stringify({ recordType, columns });
        db.prepare('INSERT OR IGNORE INTO form (json) VALUES (?)').run(json);
        number = Number(db.prepare('SELECT number FROM form WHERE json = ?').get(json)?.['number']);
        numbers.set(form, number);
      }
      return number;
    },
    forget() {
      byNumber.clear();
      numbers.clear();
    },
  };
}

/** Keeps which columns are read often; gives those that were kept when there is nothing new. Inside a transaction. */
export function oftenRead(db: DatabaseSync, often?: OftenRead): OftenRead | undefined {
  if (often) {
    const keep = db.prepare('INSERT OR REPLACE INTO often_read (record_type, columns) VALUES (?, ?)');
    for (const [recordType, columns] of often) keep.run(recordType, JSON.stringify([...columns].sort()));
    return often;
  }
  const rows = db.prepare('SELECT record_type, columns FROM often_read').all() as Record<string, string>[];
  if (rows.length === 0) return undefined;
  return new Map(
    rows.map((row) => [row['record_type'] as string, new Set(JSON.parse(row['columns'] as string) as string[])]),
  );
}
