import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { UserError } from '#base/user-error';
import { ROLES, type Role } from '#publishing/role';
import type { LEAScope } from '#records/scope';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { withExistingStore, withStore } from '../open-store.ts';
import { scopeFrom, severalLeasOption } from '../options.ts';
import { terminal } from '../terminal.ts';

const storeOption = (): Option => new Option('--store <DIR>', 'the folder of the store').makeOptionMandatory();

const leasShown = (leas: LEAScope): string => (leas === 'all' ? 'all' : leas.join(','));

/**
 * Only `add` makes a store: a list of the keys of a mistyped folder would be empty, and a key thought revoked would not
 * be.
 */
export const keyVerb = (): Command =>
  new Command('key')
    .description(
      'Makes, lists and revokes API keys of the REST service. A key is shown once; only its SHA-256 is kept.',
    )
    .addHelpText('after', '\nExample:\n  cenr key add --name "Valley SIS" --role vendor --lea 9900001 --store data')
    .addCommand(
      new Command('add')
        .description('Makes a key and prints it, once.')
        .requiredOption('--name <NAME>', 'whose key it is')
        .addOption(new Option('--role <ROLE>', 'what it may do').choices([...ROLES]).makeOptionMandatory())
        .addOption(
          new Option('--lea <LEA>', 'the LEA whose data it may see, or "all"; may be given several times')
            .argParser(severalLeasOption)
            .makeOptionMandatory(),
        )
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr key add --name "Valley SIS" --role vendor --lea 9900001 --store data')
        .action((options: { name: string; role: Role; lea: string[]; store: string }) =>
          withStore(options.store, (store) => {
            const { key, record } = createKey({
              name: options.name,
              role: options.role,
              leas: scopeFrom(options.lea),
              now: new Date(),
              random: randomBytes(KEY_RANDOM_BYTES),
            });
            store.addKey(record);
            terminal.out.write(`${key}\n`);
            terminal.err.write(
              `key ${record.id} for ${record.name} (${record.role}, LEAs ${leasShown(record.leas)}); it is not shown again\n`,
            );
          }),
        ),
    )
    .addCommand(
      new Command('list')
        .description('Lists the keys, without the keys themselves.')
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr key list --store data')
        .action((options: { store: string }) =>
          withExistingStore(options.store, (store) => {
            for (const { id, name, role, leas, createdAt, revokedAt } of store.keys())
              terminal.out.write(
                `${id}  ${role.padEnd(7)}  LEAs ${leasShown(leas)}  ${name}  made ${createdAt}${revokedAt ? `, revoked ${revokedAt}` : ''}\n`,
              );
          }),
        ),
    )
    .addCommand(
      new Command('revoke')
        .description('Revokes a key at once.')
        .argument('<ID>', 'the id of the key, as cenr key list shows it')
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr key revoke key_0mwqujpdhhjpnm5spf1 --store data')
        .action((id: string, options: { store: string }) =>
          withExistingStore(options.store, (store) => {
            if (!store.revokeKey(id, new Date().toISOString()))
              throw new UserError(`there is no key "${id}" in force; cenr key list shows them`);
            terminal.err.write(`key ${id} is revoked\n`);
          }),
        ),
    );
