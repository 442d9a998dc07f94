import { Command } from 'commander';
import { grouped } from '#base/text';
import { say } from '#cli/summary';
import { copyStore } from '#store/copy/copy';
import { shownPlace } from '#store/open';

export const copyCommand = (): Command =>
  new Command('copy')
    .description(
      'Copies a store, between a folder and a PostgreSQL database or between two of a kind, and proves that both hold the same. The service must not run meanwhile.',
    )
    .argument('<FROM>', 'the store: a folder, or the address of a database')
    .argument('<TO>', 'a place without a store')
    .addHelpText('after', '\nExample:\n  cenr store copy data postgres://cenr@localhost/cenr')
    .action(async (from: string, to: string) => {
      const { students, formerHistories, rows, sha256 } = await copyStore(from, to);
      say([
        `copied     ${grouped(students)} students, ${grouped(formerHistories)} former histories, ${grouped(rows)} other rows`,
        `from       ${shownPlace(from)}`,
        `to         ${shownPlace(to)}`,
        `equal      SHA-256 of what each holds: ${sha256}`,
        'The files of extracts and reports, and the access log, are not part of the store: copy their folders too.',
      ]);
    });
