import { Command } from 'commander';
import { publicPart } from '#audit/signature';
import { rotateSigningKey } from '#service/manifest-keys';
import { withExistingStore, withStoreToRead } from '../open-store.ts';
import { storeOption } from '../options.ts';
import { terminal } from '../terminal.ts';

export const signingKeyCommand = (): Command =>
  new Command('signing-key')
    .description(
      'Lists and rotates the keys that sign manifests. The service makes the first one when it makes its first extract.',
    )
    .addHelpText('after', '\nExample:\n  cenr signing-key list --store data --json > keys.json')
    .addCommand(
      new Command('list')
        .description('Lists the keys, oldest first. The last one signs.')
        .addOption(storeOption())
        .option('--json', 'print the public keys as JSON, for cenr verify --keys; keep them in another place')
        .addHelpText('after', '\nExample:\n  cenr signing-key list --store data --json > keys.json')
        .action(
          async ({ store: dir, json }: { store: string; json?: boolean }) =>
            await withStoreToRead(dir, async (store) => {
              const keys = (await store.signingKeys()).map(publicPart);
              if (json) terminal.out.write(`${JSON.stringify({ keys }, null, 2)}\n`);
              else for (const { id, createdAt } of keys) terminal.out.write(`${id}  made ${createdAt}\n`);
            }),
        ),
    )
    .addCommand(
      new Command('rotate')
        .description('Makes a new key, which signs from now on. What earlier keys signed stays valid.')
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr signing-key rotate --store data')
        .action(
          async ({ store: dir }: { store: string }) =>
            await withExistingStore(dir, async (store) => {
              const { id } = await rotateSigningKey(store);
              terminal.err.write(
                `the key ${id} signs manifests from now on; give its public part to whoever checks them\n`,
              );
            }),
        ),
    );
