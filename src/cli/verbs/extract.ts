import { Command } from 'commander';
import { extractFromFiles } from '../../extract/from-files.ts';
import { extractFromStore } from '../../extract/from-store.ts';
import { fileOutput, streamOutput } from '../../extract/output.ts';
import { requestFacts } from '../../extract/request.ts';
import { type Encoding, inputFiles } from '../../intake/lines.ts';
import { holdsStore } from '../../store/sqlite.ts';
import { defaultThreads } from '../../work/pool.ts';
import {
  addRequestOptions,
  columnsFrom,
  dayOption,
  encodingOption,
  problemsOption,
  type RequestOptions,
  requestFrom,
  rulebookFrom,
  rulesOption,
  today,
  UsageError,
} from '../options.ts';
import { count, problemsFile, progressBar, say, seconds, tallyLines } from '../report.ts';

interface Options extends RequestOptions {
  readonly store?: string;
  readonly runDate?: string;
  readonly columns?: string;
  readonly rules?: string;
  readonly encoding: Encoding;
  readonly problems?: string;
  readonly out: string;
}

export const extractVerb = (): Command =>
  addRequestOptions(new Command('extract'))
    .description('Makes the Cumulative Enrollment Extract, straight from CALPADS files or from a store.')
    .argument('[FILE...]', 'files or folders, of one LEA or of many; .gz is read as it is')
    .option('--store <DIR>', 'a folder that cenr load has filled, instead of files')
    .option('--run-date <DATE>', 'the day the extract is made; today when not given', dayOption)
    .option('--columns <N>', 'which columns: 50, or 48 without the two dates at the end')
    .addOption(rulesOption())
    .addOption(encodingOption())
    .addOption(problemsOption())
    .requiredOption('--out <FILE>', 'where the extract goes; - for the standard output')
    .addHelpText(
      'after',
      '\nExample:\n  cenr extract sample --lea 9900001 --academic-year 2023-2024 --out cenr.txt\n  cenr extract --store data --lea all --as-of 2023-10-04 --out -',
    )
    .action(async (paths: string[], options: Options) => {
      const begun = performance.now();
      if (paths.length > 0 === (options.store !== undefined)) throw new UsageError('give either files or --store DIR, and not both');
      if (options.store !== undefined && options.problems !== undefined)
        throw new UsageError('--problems goes with files; a store keeps only records without a rejection (cenr load --problems FILE reports them)');
      const rulebook = rulebookFrom(options);
      const columns = columnsFrom(rulebook, options.columns);
      const request = requestFrom(options);
      requestFacts(request, rulebook);
      const runDate = options.runDate ?? today();
      const progress = progressBar();
      const output = options.out === '-' ? streamOutput(process.stdout) : undefined;
      const common = { rulebook, request, runDate, columns, onProgress: progress };
      if (options.store !== undefined) {
        if (!holdsStore(options.store)) throw new UsageError(`there is no store in "${options.store}"; cenr load FILE --lea LEA --store DIR makes one`);
        const done = await extractFromStore({ ...common, storeDir: options.store, out: output ?? options.out }).finally(() => progress.stop());
        say([`rows          ${count(done.rows)} of ${count(done.students)} students`, `SHA-256       ${done.sha256}`, `in ${seconds(begun)}`]);
        return;
      }
      const files = await inputFiles(paths);
      const problems = options.problems === undefined ? undefined : problemsFile(options.problems);
      const done = await extractFromFiles({
        ...common,
        files,
        encoding: options.encoding,
        threads: defaultThreads(),
        output: output ?? (await fileOutput(options.out)),
        onProblem: problems?.write,
      }).finally(() => progress.stop());
      await problems?.close();
      say([
        `rows          ${count(done.rows)} of ${count(done.students)} students`,
        `SHA-256       ${done.sha256}`,
        ...tallyLines(done.tally, 'kept'),
        `in ${seconds(begun)}`,
      ]);
      if (done.tally.counts.rejected > 0 && !problems) say(['--problems FILE writes what is wrong with the rejected records']);
    });
