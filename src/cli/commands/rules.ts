import { Command } from 'commander';
import { addCommands, type Commands } from '../named-commands.ts';

const COMMANDS: Commands = {
  check: async () => (await import('./rules/check.ts')).checkRulesCommand(),
  test: async () => (await import('./rules/test.ts')).testRulesCommand(),
  list: async () => (await import('./rules/list.ts')).listRulesCommand(),
  sql: async () => (await import('./rules/sql.ts')).sqlRulesCommand(),
  ledger: async () => (await import('./rules/ledger.ts')).ledgerRulesCommand(),
  impact: async () => (await import('./rules/impact.ts')).impactRulesCommand(),
  draft: async () => (await import('./rules/draft.ts')).draftRulesCommand(),
  versions: async () => (await import('./rules/versions.ts')).versionsRulesCommand(),
  restore: async () => (await import('./rules/versions.ts')).restoreRulesCommand(),
  confirm: async () => (await import('./rules/versions.ts')).confirmRulesCommand(),
  withdraw: async () => (await import('./rules/versions.ts')).withdrawRulesCommand(),
};

/** @param words behind `rules` on the command line */
export async function rulesCommand(words: readonly string[]): Promise<Command> {
  const rules = new Command('rules')
    .description('Checks, tests and lists the rules.')
    .addHelpText('after', '\nExample:\n  cenr rules check --rules my-rules');
  await addCommands(rules, COMMANDS, words);
  return rules;
}
