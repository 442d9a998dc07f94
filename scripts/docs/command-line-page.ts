/** docs/command-line.md: every command with its options, from the commands themselves. */
import { Command, type Help, type Option } from 'commander';
import { type Block, heading, paragraph, table } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import { COMMANDS } from '#cli/command-line';
import { addCommands } from '#cli/named-commands';
import { generatedNote } from './note.ts';

const INTRODUCTION = `\`cenr COMMAND --help\` prints the same in a terminal. [README](../README.md) shows the commands at work, and says how to
install \`cenr\`. In a checkout, or without a folder on your path, type \`npx cenr\`.`;

const COMMON: readonly [title: string, text: string][] = [
  [
    'Files',
    `Give files or folders. \`cenr\` reads the caret-delimited files of a folder. It leaves out what it wrote there itself
and names every other file that it passes over. A file of another kind that you name yourself is refused. File names do not matter: field 1 of each line gives the
record type, and \`.gz\` files are read as they are. \`cenr\` reads files as an LEA sends them, and ODS extracts as an LEA
downloads them. A file is in UTF-8 unless you say \`--encoding windows-1252\`.`,
  ],
  [
    'Days',
    `Write a day as CCYYMMDD, CCYY-MM-DD or MM/DD/YYYY. Give the run date (\`--run-date\`) and the load date (\`--load-date\`)
when you want the same bytes again later. Without them, \`cenr\` takes today, in California.`,
  ],
  [
    'Upload Date and Last Date Updated',
    `Fields 49 and 50 of a row are the days on which records were loaded. An extract straight from files loads them on the run
date. A store keeps the day on which you loaded them. ODS extracts bring these days with them.`,
  ],
  [
    'Output',
    `Extracts, lists and explanations go to the standard output or to the file of \`--out\`. Summaries, progress and errors go
to the standard error. An error says what was found, where, what was expected, and what to do.`,
  ],
];

const EXIT_CODES: readonly [code: string, meaning: string][] = [
  ['0', 'Done.'],
  [
    '1',
    'The command worked, and what it checked is not in order: a record is rejected (`check`), none of the records that were read could be used (`check`, `load`, `extract`), an extract was made and has warnings (`extract`), an extract or a proof differs (`verify`), an example fails (`rules test`), the rules say something that SQL cannot (`rules sql`), a sentence of the published page is not covered (`rules ledger`), the access log was changed (`audit`).',
  ],
  ['2', 'The command line is wrong, a file cannot be read or is not caret-delimited, or the rules have errors.'],
  ['3', 'An internal error. Please report it.'],
  [
    '4',
    'The extract was made, but rows break a law of the rules (`extract`): the first lines of the summary say which law, how many rows, and the line of the first. Do not use it before somebody has looked at the rules.',
  ],
];

const VARIABLES: readonly [name: string, meaning: string][] = [
  [
    '`CENR_STORE`, `CENR_HOST`, `CENR_PORT`, `CENR_ROLE`',
    'as `--store`, `--host`, `--port` and `--role` of `cenr serve`',
  ],
  [
    '`CENR_SERVICE`, `CENR_KEY`',
    'the address of a running service and the API key, for `cenr rules draft` and its like',
  ],
  ['`CENR_TIME_ZONE`', 'the time zone that decides which day today is; America/Los_Angeles if not set'],
  ['`CENR_CACHE`', 'a folder for what `cenr` can make again, to start sooner; in your cache folder if not set'],
];

export async function commandLinePage(): Promise<string> {
  const program = new Command('cenr');
  await addCommands(program, COMMANDS, []);
  return asMarkdown([
    heading(1, 'The command line'),
    paragraph(generatedNote('src/cli/commands')),
    paragraph(INTRODUCTION),
    table(
      ['command', 'what it does'],
      program.commands.map((command) => [
        `[\`cenr ${command.name()}\`](#cenr-${command.name()})`,
        command.description(),
      ]),
    ),
    heading(2, 'What all commands share'),
    ...COMMON.map(([title, text]) => paragraph(`**${title}.** ${text}`)),
    paragraph('**Exit codes.**'),
    table(['code', 'meaning'], EXIT_CODES),
    paragraph(
      'A script can tell a warning from a failure: with 1 or 4 `cenr extract` has written the extract and its manifest, and says on the standard error what to look at. With 2 or 3 it has written no extract. The manifest lists the warnings under `warnings`.',
    ),
    paragraph(
      '**Environment.** The [API guide](api.md#6-for-operators) lists the variables that only the service reads.',
    ),
    table(['variable', 'meaning'], VARIABLES),
    ...program.commands.flatMap((command) => section(command, 2)),
  ]);
}

/** A command, and the commands below it. */
function section(command: Command, level: 2 | 3): Block[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const args = help.visibleArguments(command);
  const isGroup = command.commands.length > 0;
  return [
    heading(level, nameOf(command)),
    paragraph(command.description()),
    ...(isGroup ? [] : [paragraph(fenced(`${nameOf(command)} ${command.usage()}`))]),
    ...(args.length + options.length === 0
      ? []
      : [
          table(
            ['argument', 'meaning'],
            [
              ...args.map((arg) => [`\`${arg.name()}\``, help.argumentDescription(arg)]),
              ...options.map((option) => [`\`${option.flags}\``, optionText(help, option)]),
            ],
          ),
        ]),
    ...afterHelp(command),
    ...command.commands.flatMap((below) => section(below, 3)),
  ];
}

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

const optionText = (help: Help, option: Option): string =>
  `${help.optionDescription(option)}${option.mandatory ? '; required' : ''}`;

/** What `addHelpText` puts below a command's help: examples, and what else there is to say. */
function afterHelp(command: Command): Block[] {
  let whole = '';
  command.configureOutput({ writeOut: (part) => (whole += part) }).outputHelp();
  const trimmed = whole.slice(command.helpInformation().length).trim();
  return trimmed === '' ? [] : [paragraph(fenced(trimmed))];
}

const fenced = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;
