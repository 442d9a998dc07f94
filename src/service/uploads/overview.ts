/** Uploads as an administrator sees them. */
import type { FastifyInstance } from 'fastify';
import type { Upload } from '#intake/upload';
import type { LEAScope } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { partsOfCheck } from '#rulebook/resolve/declared';
import { callersOf } from '../access-log/visible.ts';
import type { UploadOverview } from '../schemas/upload-overview.ts';
import { shownUploadJob } from '../schemas/upload-status.ts';

type Problems = UploadOverview['uploads'][number]['problems'];

/** Of each status, so many that are not loaded are listed. */
const MOST_UNFINISHED = 50;
const UNFINISHED = ['Processing', 'Pending', 'Failed'] as const;

/** By code of a check, how its problems are counted. */
const SEVERITIES = new WeakMap<Rulebook, ReadonlyMap<string, keyof Problems>>();

function severitiesOf(rulebook: Rulebook): ReadonlyMap<string, keyof Problems> {
  const known =
    SEVERITIES.get(rulebook) ??
    new Map(
      rulebook.declared.checks.map((check) => {
        const of = new Set(partsOfCheck(check).map(({ json }) => json.severity));
        const [only] = of;
        return [check.json.code, of.size === 1 && only ? only : 'rejectOrWarn'];
      }),
    );
  SEVERITIES.set(rulebook, known);
  return known;
}

/** Shows uploads and who sent them. */
export async function overviewOf(
  app: FastifyInstance,
): Promise<(upload: Upload) => Promise<UploadOverview['uploads'][number]>> {
  const severities = severitiesOf((await app.rules.current()).rulebook);
  const by = await senderOf(app);
  return async ({ id, sender, receivedAt, files, linesRead, counts, problemCounts }) => {
    const problems = { reject: 0, warn: 0, advice: 0, rejectOrWarn: 0 };
    // A check of former rules may not be known any more.
    for (const [code, count] of Object.entries(problemCounts))
      problems[severities.get(code) ?? 'rejectOrWarn'] += count;
    return {
      ...{ id, sender, receivedAt, linesRead, problems },
      files: files.map(({ name }) => name),
      rejected: counts.rejected,
      ...(await by(id)),
    };
  };
}

/** Uploads that are not loaded: in work, waiting, or given up. */
export async function unfinished(app: FastifyInstance, scope: LEAScope): Promise<UploadOverview['unfinished']> {
  const jobs = app.store.forLEAs(scope).jobs('upload');
  const by = await senderOf(app);
  const found = [];
  for (const status of UNFINISHED)
    for (const job of await jobs.list({ limit: MOST_UNFINISHED, status })) {
      const { id, status, progress, sender, requestedAt, failure } = shownUploadJob(job);
      const failed = failure !== undefined && { failure };
      found.push({ id, status, progress, sender, requestedAt, ...failed, ...(await by(id)) });
    }
  return found;
}

type BySender = Pick<UploadOverview['uploads'][number], 'by'>;

async function senderOf({ store }: FastifyInstance): Promise<(id: string) => Promise<BySender>> {
  const callers = await callersOf(store);
  return async (id) => {
    const caller = await store.jobs('upload').askedBy(id);
    if (caller === undefined || caller === '') return {};
    const name = callers.get(caller)?.name;
    return { by: { id: caller, ...(name !== undefined && { name }) } };
  };
}
