import { Command } from 'commander';
import { LIST_FORMATS, listFormatOf } from '#authoring/impact/change-list';
import { reportLines, reportMarkdown } from '#authoring/impact/impact-text';
import type { ImpactReport } from '#authoring/impact/report';
import { fileOutput } from '#base/output';
import { UserError } from '#base/user-error';
import { today } from '#cli/clock';
import { namedFiles, requireFilesOrStore, withReferencesOf } from '#cli/inputs';
import { LOAD_MAKES_ONE, requireStore, withStore } from '#cli/open-store';
import {
  addRequestOptions,
  dayOption,
  encodingOption,
  numberOption,
  type RequestOptions,
  recordTypeOption,
  requestFrom,
} from '#cli/options';
import { rulebookFrom } from '#cli/rulebook-from';
import { say, seconds, withProgress } from '#cli/summary';
import { terminal } from '#cli/terminal';
import { checkRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import { takeReferences } from '#intake/reference-files';
import { DEFAULT_SAMPLES, type ImpactOptions, impactFromFiles, impactFromStore } from '#pipeline/impact';
import type { Rulebook } from '#rulebook/load/assemble';

interface Options extends RequestOptions {
  /** A folder or a hash; the first day of a range is `firstDay` here. */
  readonly from?: string;
  readonly firstDay?: string;
  readonly to: string;
  readonly store?: string;
  readonly runDate?: string;
  readonly encoding: Encoding;
  readonly as?: string;
  readonly out?: string;
  readonly report?: string;
  readonly sample: number;
}

export const impactRulesCommand = (): Command =>
  addRequestOptions(new Command('impact'), '--first-day')
    .description(
      'Shows what a change to the rules changes in an extract: which rows and values, how many, where and why.',
    )
    .argument('[FILE...]', 'files or folders with records; files compressed with gzip can be read as they are')
    .requiredOption('--to <DIR|HASH>', 'the changed rules: a folder, or the hash of a version kept in --store')
    .option(
      '--from <DIR|HASH>',
      'the rules to compare with: a folder or a hash (default: the published rules of --store, or those of this program)',
    )
    .option('--store <DIR>', 'a store that cenr load has filled, instead of files')
    .option('--run-date <DATE>', 'the day the extract is made (default: today)', dayOption)
    .addOption(encodingOption())
    .addOption(recordTypeOption())
    .option('--out <FILE>', `write every change: ${LIST_FORMATS.map((format) => `.${format}`).join(', ')}`)
    .option('--report <FILE>', 'write the report: .json or .md')
    .option(
      '--sample <N>',
      'how many changes of each kind to explain by both rulebooks',
      numberOption(0),
      DEFAULT_SAMPLES,
    )
    .addHelpText(
      'after',
      '\nExample:\n  cenr rules impact --to my-rules --store data --lea all --academic-year 2023-2024 --out changes.xlsx --report impact.md\n  cenr rules impact --to my-rules sample --lea 9900001 --as-of 2023-10-04',
    )
    .action(async (paths: string[], options: Options) => {
      const begun = performance.now();
      requireFilesOrStore(paths, options.store);
      if (options.store !== undefined) requireStore(options.store, LOAD_MAKES_ONE);
      const out = outFrom(options.out);
      const write = reportWriter(options.report);
      const { store, firstDay } = options;
      const from = await withReferencesOf(await rulebookFrom({ rules: options.from, store }, '--from'), store);
      const to = await withReferencesOf(await rulebookFrom({ rules: options.to, store }, '--to'), store);
      const { from: _, ...asked } = options;
      const request = requestFrom({ ...asked, ...(firstDay !== undefined && { from: firstDay }) });
      checkRequest(request, from);
      const common = { from, to, request, runDate: options.runDate ?? today(), samples: options.sample, out };
      const report = await made(common, paths, options);
      if (options.report !== undefined) {
        const output = await fileOutput(options.report);
        await output.write(write(report));
        await output.finish();
      }
      terminal.out.write(`${reportLines(report).join('\n')}\n`);
      say([
        ...(options.out === undefined ? [] : [`changes       ${options.out}`]),
        ...(options.report === undefined ? [] : [`report        ${options.report}`]),
        `in ${seconds(begun)}`,
      ]);
    });

const made = (
  common: ImpactOptions & { readonly from: Rulebook; readonly to: Rulebook },
  paths: readonly string[],
  { store, encoding, as }: Options,
): Promise<ImpactReport> =>
  withProgress(async (onProgress) => {
    if (store !== undefined) {
      const snapshot = await withStore(store, (opened) => opened.snapshot(), { readOnly: true });
      return impactFromStore({ ...common, storeDir: store, snapshot, onProgress });
    }
    const named = await namedFiles(paths, as, common.from, common.to);
    const { files, rulebook: from } = await takeReferences(named, common.from, encoding);
    const { rulebook: to } = await takeReferences(named, common.to, encoding);
    const { tally: _, ...report } = await impactFromFiles({ ...common, from, to, files, encoding, onProgress });
    return report;
  });

function outFrom(path: string | undefined): ImpactOptions['out'] {
  if (path === undefined) return undefined;
  const format = listFormatOf(path);
  if (!format)
    throw new UserError(`--out ${path}: expected a name that ends in ${LIST_FORMATS.map((f) => `.${f}`).join(', ')}`);
  return { to: path, format };
}

function reportWriter(path: string | undefined): (report: ImpactReport) => string {
  if (path === undefined || path.endsWith('.json')) return (report) => `${JSON.stringify(report, null, 2)}\n`;
  if (path.endsWith('.md')) return reportMarkdown;
  throw new UserError(`--report ${path}: expected a name that ends in .json or .md`);
}
