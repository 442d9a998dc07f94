import { Command } from 'commander';
import { addCommands, type Commands } from '../named-commands.ts';

const COMMANDS: Commands = {
  match: async () => (await import('./ssid/match.ts')).matchCommand(),
  assign: async () => (await import('./ssid/assign.ts')).assignCommand(),
  extract: async () => (await import('./ssid/lists.ts')).ssidExtractCommand(),
  replacements: async () => (await import('./ssid/lists.ts')).replacementsCommand(),
  waiting: async () => (await import('./ssid/lists.ts')).waitingCommand(),
  follow: async () => (await import('./ssid/retire.ts')).followCommand(),
  retire: async () => (await import('./ssid/retire.ts')).retireCommand(),
  undo: async () => (await import('./ssid/retire.ts')).undoCommand(),
};

/** @param words behind `ssid` on the command line */
export async function ssidCommand(words: readonly string[]): Promise<Command> {
  const ssid = new Command('ssid')
    .description('Finds, assigns and keeps the SSIDs of students (docs/ssid.md).')
    .addHelpText(
      'after',
      '\nExample:\n  cenr ssid match new-students.txt --lea 9900001 --store data --out matches.csv',
    );
  await addCommands(ssid, COMMANDS, words);
  return ssid;
}
