import { Command } from 'commander';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import type { DraftView } from '#service/schemas/draft';
import { DRAFTS, print } from './draft-service.ts';

export const createDraftVerb = (): Command =>
  withService(new Command('create'))
    .description('Begins a draft with the files of the version in force; prints its id.')
    .requiredOption('--title <TITLE>', 'what it changes')
    .option('--reason <REASON>', 'why; needed when it is submitted')
    .option('--from <HASH>', 'the version to begin with, by its whole hash, instead of the one in force')
    .addHelpText(
      'after',
      '\nExample:\n  cenr rules draft create --title "Retire a program" --reason "No new records after June 30"',
    )
    .action(
      async ({
        title,
        reason,
        from,
        ...options
      }: ServiceOptions & { title: string; reason?: string; from?: string }) => {
        const body = { title, ...(reason !== undefined && { reason }), ...(from !== undefined && { from }) };
        print([(await serviceClient(options)(DRAFTS, { method: 'POST', body })).json<DraftView>().id]);
      },
    );
