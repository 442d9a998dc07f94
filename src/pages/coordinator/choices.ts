/** What can be chosen in a request: worked out once after each upload, and remembered. */
import type { FastifyInstance } from 'fastify';
import { type EnrollmentCounts, enrollmentCounts } from '#pipeline/enrollment-counts';
import type { LEAScope } from '#records/scope';

export type Choices = ReadonlyMap<string, EnrollmentCounts>;

const REMEMBERED = new WeakMap<FastifyInstance, Map<string, Promise<Choices>>>();
const MOST_REMEMBERED = 50;

/** The LEAs in scope, with their schools, grades and years, as the store is now. */
export async function choicesOf(app: FastifyInstance, scope: LEAScope): Promise<Choices> {
  const known = REMEMBERED.get(app) ?? new Map<string, Promise<Choices>>();
  REMEMBERED.set(app, known);
  const snapshot = await app.store.snapshot();
  const { rulebook } = await app.rules.current();
  const name = `${snapshot} ${rulebook.hash} ${String(scope)}`;
  const found = known.get(name) ?? enrollmentCounts({ storeDir: app.config.storeDir, scope, snapshot, rulebook });
  known.set(name, found);
  found.catch(() => known.delete(name));
  for (const [oldest] of known) if (known.size > MOST_REMEMBERED) known.delete(oldest);
  return found;
}
