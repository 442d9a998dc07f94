import { Command } from 'commander';
import type { Rulebook } from '../../rulebook/assemble.ts';
import { runExamples } from '../../rulebook-examples/run.ts';
import { rulebookFrom, rulesOption } from '../options.ts';

export const rulesVerb = (): Command =>
  new Command('rules')
    .description('Checks, tests and lists the rules.')
    .addHelpText('after', '\nExample:\n  cenr rules check --rules my-rules')
    .addCommand(
      new Command('check')
        .description('Says everything that is wrong with the rules; exit code 2 when they cannot be used.')
        .addOption(rulesOption())
        .addHelpText('after', '\nExample:\n  cenr rules check --rules my-rules')
        .action((options: { rules?: string }) => {
          const rulebook = rulebookFrom(options);
          const { declared } = rulebook;
          process.stdout.write(
            `The rulebook can be used: ${declared.fields.length} fields, ${declared.checks.length} checks, ${declared.facts.size} facts, ${declared.parameters.size} parameters.\nSHA-256 ${rulebook.hash}\n`,
          );
        }),
    )
    .addCommand(
      new Command('test')
        .description('Runs the worked examples in rules/examples; exit code 1 when one fails.')
        .addOption(rulesOption())
        .addHelpText('after', '\nExample:\n  cenr rules test --rules my-rules')
        .action((options: { rules?: string }) => {
          const results = runExamples(rulebookFrom(options));
          const failed = results.filter((result) => !result.passed);
          for (const { file, pointer, of, title, message } of failed) process.stdout.write(`${file} ${pointer}\n  ${of}: ${title}\n  ${message}\n`);
          process.stdout.write(`${results.length - failed.length} examples passed, ${failed.length} failed\n`);
          if (failed.length > 0) process.exitCode = 1;
        }),
    )
    .addCommand(
      new Command('list')
        .description('Lists the rules in force: each field with its rules, each check, each parameter.')
        .addOption(rulesOption())
        .addHelpText('after', '\nExample:\n  cenr rules list')
        .action((options: { rules?: string }) => {
          process.stdout.write(`${listing(rulebookFrom(options)).join('\n')}\n`);
        }),
    );

function listing({ about, hash, declared }: Rulebook): string[] {
  const days = ({ from, through }: { from?: string; through?: string }): string => `${from ? ` from ${from}` : ''}${through ? ` through ${through}` : ''}`;
  return [
    `${about.name}, version ${about.version}, after "${about.publication.page}" of ${about.publication.updated}, last compared ${about.lastCompared}`,
    `SHA-256 ${hash}`,
    '',
    'Fields',
    ...declared.fields.map(({ json }) => `  ${json.field}  ${json.name}: ${json.rules.map((rule) => rule.name).join(', ')}`),
    '',
    'Checks',
    ...declared.checks.map(({ json }) => `  ${json.code}  ${json.severity}  ${json.title}`),
    '',
    'Parameters',
    ...[...declared.parameters.values()].map(
      ({ json }) => `  ${json.name}: ${json.values.map((v) => `${v.key === undefined ? '' : `${v.key} `}${v.value}${days(v)}`).join(', ') || '(none)'}`,
    ),
  ];
}
