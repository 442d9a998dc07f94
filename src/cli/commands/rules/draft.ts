import { Command } from 'commander';
import { checkDraftVerb } from './draft/check-draft.ts';
import { createDraftVerb } from './draft/create-draft.ts';
import { getDraftFilesVerb, putDraftFilesVerb, removeDraftFileVerb } from './draft/draft-files.ts';
import { draftImpactVerb } from './draft/draft-impact.ts';
import {
  approveDraftVerb,
  deleteDraftVerb,
  publishDraftVerb,
  reopenDraftVerb,
  submitDraftVerb,
} from './draft/draft-steps.ts';
import { listDraftsVerb, showDraftVerb } from './draft/show-drafts.ts';

export const draftRulesVerb = (): Command =>
  new Command('draft')
    .description(
      'Changes the rules of a running service: drafts are made, checked, looked at, approved by somebody else and published there.',
    )
    .addHelpText(
      'after',
      `
The API key comes from CENR_KEY or a file (--key), the address from CENR_SERVICE or --service. Roles policy and admin may change, auditor may read.

Example:
  cenr rules draft create --title "Retire a program" --reason "No new records after June 30"
  cenr rules draft put draft_0mwqvx55dua2uadsc1k --dir my-rules
  cenr rules draft check draft_0mwqvx55dua2uadsc1k`,
    )
    .addCommand(createDraftVerb())
    .addCommand(listDraftsVerb())
    .addCommand(showDraftVerb())
    .addCommand(getDraftFilesVerb())
    .addCommand(putDraftFilesVerb())
    .addCommand(removeDraftFileVerb())
    .addCommand(checkDraftVerb())
    .addCommand(draftImpactVerb())
    .addCommand(submitDraftVerb())
    .addCommand(approveDraftVerb())
    .addCommand(reopenDraftVerb())
    .addCommand(publishDraftVerb())
    .addCommand(deleteDraftVerb());
