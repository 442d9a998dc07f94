import { Command, Option } from 'commander';
import { notComparedForAYear } from '#authoring/pages/in-effect';
import { rulesInWords } from '#authoring/pages/rules-in-words';
import { today } from '#cli/clock';
import { rulesOrVersionOption } from '#cli/options';
import { rulebookFrom } from '#cli/rulebook-from';
import { terminal } from '#cli/terminal';
import type { Rulebook } from '#rulebook/load/assemble';
import { severitiesOf } from '#rulebook/resolve/declared';

interface Options {
  readonly rules?: string;
  readonly store?: string;
  readonly format?: 'md' | 'html';
  readonly field?: string;
  readonly year?: string;
}

export const listRulesCommand = (): Command =>
  new Command('list')
    .description(
      'Lists the rules of each field, the checks and the parameters. With --format, --field or --year, writes the rules of the fields as sentences.',
    )
    .addOption(rulesOrVersionOption())
    .option('--store <DIR>', 'the store that keeps the version')
    .addOption(
      new Option('--format <F>', 'write sentences, as Markdown (md) or as one HTML page (html)').choices([
        'md',
        'html',
      ]),
    )
    .option('--field <NUMBER>', 'write sentences for this field only, and for the parameters that it uses')
    .option('--year <YEAR>', 'write sentences only for enrollments that start in this academic year, such as 2022-2023')
    .addHelpText(
      'after',
      '\nExample:\n  cenr rules list\n  cenr rules list --format html > rules.html\n  cenr rules list --field 42 --year 2022-2023\n  cenr rules list --year 2022-2023 --rules 1f0c77aa --store data',
    )
    .action(async (options: Options) => {
      const rulebook = await rulebookFrom(options);
      const { field, year } = options;
      const format = options.format ?? (field === undefined && year === undefined ? undefined : 'md');
      terminal.out.write(
        format === undefined
          ? `${listing(rulebook, today()).join('\n')}\n`
          : inSentences(rulebook, { format, field, year }),
      );
    });

function inSentences(
  rulebook: Rulebook,
  { format, field, year }: { format: 'md' | 'html'; field: string | undefined; year: string | undefined },
): string {
  const wanted = { ...(field !== undefined && { field }), ...(year !== undefined && { academicYear: year }) };
  return rulesInWords(rulebook, { format, today: today(), ...wanted });
}

function listing(rulebook: Rulebook, day: string): string[] {
  const { about, hash, declared } = rulebook;
  const old = notComparedForAYear(rulebook, day);
  const days = ({ from, through }: { from?: string; through?: string }): string =>
    `${from ? ` from ${from}` : ''}${through ? ` through ${through}` : ''}`;
  return [
    `${about.name}, version ${about.version}, after "${about.publication.page}" of ${about.publication.updated}, last compared ${about.lastCompared}`,
    `SHA-256 ${hash}`,
    '',
    'Fields',
    ...declared.fields.map(
      ({ json }) => `  ${json.field}  ${json.name}: ${json.rules.map((rule) => rule.name).join(', ')}`,
    ),
    '',
    'Checks',
    ...declared.checks.map((check) => `  ${check.json.code}  ${severitiesOf(check).join(', ')}  ${check.json.title}`),
    '',
    'Parameters',
    ...[...declared.parameters.values()].map(
      ({ json }) =>
        `  ${json.name}: ${json.values.map((v) => `${v.key === undefined ? '' : `${v.key} `}${v.value}${v.for ? ` for ${v.for.join(', ')}` : ''}${days(v)}`).join(', ') || '(none)'}`,
    ),
    ...(old.length
      ? [
          '',
          'Not compared with the publication for a year',
          ...old.map(({ what, lastCompared, file }) => `  ${what}: ${lastCompared ?? 'no day given'} (${file})`),
        ]
      : []),
  ];
}
