import { Command } from 'commander';
import { grouped } from '#base/text';
import { defaultThreads, keepHeapsSmall } from '#base/threads';
import { broughtNothing } from '#intake/apply';
import type { Encoding } from '#intake/lines';
import type { Problem } from '#intake/problem';
import { checkFiles } from '#pipeline/from-files';
import { today } from '../clock.ts';
import { namedInputs, referenceLines } from '../inputs.ts';
import {
  encodingOption,
  problemsOption,
  type ReplacementsOption,
  recordTypeOption,
  replacementsOption,
  rulesOption,
  senderOption,
} from '../options.ts';
import { replacementsFile, retiredOf } from '../replacements-file.ts';
import { rulebookFrom } from '../rulebook-from.ts';
import { notPostedLines, problemsFile, say, seconds, tallyLines, withProgress } from '../summary.ts';
import { terminal } from '../terminal.ts';

/** So many problems are shown when no file was asked for. */
const SHOWN = 20;

export const checkCommand = (): Command =>
  new Command('check')
    .description(
      'Checks CALPADS files as an upload would, and stores nothing. Exit code 1 if a record is rejected, or none can be used.',
    )
    .argument('<FILE...>', 'files or folders; files compressed with gzip can be read as they are')
    .addOption(senderOption())
    .addOption(problemsOption())
    .addOption(encodingOption())
    .addOption(recordTypeOption())
    .addOption(rulesOption())
    .addOption(replacementsOption())
    .addHelpText('after', '\nExample:\n  cenr check SENR.txt SINF.txt --lea 9900001 --problems problems.csv')
    .action(
      async (
        paths: string[],
        options: {
          lea: string;
          problems?: string;
          encoding: Encoding;
          as?: string;
          rules?: string;
        } & ReplacementsOption,
      ) => {
        const begun = performance.now();
        keepHeapsSmall();
        const inputs = await namedInputs(paths, options.as, options.encoding, await rulebookFrom(options));
        const { files, rulebook } = inputs;
        const replacements = await replacementsFile(options.replacements);
        const file = options.problems === undefined ? undefined : problemsFile(options.problems);
        let shown = 0;
        const onProblem = async (problem: Problem): Promise<void> => {
          if (file) await file.write(problem);
          else if (shown++ < SHOWN) {
            const field = problem.field ? ` field ${problem.field} ${problem.fieldName}:` : '';
            terminal.out.write(
              `${problem.file}:${problem.line}: ${problem.severity} ${problem.code}${field} ${problem.message}\n`,
            );
          }
        };
        const tally = await withProgress((onProgress) =>
          checkFiles({
            files,
            rulebook,
            sender: options.lea === 'all' ? undefined : options.lea,
            loadDay: today(),
            retired: retiredOf(replacements, rulebook),
            encoding: options.encoding,
            threads: defaultThreads(),
            onProgress,
            onProblem,
          }),
        );
        await file?.close();
        if (!file && shown > SHOWN)
          terminal.out.write(`… and ${grouped(shown - SHOWN)} more; use --problems FILE to write all of them\n`);
        say([
          ...tallyLines({ ...tally, references: inputs.references }, 'checked', rulebook),
          ...notPostedLines(tally, files),
          ...referenceLines(inputs),
          `in ${seconds(begun)}`,
        ]);
        if (tally.counts.rejected > 0 || broughtNothing({ ...tally, ...inputs })) terminal.exitCode = 1;
      },
    );
