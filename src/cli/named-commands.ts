/** Commands that are loaded when they are asked for: starting one should not take the time of all the others. */
import type { Command } from 'commander';

/** Commands by name; each is given the words behind its name. */
export type Commands = Readonly<Record<string, (words: readonly string[]) => Promise<Command>>>;

/**
 * Adds the command that the words begin with; all of them where they begin with none, since help or a suggestion may
 * have to name them.
 */
export async function addCommands(parent: Command, commands: Commands, words: readonly string[]): Promise<void> {
  const [first = '', ...rest] = words;
  for (const [name, load] of Object.entries(commands))
    if (name === first || !Object.hasOwn(commands, first)) parent.addCommand(await load(rest));
}
