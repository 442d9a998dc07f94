import { Command, Option } from 'commander';
import { grouped } from '#base/text';
import type { SampleOptions } from '#sample/generate';
import { writeSample } from '#sample/write';
import { numberOption } from '../options.ts';
import { say, seconds } from '../summary.ts';

export const sampleVerb = (): Command =>
  new Command('sample')
    .description(
      'Writes files of synthetic students, realistic and full of edge cases. The same seed gives the same bytes.',
    )
    .requiredOption('--students <N>', 'how many students', numberOption(1))
    .requiredOption(
      '--out <DIR>',
      'the folder for SENR.txt, SINF.txt, SPRG.txt, SELA.txt and SWDS.txt; made if need be',
    )
    .option('--seed <S>', 'a whole number', numberOption(0), 1)
    .option('--leas <K>', 'how many LEAs the students go to', numberOption(1), 2)
    .option(
      '--last-year <CCYY>',
      'the calendar year in which their last academic year starts; that of schemas/sample.json when not given',
      numberOption(1900),
    )
    .addOption(
      new Option('--style <STYLE>', 'as an LEA sends its files, or as it downloads them (ODS extracts)')
        .choices(['plain', 'ods'])
        .default('plain'),
    )
    .addHelpText('after', '\nExample:\n  cenr sample --students 1000 --out sample')
    .action(async ({ out, ...options }: { out: string } & SampleOptions) => {
      const begun = performance.now();
      const counts = await writeSample(options, out);
      const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
      say([
        `${grouped(options.students)} students, ${grouped(total)} records in ${seconds(begun)}, in the folder ${out}`,
        ...Object.entries(counts).map(([type, n]) => `  ${type}.txt  ${grouped(n)}`),
      ]);
    });
