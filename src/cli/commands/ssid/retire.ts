import { Command } from 'commander';
import { dayOption, nameOption, rulesOrVersionOption, senderOption, storeOption } from '#cli/options';
import type { FollowOptions, RetireCommandOptions, UndoOptions } from './retire-numbers.ts';

const DAY = ['--day <DATE>', 'the day from which the replacement is used (default: today)'] as const;

const whyOption = ['--why <TEXT>', 'why, for whoever asks later'] as const;

export const retireCommand = (): Command =>
  new Command('retire')
    .description(
      'Retires an SSID in favor of another one of the same student. The records of both become one history; earlier extracts can still be verified.',
    )
    .argument('<OLD>', 'the SSID that is not used any more')
    .argument('<NEW>', 'the SSID that replaces it')
    .requiredOption(...whyOption, nameOption)
    .option(...DAY, dayOption)
    .addOption(storeOption())
    .addOption(rulesOrVersionOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr ssid retire 9900000002 9900000001 --why "one student, agreed with 9900002" --store data',
    )
    .action(async (old: string, next: string, options: RetireCommandOptions) =>
      (await import('./retire-numbers.ts')).retire(old, next, options),
    );

export const undoCommand = (): Command =>
  new Command('undo')
    .description(
      'Undoes a retirement, as long as nobody has sent anything for the replacement since: both students are again what they were. The lines of a Replacement SSID file are undone one by one.',
    )
    .argument('<OLD>', 'the retired SSID')
    .requiredOption(...whyOption, nameOption)
    .addOption(storeOption())
    .addOption(rulesOrVersionOption())
    .addHelpText('after', '\nExample:\n  cenr ssid undo 9900000002 --why "they are twins" --store data')
    .action(async (old: string, options: UndoOptions) => (await import('./retire-numbers.ts')).undo(old, options));

export const followCommand = (): Command =>
  new Command('follow')
    .description(
      'Reads a Replacement SSID file and retires the numbers that it says are replaced: all of them, or none.',
    )
    .argument('<FILE>', 'the Replacement SSID extract')
    .addOption(senderOption())
    .option(...DAY, dayOption)
    .addOption(storeOption())
    .addOption(rulesOrVersionOption())
    .addHelpText('after', '\nExample:\n  cenr ssid follow replacements.txt --lea 9900001 --store data')
    .action(async (file: string, options: FollowOptions) =>
      (await import('./retire-numbers.ts')).follow(file, options),
    );
