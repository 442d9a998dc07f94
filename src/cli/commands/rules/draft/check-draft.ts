import { Command } from 'commander';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { terminal } from '#cli/terminal';
import type { CheckView } from '#service/schemas/draft';
import { findingLines } from '../findings.ts';
import { draftPath, print } from './draft-service.ts';

export const checkDraftCommand = (): Command =>
  withService(new Command('check'))
    .description('Checks a draft and runs its examples. Exit code 2 if there are errors, 1 if examples fail.')
    .argument('<ID>', 'the id of the draft')
    .option('--json', 'print the JSON that the service sends')
    .addHelpText('after', '\nExample:\n  cenr rules draft check draft_0mwqvx55dua2uadsc1k')
    .action(check);

async function check(
  id: string,
  { json = false, ...options }: ServiceOptions & { readonly json?: boolean },
): Promise<void> {
  const found = (await serviceClient(options)(draftPath(id, '/check'), { method: 'POST' })).json<CheckView>();
  const { findings, moreFindings, counts, examples } = found;
  const { failed } = examples;
  print(
    json
      ? [JSON.stringify(found, null, 2)]
      : [
          ...findings.flatMap(findingLines),
          ...(moreFindings > 0 ? [`and ${moreFindings} more findings`] : []),
          ...failed.flatMap(({ file, pointer, of, title, message }) => [
            `${file} ${pointer}`,
            `  ${of}: ${title}`,
            `  ${message}`,
          ]),
          `${counts.error} errors, ${counts.warning} warnings, ${counts.advice} pieces of advice; ${failed.length + examples.moreFailed} of ${examples.run} examples failed`,
        ],
  );
  if (counts.error > 0) terminal.exitCode = 2;
  else if (failed.length > 0) terminal.exitCode = 1;
}
