import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { grouped } from '#base/text';
import { type SampleOptions, sampleDirectory } from '#sample/generate';
import { fileOf, readSampleRecipe, writeSample } from '#sample/write';
import { numberOption } from '../options.ts';
import { say, seconds } from '../summary.ts';

export const sampleCommand = (): Command =>
  new Command('sample')
    .description('Writes files of synthetic students, with many edge cases. The same seed gives the same bytes.')
    .requiredOption('--students <N>', 'how many students', numberOption(1))
    .requiredOption(
      '--out <DIR>',
      'the folder for SENR.txt, SINF.txt, SPRG.txt, SELA.txt, SWDS.txt and MEPS.txt; created if missing',
    )
    .option('--seed <S>', 'a whole number', numberOption(0), 1)
    .option('--leas <K>', 'how many LEAs the students attend', numberOption(1), 2)
    .option(
      '--last-year <CCYY>',
      'the calendar year in which the last academic year starts (default: the one in schemas/sample.json)',
      numberOption(1900),
    )
    .addOption(
      new Option('--style <STYLE>', 'plain: as an LEA sends its files; ods: as it downloads them (ODS extracts)')
        .choices(['plain', 'ods'])
        .default('plain'),
    )
    .option('--directory', 'also write schools.csv, a directory of the schools')
    .option(
      '--identities',
      'students who are hard to tell apart: twins, renamed and misspelt ones, two numbers, moves; also writes requests.txt (lines without SSID) and identities.csv (who everybody is)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  cenr sample --students 1000 --out sample\n  cenr sample --students 20000 --leas 20 --identities --out sample',
    )
    .action(async ({ out, directory, ...options }: { out: string; directory?: true } & SampleOptions) => {
      const begun = performance.now();
      const counts = await writeSample(options, out);
      if (directory) writeFileSync(join(out, 'schools.csv'), sampleDirectory(readSampleRecipe(), options));
      const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
      say([
        `${grouped(options.students)} students, ${grouped(total)} records in ${seconds(begun)}, in the folder ${out}`,
        ...Object.entries(counts).map(([type, n]) => `  ${fileOf(type)}  ${grouped(n)}`),
        ...(directory ? ['  schools.csv'] : []),
      ]);
    });
