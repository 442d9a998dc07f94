/** What there is of drafts: all in a list, or one with its files. */

import { Command } from 'commander';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import type { Drafts, DraftView } from '#service/schemas/draft';
import { DRAFTS, draftPath, print } from './draft-service.ts';
import { draftLines, summaryLine } from './shown-draft.ts';

export const listDraftsCommand = (): Command =>
  withService(new Command('list'))
    .description('Lists the drafts, newest first.')
    .addHelpText('after', '\nExample:\n  cenr rules draft list')
    .action(async (options: ServiceOptions) => {
      const ask = serviceClient(options);
      for (let path: string | undefined = DRAFTS; path !== undefined; ) {
        const page: Drafts = (await ask(path)).json();
        print(page.drafts.map(summaryLine));
        path = page.next;
      }
    });

export const showDraftCommand = (): Command =>
  withService(new Command('show'))
    .description('Shows the state of a draft and the files that it changes.')
    .argument('<ID>', 'the id of the draft')
    .option('--json', 'print the JSON that the service sends')
    .addHelpText('after', '\nExample:\n  cenr rules draft show draft_0mwqvx55dua2uadsc1k')
    .action(async (id: string, { json, ...options }: ServiceOptions & { json?: boolean }) => {
      const draft = (await serviceClient(options)(draftPath(id))).json<DraftView>();
      print(json ? [JSON.stringify(draft, null, 2)] : draftLines(draft));
    });
