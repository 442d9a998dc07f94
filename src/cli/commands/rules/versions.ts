import { Command, InvalidArgumentError } from 'commander';
import { countedOrNo } from '#base/text';
import { UserError } from '#base/user-error';
import { numberOption } from '#cli/options';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { terminal } from '#cli/terminal';
import { beginsHash } from '#publishing/choose';
import { numbersInWords } from '#publishing/impact-words';
import type { ActivatedView, ActivationView, RestorePreview, VersionsView } from '#service/schemas/version';

const VERSIONS = '/v1/rulebook/versions';

const print = (lines: readonly string[]): void => void terminal.out.write(lines.map((line) => `${line}\n`).join(''));

/** An activation in one line; what it rests on, and what is still to do, in lines of their own. */
function activationLines(shown: ActivationView): string[] {
  const { activation, from, how, by, reason, withdrawnAt, approvers = [], confirmed, confirmUntil } = shown;
  return [
    `activation ${activation}: from ${from}, ${how}${by ? ` by ${by.name}` : ''}${reason ? `: ${reason}` : ''}${withdrawnAt ? ` (withdrawn ${withdrawnAt})` : ''}`,
    ...approvers.map(
      ({ name, read }) => `  approved by ${name}${read ? `, who read: ${numbersInWords(read.numbers)}` : ''}`,
    ),
    ...(confirmed ? [`  confirmed by ${confirmed.name}, ${confirmed.at}`] : []),
    ...(confirmUntil === undefined
      ? []
      : [`  not confirmed; somebody else is asked to do so by ${confirmUntil}: cenr rules confirm ${activation}`]),
  ];
}

function hashArgument(text: string): string {
  if (!beginsHash(text))
    throw new InvalidArgumentError('Expected the hash of a version, or at least its first 8 digits.');
  return text;
}

export const versionsRulesCommand = (): Command =>
  withService(new Command('versions'))
    .description('Lists the versions of the rulebook that a running service keeps, and when each took effect.')
    .option('--json', 'print the JSON that the service sends')
    .addHelpText('after', '\nExample:\n  cenr rules versions')
    .action(async ({ json, ...options }: ServiceOptions & { json?: boolean }) => {
      const all = (await serviceClient(options)(VERSIONS)).json<VersionsView>();
      print(
        json
          ? [JSON.stringify(all, null, 2)]
          : [
              ...all.versions.flatMap(({ sha256, name, version, publication, inEffect, sameLabel, activations }) => [
                `${sha256}  ${name} ${version}, publication of ${publication.updated}${inEffect ? ', in effect' : ''}`,
                ...(sameLabel ? [`  the same label as ${sameLabel.join(', ')}, and other files`] : []),
                ...activations.flatMap((activation) => activationLines(activation).map((line) => `  ${line}`)),
              ]),
              ...all.heldBack.map(({ says }) => `held back: ${says}`),
              ...all.refused.map(({ reason }) => `refused: ${reason}`),
            ],
      );
    });

export const restoreRulesCommand = (): Command =>
  withService(new Command('restore'))
    .description('Restores an earlier version of the rules, immediately.')
    .argument('<HASH>', 'the hash of the version; 8 digits are enough', hashArgument)
    .option('--reason <REASON>', 'why; kept with the activation')
    .option('--preview', 'show what restoring would undo, and do nothing')
    .addHelpText(
      'after',
      '\nAnother person is asked to confirm it within a day (cenr rules confirm).\n\nExample:\n  cenr rules restore cd2406e7 --preview\n  cenr rules restore cd2406e7 --reason "The wrong program was retired"',
    )
    .action(restore);

interface RestoreOptions extends ServiceOptions {
  readonly reason?: string;
  readonly preview?: boolean;
}

async function restore(begins: string, { reason, preview, ...options }: RestoreOptions): Promise<void> {
  if ((reason === undefined) === (preview === undefined))
    throw new UserError('give --reason REASON, or --preview to see what restoring would undo');
  const ask = serviceClient(options);
  const { versions } = (await ask(VERSIONS)).json<VersionsView>();
  const found = versions.filter(({ sha256 }) => sha256.startsWith(begins));
  const [only] = found;
  if (!only || found.length > 1)
    throw new UserError(
      `${countedOrNo(found.length, 'version')} of the service begin${found.length === 1 ? 's' : ''} with ${begins}; cenr rules versions lists them`,
    );
  const path = `${VERSIONS}/${only.sha256}/restore`;
  if (preview) return print(undoingLines((await ask(path)).json<RestorePreview>()));
  const done = (await ask(path, { method: 'POST', body: { reason } })).json<ActivatedView>();
  print([
    `restored: ${done.rulebook} takes effect ${done.from} (activation ${done.activation})`,
    ...undoingLines(done),
    ...(done.confirmUntil === undefined
      ? []
      : [`ask somebody else to confirm it by ${done.confirmUntil}: cenr rules confirm ${done.activation}`]),
  ]);
}

const undoingLines = ({ undoes, heldBack }: Pick<ActivatedView, 'undoes' | 'heldBack'>): string[] => [
  ...(undoes?.files ?? []).map(({ path, did }) => `  ${did.padEnd(8)} ${path}`),
  ...(undoes?.says ?? []).map((sentence) => `  ${sentence}`),
  ...heldBack.map(({ says }) => `held back: ${says}`),
];

export const confirmRulesCommand = (): Command =>
  activationCommand(
    'confirm',
    'Confirms, as a second person, that a version was to be restored.',
    (activation) => `/v1/rulebook/restored/${activation}/confirm`,
  );

export const withdrawRulesCommand = (): Command =>
  activationCommand(
    'withdraw',
    'Cancels a scheduled version.',
    (activation) => `/v1/rulebook/scheduled/${activation}/withdraw`,
  );

/** A command that does one thing with an activation, and shows what became of it. */
const activationCommand = (name: string, description: string, pathOf: (activation: number) => string): Command =>
  withService(new Command(name))
    .description(description)
    .argument('<ACTIVATION>', 'the number of the activation that cenr rules versions shows', numberOption(1))
    .addHelpText('after', `\nExample:\n  cenr rules ${name} 7`)
    .action(async (activation: number, options: ServiceOptions) => {
      const done = await serviceClient(options)(pathOf(activation), { method: 'POST' });
      print(activationLines(done.json<ActivationView>()));
    });
