import { Command } from 'commander';
import { addCommands, type Commands } from '../named-commands.ts';

const COMMANDS: Commands = {
  check: async () => (await import('./rules/check.ts')).checkRulesVerb(),
  test: async () => (await import('./rules/test.ts')).testRulesVerb(),
  list: async () => (await import('./rules/list.ts')).listRulesVerb(),
  ledger: async () => (await import('./rules/ledger.ts')).ledgerRulesVerb(),
  impact: async () => (await import('./rules/impact.ts')).impactRulesVerb(),
  draft: async () => (await import('./rules/draft.ts')).draftRulesVerb(),
  versions: async () => (await import('./rules/versions.ts')).versionsRulesVerb(),
  restore: async () => (await import('./rules/versions.ts')).restoreRulesVerb(),
  withdraw: async () => (await import('./rules/versions.ts')).withdrawRulesVerb(),
};

/** @param words behind `rules` on the command line */
export async function rulesVerb(words: readonly string[]): Promise<Command> {
  const rules = new Command('rules')
    .description('Checks, tests and lists the rules.')
    .addHelpText('after', '\nExample:\n  cenr rules check --rules my-rules');
  await addCommands(rules, COMMANDS, words);
  return rules;
}
