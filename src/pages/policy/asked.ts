/** Asking REST for a change: a refusal is shown on the page that asked, and what was typed stays. */
import { type Refusal, RefusedError } from '../visit.ts';

/** Why something was refused; `undefined` when it was done. */
export async function refusalOf(asked: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal;
    throw error;
  }
}
