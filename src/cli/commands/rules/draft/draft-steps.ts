/** The steps of a draft on its way to publication: handed in, approved, sent back, published, deleted. */

import { Command } from 'commander';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { say } from '#cli/summary';
import type { DraftView } from '#service/schemas/draft';
import type { ActivatedView } from '#service/schemas/version';
import { draftPath, print, type Revision, revisionOption, seenOf } from './draft-service.ts';
import { summaryLine } from './shown-draft.ts';

/** A command that takes a step on a draft, and shows the draft after it. */
function stepCommand<O extends object = object>(
  name: string,
  description: string,
  body: (options: O) => object | undefined = () => undefined,
): Command {
  return withService(new Command(name))
    .description(description)
    .argument('<ID>', 'the id of the draft')
    .addOption(revisionOption())
    .addHelpText('after', `\nExample:\n  cenr rules draft ${name} draft_0mwqvx55dua2uadsc1k --revision 7`)
    .action(async (id: string, { revision, ...options }: ServiceOptions & Revision & O) => {
      const ask = serviceClient(options as ServiceOptions);
      const sent = body(options as unknown as O);
      const answer = await ask(draftPath(id, `/${name}`), {
        method: 'POST',
        seen: await seenOf(ask, id, revision),
        ...(sent && { body: sent }),
      });
      if (name === 'publish') {
        const { activation, rulebook, from, heldBack } = answer.json<ActivatedView>();
        print([`published: ${rulebook} takes effect ${from} (activation ${activation})`]);
        say(heldBack.map(({ says }) => says));
      } else print([summaryLine(answer.json<DraftView>())]);
    });
}

const collected = (path: string, former: readonly string[] = []): readonly string[] => [...former, path];

interface RebaseOptions {
  readonly onto?: string;
  readonly mine?: readonly string[];
  readonly theirs?: readonly string[];
}

export const rebaseDraftCommand = (): Command =>
  stepCommand<RebaseOptions>(
    'rebase',
    'Puts the changes of a draft on top of the version in effect, or of another one. Where both changed the same, it names each file and place, and does nothing.',
    ({ onto, mine = [], theirs = [] }) => ({
      ...(onto !== undefined && { onto }),
      choices: Object.fromEntries([
        ...mine.map((path) => [path, 'mine'] as const),
        ...theirs.map((path) => [path, 'theirs'] as const),
      ]),
    }),
  )
    .option('--onto <HASH>', 'the full hash of the version to put the changes on top of (default: the one in effect)')
    .option('--mine <PATH>', 'a file in which your text stays where both changed the same; may be repeated', collected)
    .option('--theirs <PATH>', 'a file in which the text of the other version stays there; may be repeated', collected);

export const submitDraftCommand = (): Command => stepCommand('submit', 'Submits a draft for approval.');

export const approveDraftCommand = (): Command => stepCommand('approve', 'Approves somebody else’s draft.');

export const reopenDraftCommand = (): Command =>
  stepCommand<{ why?: string }>(
    'reopen',
    'Reopens a draft that was submitted or approved, so that its author can change it.',
    ({ why }) => ({
      ...(why !== undefined && { why }),
    }),
  ).option('--why <WHY>', 'the reason, for the author');

export const publishDraftCommand = (): Command =>
  stepCommand<{ at?: string }>('publish', 'Publishes a draft, now or at a given time.', ({ at }) => ({
    ...(at !== undefined && { at }),
  })).option('--at <MOMENT>', 'when it takes effect: day, time and offset from UTC, such as 2026-07-01T00:00:00-07:00');

export const deleteDraftCommand = (): Command =>
  withService(new Command('delete'))
    .description('Deletes a draft. It can still be read.')
    .argument('<ID>', 'the id of the draft')
    .addOption(revisionOption())
    .addHelpText('after', '\nExample:\n  cenr rules draft delete draft_0mwqvx55dua2uadsc1k')
    .action(async (id: string, { revision, ...options }: ServiceOptions & Revision) => {
      const ask = serviceClient(options);
      print([
        summaryLine((await ask(draftPath(id), { method: 'DELETE', seen: await seenOf(ask, id, revision) })).json()),
      ]);
    });
