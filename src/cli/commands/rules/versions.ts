import { Command, InvalidArgumentError } from 'commander';
import { countedOrNo } from '#base/text';
import { UserError } from '#base/user-error';
import { numberOption } from '#cli/options';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { terminal } from '#cli/terminal';
import { beginsHash } from '#publishing/choose';
import type { TakesForceView, VersionsView } from '#service/schemas/version';

const VERSIONS = '/v1/rulebook/versions';

const print = (lines: readonly string[]): void => void terminal.out.write(lines.map((line) => `${line}\n`).join(''));

const entryLine = ({ entry, from, how, by, reason, withdrawnAt }: TakesForceView): string =>
  `entry ${entry}: from ${from}, ${how}${by ? ` by ${by.name}` : ''}${reason ? `: ${reason}` : ''}${withdrawnAt ? ` (withdrawn ${withdrawnAt})` : ''}`;

function hashArgument(text: string): string {
  if (!beginsHash(text))
    throw new InvalidArgumentError('It is not the hash of a version, or the first 8 digits of it or more.');
  return text;
}

export const versionsRulesVerb = (): Command =>
  withService(new Command('versions'))
    .description('Lists the versions of the rulebook that a running service keeps, and when each took force.')
    .option('--json', 'as the service has it')
    .addHelpText('after', '\nExample:\n  cenr rules versions')
    .action(async ({ json, ...options }: ServiceOptions & { json?: boolean }) => {
      const all = (await serviceClient(options)(VERSIONS)).json<VersionsView>();
      print(
        json
          ? [JSON.stringify(all, null, 2)]
          : [
              ...all.versions.flatMap(({ sha256, name, version, publication, inForce, force }) => [
                `${sha256}  ${name} ${version}, publication of ${publication.updated}${inForce ? ', in force' : ''}`,
                ...force.map((entry) => `  ${entryLine(entry)}`),
              ]),
              ...all.refused.map(({ reason }) => `refused: ${reason}`),
            ],
      );
    });

export const restoreRulesVerb = (): Command =>
  withService(new Command('restore'))
    .description('Lets a version of a running service that was in force before take force again, at once.')
    .argument('<HASH>', 'the version; 8 digits of its hash will do', hashArgument)
    .requiredOption('--reason <REASON>', 'why; it stays with the entry')
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
      const entry = (
        await ask(`${VERSIONS}/${only.sha256}/restore`, { method: 'POST', body: { reason } })
      ).json<TakesForceView>();
      print([`restored: ${entry.rulebook} takes force ${entry.from} (entry ${entry.entry})`]);
    });

export const withdrawRulesVerb = (): Command =>
  withService(new Command('withdraw'))
    .description('Takes back what is to take force later in a running service.')
    .argument('<ENTRY>', 'the number of the entry, as cenr rules versions shows it', numberOption(1))
    .addHelpText('after', '\nExample:\n  cenr rules withdraw 7')
    .action(async (entry: number, options: ServiceOptions) => {
      print([
        entryLine(
          (
            await serviceClient(options)(`/v1/rulebook/scheduled/${entry}/withdraw`, { method: 'POST' })
          ).json<TakesForceView>(),
        ),
      ]);
    });
