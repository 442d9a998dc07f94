import { Command } from 'commander';
import { checkRulesVerb } from './rules/check.ts';
import { draftRulesVerb } from './rules/draft.ts';
import { impactRulesVerb } from './rules/impact.ts';
import { ledgerRulesVerb } from './rules/ledger.ts';
import { listRulesVerb } from './rules/list.ts';
import { testRulesVerb } from './rules/test.ts';
import { restoreRulesVerb, versionsRulesVerb, withdrawRulesVerb } from './rules/versions.ts';

export const rulesVerb = (): Command =>
  new Command('rules')
    .description('Checks, tests and lists the rules.')
    .addHelpText('after', '\nExample:\n  cenr rules check --rules my-rules')
    .addCommand(checkRulesVerb())
    .addCommand(testRulesVerb())
    .addCommand(listRulesVerb())
    .addCommand(ledgerRulesVerb())
    .addCommand(impactRulesVerb())
    .addCommand(draftRulesVerb())
    .addCommand(versionsRulesVerb())
    .addCommand(restoreRulesVerb())
    .addCommand(withdrawRulesVerb());
