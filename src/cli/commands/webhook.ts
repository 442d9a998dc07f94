import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { UserError } from '#base/user-error';
import { configFrom } from '#service/environment';
import { createWebhook, WEBHOOK_RANDOM_BYTES } from '#service/outbox/webhooks';
import { withExistingStore, withStoreToRead } from '../open-store.ts';
import { leaListOption, leasShown, scopeFrom, storeOption } from '../options.ts';
import { terminal } from '../terminal.ts';

const EXAMPLE = '  cenr webhook add --url https://sis.example.org/cenr --lea 9900001 --store data';

/** None makes a store, as for keys: in a mistyped folder, a webhook would never be called. */
export const webhookCommand = (): Command =>
  new Command('webhook')
    .description(
      'Adds, lists and removes webhooks: programs that the service tells when uploads and extracts end (Standard Webhooks).',
    )
    .addHelpText('after', `\nExample:\n${EXAMPLE}`)
    .addCommand(
      new Command('add')
        .description('Adds a webhook and prints the secret that its calls are signed with. It is not shown again.')
        .requiredOption('--url <URL>', 'the address that is called, with https://')
        .addOption(
          new Option('--lea <LEA>', 'hears of jobs for this LEA alone, or "all"; can be repeated')
            .argParser(leaListOption)
            .makeOptionMandatory(),
        )
        .addOption(storeOption())
        .addHelpText('after', `\nExample:\n${EXAMPLE}`)
        .action(
          async ({ url, lea, store: dir }: { url: string; lea: string[]; store: string }) =>
            await withExistingStore(dir, async (store) => {
              const webhook = createWebhook({
                url,
                leas: scopeFrom(lea),
                allowsPrivate: configFrom(process.env).webhookPrivate ?? false,
                now: new Date(),
                random: randomBytes(WEBHOOK_RANDOM_BYTES),
              });
              await store.addWebhook(webhook);
              terminal.out.write(`${webhook.secret}\n`);
              terminal.err.write(
                `webhook ${webhook.id} for LEAs ${leasShown(webhook.leas)}; its secret is not shown again\n`,
              );
            }),
        ),
    )
    .addCommand(
      new Command('list')
        .description('Lists the webhooks by id, LEAs and address. Their secrets are not shown.')
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr webhook list --store data')
        .action(
          async ({ store: dir }: { store: string }) =>
            await withStoreToRead(dir, async (store) => {
              for (const { id, url, leas, createdAt } of await store.webhooks())
                terminal.out.write(`${id}  LEAs ${leasShown(leas)}  ${url}  made ${createdAt}\n`);
            }),
        ),
    )
    .addCommand(
      new Command('remove')
        .description('Removes a webhook: it is not called any more.')
        .argument('<ID>', 'the id of the webhook, as cenr webhook list shows it')
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr webhook remove webhook_0mwqujpdhhjpnm5spf1 --store data')
        .action(
          async (id: string, { store: dir }: { store: string }) =>
            await withExistingStore(dir, async (store) => {
              if (!(await store.removeWebhook(id)))
                throw new UserError(`there is no webhook "${id}"; cenr webhook list shows the webhooks`);
              terminal.err.write(`webhook ${id} is removed\n`);
            }),
        ),
    );
