import { Command } from 'commander';
import { checkDraftCommand } from './draft/check-draft.ts';
import { createDraftCommand } from './draft/create-draft.ts';
import { getDraftFilesCommand, putDraftFilesCommand, removeDraftFileCommand } from './draft/draft-files.ts';
import { draftImpactCommand } from './draft/draft-impact.ts';
import {
  approveDraftCommand,
  deleteDraftCommand,
  publishDraftCommand,
  rebaseDraftCommand,
  reopenDraftCommand,
  submitDraftCommand,
} from './draft/draft-steps.ts';
import { listDraftsCommand, showDraftCommand } from './draft/show-drafts.ts';

export const draftRulesCommand = (): Command =>
  new Command('draft')
    .description(
      'Changes the rules of a running service with a draft: create it, check it, read its impact, have somebody else approve it, and publish it.',
    )
    .addHelpText(
      'after',
      `
The API key comes from CENR_KEY or a file (--key), the address from CENR_SERVICE or --service. The roles policy and admin may change drafts; the role auditor may read them.

Example:
  cenr rules draft create --title "Retire a program" --reason "No new records after June 30"
  cenr rules draft put draft_0mwqvx55dua2uadsc1k --dir my-rules
  cenr rules draft check draft_0mwqvx55dua2uadsc1k`,
    )
    .addCommand(createDraftCommand())
    .addCommand(listDraftsCommand())
    .addCommand(showDraftCommand())
    .addCommand(getDraftFilesCommand())
    .addCommand(putDraftFilesCommand())
    .addCommand(removeDraftFileCommand())
    .addCommand(checkDraftCommand())
    .addCommand(draftImpactCommand())
    .addCommand(rebaseDraftCommand())
    .addCommand(submitDraftCommand())
    .addCommand(approveDraftCommand())
    .addCommand(reopenDraftCommand())
    .addCommand(publishDraftCommand())
    .addCommand(deleteDraftCommand());
