import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { LIST_FORMATS, listFormatOf } from '#authoring/impact/change-list';
import { reportLines } from '#authoring/impact/impact-text';
import type { ImpactReport } from '#authoring/impact/report';
import { UserError } from '#base/user-error';
import { addRequestOptions, dayOption, type RequestOptions, requestFrom } from '#cli/options';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { progressBar } from '#cli/summary';
import type { Impact } from '#service/schemas/impact';
import { draftPath, print } from './draft-service.ts';

export const draftImpactCommand = (): Command =>
  addRequestOptions(withService(new Command('impact')), '--first-day')
    .description(
      'Shows what a draft changes in an extract of the stored records. Waits for the report, and records that you have read it.',
    )
    .argument('<ID>', 'the id of the draft')
    .option('--run-date <DATE>', 'the day the extract is made (default: today)', dayOption)
    .option('--out <FILE>', 'write the report to FILE: Markdown if the name ends in .md, otherwise JSON')
    .option('--changes <FILE>', 'write every change to FILE: .ndjson, .csv or .xlsx')
    .addHelpText(
      'after',
      '\nExample:\n  cenr rules draft impact draft_0mwqvx55dua2uadsc1k --lea 9900001 --academic-year 2024-2025',
    )
    .action(impact);

const PATIENCE_MS = 300;

interface ImpactOptions extends ServiceOptions, RequestOptions {
  /** The first day of a range, as in `cenr rules impact`. */
  readonly firstDay?: string;
  readonly runDate?: string;
  readonly out?: string;
  readonly changes?: string;
}

async function impact(id: string, options: ImpactOptions): Promise<void> {
  const { out, changes, runDate, firstDay } = options;
  const format = changes === undefined ? undefined : listFormatOf(changes);
  if (changes !== undefined && !format)
    throw new UserError(
      `--changes ${changes}: expected a name that ends in ${LIST_FORMATS.map((f) => `.${f}`).join(', ')}`,
    );
  const ask = serviceClient(options);
  const request = requestFrom({ ...options, ...(firstDay !== undefined && { from: firstDay }) });
  const accepted = await ask(draftPath(id, '/impact'), {
    method: 'POST',
    body: { request, ...(runDate !== undefined && { runDate }) },
  });
  const self = accepted.headers.get('location') as string;
  const progress = progressBar();
  let job = accepted.json<Impact>();
  while (job.status === 'Pending' || job.status === 'Processing') {
    await wait(PATIENCE_MS);
    job = (await ask(self)).json<Impact>();
    progress(job.progress / 100);
  }
  progress.stop();
  if (job.status !== 'Complete')
    throw new UserError(`the impact report is ${job.status}${job.failure ? `: ${job.failure}` : ''}`);
  if (out === undefined) print(reportLines(job.report as ImpactReport));
  else
    writeFileSync(
      out,
      out.endsWith('.md')
        ? (await ask(self, { accept: 'text/markdown' })).bytes
        : `${JSON.stringify(job.report, null, 2)}\n`,
    );
  if (changes !== undefined) writeFileSync(changes, (await ask(`${self}/changes?format=${format}`)).bytes);
}
