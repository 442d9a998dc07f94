import { Command } from 'commander';
import { grouped } from '#base/text';
import { LOAD_MAKES_ONE, withStoreToRead } from '../open-store.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

const DAMAGED = 1;

export const verifyStoreCommand = (): Command =>
  new Command('verify-store')
    .description(
      'Reads everything that a store keeps of students, and names the students whose records are damaged. Exit code 1 if there are any.',
    )
    .requiredOption('--store <DIR>', 'the folder of the store')
    .addHelpText('after', '\nExample:\n  cenr verify-store --store data')
    .action(async ({ store: dir }: { store: string }) => {
      const { blocks, students, formerHistories, problems, damaged } = await withStoreToRead(
        dir,
        async (store) => await store.verify(),
        LOAD_MAKES_ONE,
      );
      const inBlocks = blocks === undefined ? '' : ` in ${grouped(blocks)} blocks`;
      say([
        `read       ${grouped(students)} students${inBlocks}, ${grouped(formerHistories)} former histories, ${grouped(problems)} problems`,
        ...damaged.map((sentence) => `damaged    ${sentence}`),
        ...(damaged.length === 0 ? ['no damage found'] : []),
      ]);
      if (damaged.length > 0) terminal.exitCode = DAMAGED;
    });
