import { Command, InvalidArgumentError } from 'commander';
import { countedOrNo } from '#base/text';
import { UserError } from '#base/user-error';
import { numberOption } from '#cli/options';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { terminal } from '#cli/terminal';
import { beginsHash } from '#publishing/choose';
import type { ActivationView, VersionsView } from '#service/schemas/version';

const VERSIONS = '/v1/rulebook/versions';

const print = (lines: readonly string[]): void => void terminal.out.write(lines.map((line) => `${line}\n`).join(''));

const activationLine = ({ activation, from, how, by, reason, withdrawnAt }: ActivationView): string =>
  `activation ${activation}: from ${from}, ${how}${by ? ` by ${by.name}` : ''}${reason ? `: ${reason}` : ''}${withdrawnAt ? ` (withdrawn ${withdrawnAt})` : ''}`;

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
                ...activations.map((activation) => `  ${activationLine(activation)}`),
              ]),
              ...all.refused.map(({ reason }) => `refused: ${reason}`),
            ],
      );
    });

export const restoreRulesCommand = (): Command =>
  withService(new Command('restore'))
    .description('Restores an earlier version of the rules, immediately.')
    .argument('<HASH>', 'the hash of the version; 8 digits are enough', hashArgument)
    .requiredOption('--reason <REASON>', 'why; kept with the activation')
    .addHelpText('after', '\nExample:\n  cenr rules restore cd2406e7 --reason "The wrong program was retired"')
    .action(async (begins: string, { reason, ...options }: ServiceOptions & { reason: string }) => {
      const ask = serviceClient(options);
      const { versions } = (await ask(VERSIONS)).json<VersionsView>();
      const found = versions.filter(({ sha256 }) => sha256.startsWith(begins));
      const [only] = found;
      if (!only || found.length > 1)
        throw new UserError(
          `${countedOrNo(found.length, 'version')} of the service begin${found.length === 1 ? 's' : ''} with ${begins}; cenr rules versions lists them`,
        );
      const activation = (
        await ask(`${VERSIONS}/${only.sha256}/restore`, { method: 'POST', body: { reason } })
      ).json<ActivationView>();
      print([`restored: ${activation.rulebook} takes effect ${activation.from} (activation ${activation.activation})`]);
    });

export const withdrawRulesCommand = (): Command =>
  withService(new Command('withdraw'))
    .description('Cancels a scheduled version.')
    .argument('<ACTIVATION>', 'the number of the activation that cenr rules versions shows', numberOption(1))
    .addHelpText('after', '\nExample:\n  cenr rules withdraw 7')
    .action(async (activation: number, options: ServiceOptions) => {
      print([
        activationLine(
          (
            await serviceClient(options)(`/v1/rulebook/scheduled/${activation}/withdraw`, { method: 'POST' })
          ).json<ActivationView>(),
        ),
      ]);
    });
