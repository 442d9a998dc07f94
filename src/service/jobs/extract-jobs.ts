/** Extracts as jobs: one at a time, since an extract uses every core by itself. */
import { type ExtractRequest, RequestError } from '#extract/request';
import type { Rulebook } from '#rulebook/load/assemble';
import { rulesNotApplied } from '#rulebook/tree/references';
import type { ExtractJob } from '#store/extract-job';
import type { RulesHolder } from '../rules/rules-holder.ts';
import type { JobDefinition, WriteFiles } from './job-queue.ts';
import type { SharedExtracts } from './shared-extracts.ts';
import type { ExtractFiles, ExtractRows, ExtractWork, WrittenExtract } from './write-extract.ts';

/**
 * How extracts are made, with the rules in effect when a job begins or those that it names.
 * @param sharing has other processes make parts of large ones; absent where there are none
 */
export const extractJobs = (
  rules: Pick<RulesHolder, 'current' | 'by'>,
  writeExtract: WriteFiles<ExtractWork, WrittenExtract>,
  sharing?: SharedExtracts,
): JobDefinition<'extract', ExtractFiles> => ({
  kind: 'extract',
  endings: {
    rows: '.txt',
    trace: '.trace.ndjson',
    leaves: '.leaves',
    manifest: '.manifest.json',
    counts: '.counts.json',
    exceptions: '.exceptions.ndjson',
    exceptionCounts: '.exceptions.json',
    withoutRow: '.without-row.ndjson',
    withoutRowCounts: '.without-row.json',
    grounds: '.grounds',
    parts: '.parts',
  },
  isAnew: true,
  async make(job, files, control, note) {
    // Rules may have changed since it was asked for. Unless it names a version, it is made with those now in effect, to
    // its end, and says so.
    const rulebook = await rulebookOf(job, rules);
    await note({ rulebookHash: rulebook.hash });
    requireColumns(rulebook, job.columns);
    const shared = sharing?.rangesOf({ job: job.id, attempt: job.attempt as number }, files.parts, control.signal);
    const work = { ...rowsOf(job, rulebook), files, shared };
    const { rows, bytes, sha256, warnings } = await writeExtract(work, control);
    const notApplied = rulesNotApplied(rulebook.extract).map(({ rules, message }) => ({ rules: [...rules], message }));
    return {
      rows,
      bytes,
      sha256,
      ...(warnings.length > 0 && { warnings }),
      ...(notApplied.length > 0 && { notApplied }),
    };
  },
  failed: 'The extract could not be made. The log of the service has the cause, with the id of this extract.',
});

/** What an extract is made from. */
export const rowsOf = ({ request, runDate, columns, snapshot }: ExtractJob, rulebook: Rulebook): ExtractRows => ({
  request: request as ExtractRequest,
  ...{ rulebook, runDate, columns, snapshot: snapshot as number },
});

async function rulebookOf(
  { rulebookAsked, rulebookHash }: ExtractJob,
  rules: Pick<RulesHolder, 'current' | 'by'>,
): Promise<Rulebook> {
  const asked = await (rulebookAsked ? rules.by(rulebookHash) : rules.current());
  if (asked) return asked.rulebook;
  throw new RequestError(
    'rulebook',
    `the request names the version ${rulebookHash} of the rulebook, which is no longer kept`,
  );
}

/** The rulebook may have taken effect after the request was understood. */
function requireColumns({ schemas }: Rulebook, columns: string): void {
  const { columnSets } = schemas.output;
  if (!Object.hasOwn(columnSets, columns))
    throw new RequestError(
      'columns',
      `the rulebook in effect has no columns "${columns}"; expected one of ${Object.keys(columnSets).join(', ')}`,
    );
}
