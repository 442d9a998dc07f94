import { Command } from 'commander';
import { addCommands, type Commands } from '../named-commands.ts';

const COMMANDS: Commands = {
  copy: async () => (await import('./store/copy.ts')).copyCommand(),
};

/** @param words behind `store` on the command line */
export async function storeCommand(words: readonly string[]): Promise<Command> {
  const store = new Command('store')
    .description('Moves a store from one place to another (docs/postgresql.md).')
    .addHelpText('after', '\nExample:\n  cenr store copy data postgres://cenr@localhost/cenr');
  await addCommands(store, COMMANDS, words);
  return store;
}
