import { Command } from 'commander';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import type { DraftView } from '#service/schemas/draft';
import { DRAFTS, print } from './draft-service.ts';

export const createDraftCommand = (): Command =>
  withService(new Command('create'))
    .description('Creates a draft with the files of the version in effect, and prints its id.')
    .requiredOption('--title <TITLE>', 'what the draft changes')
    .option('--reason <REASON>', 'why the rules change; required when the draft is submitted')
    .option('--from <HASH>', 'the full hash of the version to begin with (default: the version in effect)')
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
