import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { UserError } from '#base/user-error';
import { ROLES, type Role } from '#publishing/role';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { withExistingStore, withStoreToRead } from '../open-store.ts';
import { emailOption, leaListOption, leasShown, nameOption, scopeFrom, storeOption } from '../options.ts';
import { terminal } from '../terminal.ts';

/**
 * None makes a store: in a mistyped folder, a key that was made would be unknown to the service, a list of keys empty,
 * and a key thought revoked would not be.
 */
export const keyCommand = (): Command =>
  new Command('key')
    .description(
      'Makes, lists and revokes API keys of the REST service. A key is shown only once; the store keeps its SHA-256.',
    )
    .addHelpText('after', '\nExample:\n  cenr key add --name "Valley SIS" --role vendor --lea 9900001 --store data')
    .addCommand(
      new Command('add')
        .description('Makes a key and prints it. It is not shown again.')
        .requiredOption('--name <NAME>', 'the person or system that will use the key', nameOption)
        .addOption(new Option('--role <ROLE>', 'what the key may do').choices([...ROLES]).makeOptionMandatory())
        .addOption(
          new Option('--lea <LEA>', 'the LEA whose data the key may see, or "all"; can be repeated')
            .argParser(leaListOption)
            .makeOptionMandatory(),
        )
        .option('--email <ADDRESS>', 'where its person can get an e-mail when an extract is ready', emailOption)
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr key add --name "Valley SIS" --role vendor --lea 9900001 --store data')
        .action(
          async (options: { name: string; role: Role; lea: string[]; email?: string; store: string }) =>
            await withExistingStore(
              options.store,
              async (store) => {
                const { key, record } = createKey({
                  name: options.name,
                  role: options.role,
                  leas: scopeFrom(options.lea),
                  email: options.email,
                  now: new Date(),
                  random: randomBytes(KEY_RANDOM_BYTES),
                });
                await store.addKey(record);
                terminal.out.write(`${key}\n`);
                terminal.err.write(
                  `key ${record.id} for ${record.name} (${record.role}, LEAs ${leasShown(record.leas)}); it is not shown again\n`,
                );
              },
              '; cenr serve --store DIR or cenr load makes one',
            ),
        ),
    )
    .addCommand(
      new Command('list')
        .description('Lists the keys by id, role, LEAs and name. The keys themselves are not shown.')
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr key list --store data')
        .action(
          async (options: { store: string }) =>
            await withStoreToRead(options.store, async (store) => {
              for (const { id, name, role, leas, email, createdAt, revokedAt } of await store.keys())
                terminal.out.write(
                  `${id}  ${role.padEnd(7)}  LEAs ${leasShown(leas)}  ${name}${email ? ` <${email}>` : ''}  made ${createdAt}${revokedAt ? `, revoked ${revokedAt}` : ''}\n`,
                );
            }),
        ),
    )
    .addCommand(
      new Command('revoke')
        .description('Revokes a key immediately.')
        .argument('<ID>', 'the id of the key, as cenr key list shows it')
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr key revoke key_0mwqujpdhhjpnm5spf1 --store data')
        .action(
          async (id: string, options: { store: string }) =>
            await withExistingStore(options.store, async (store) => {
              if (!(await store.revokeKey(id, new Date().toISOString())))
                throw new UserError(`there is no active key "${id}"; cenr key list shows the keys`);
              terminal.err.write(`key ${id} is revoked\n`);
            }),
        ),
    );
