/** The thread of form-pieces.ts: it makes a form piece by piece, as it is asked to. */
import { createReadStream } from 'node:fs';
import { serveTasks } from '#base/serve-tasks';
import { type FormPlan, madeForm } from '#extract/forms/made-form';

/** Pieces are put together until they are as large: each takes a turn of both event loops. */
const GATHERED_BYTES = 1 << 18;

export interface FormWork {
  readonly plan: FormPlan;
  /** The text file of the extract. */
  readonly path: string;
}

export type FormThread = typeof setUp;

const setUp = ({ plan, path }: FormWork) => {
  const pieces = madeForm(plan, createReadStream(path, { highWaterMark: 1 << 20 }));
  return {
    /** The next bytes; none at the end. */
    async next(): Promise<Uint8Array> {
      const gathered: Buffer[] = [];
      for (let length = 0; length < GATHERED_BYTES; ) {
        const next = await pieces.next();
        if (next.done) break;
        const bytes = Buffer.from(next.value as Uint8Array);
        gathered.push(bytes);
        length += bytes.length;
      }
      return Buffer.concat(gathered);
    },
  };
};

serveTasks(setUp);
