import { Command } from 'commander';
import { UserError } from '#base/user-error';
import { doubleWords, shownDoubles } from '#pipeline/double-records';
import { studentThen } from '#pipeline/student-then';
import { withDashes } from '#records/days';
import type { Layout } from '#records/layout';
import { asSent, lineNumberOf, plainType, sourceOf, withSSID } from '#records/record';
import { loadRulebook } from '#rulebook/load/load';
import { LOAD_MAKES_ONE, withStoreToRead } from '../open-store.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

export const recordsCommand = (): Command =>
  new Command('records')
    .description('Prints the lines of a student that a store keeps, as they were sent, in the order of loading.')
    .requiredOption('--store <DIR>', 'the folder of the store')
    .requiredOption('--ssid <SSID>', 'the SSID of the student')
    .addHelpText('after', '\nExample:\n  cenr records --store data --ssid 9900000001')
    .action(async ({ store: dir, ssid }: { store: string; ssid: string }) => {
      const then = await withStoreToRead(
        dir,
        async (store) => {
          const found = await studentThen(store, ssid, { scope: 'all', snapshot: undefined });
          const doubles = await Promise.all(found.formerly.map((one) => shownDoubles(store, one.doubles)));
          return { ...found, doubles };
        },
        LOAD_MAKES_ONE,
      );
      const { body, sentWith, formerly } = then;
      if (body === undefined)
        throw new UserError('the store has no student with this SSID; expected the ten digits of one that was loaded');
      for (const [i, { retired, day }] of formerly.entries())
        say([
          `until ${withDashes(day)} ${then.ssid} was ${retired}`,
          ...(then.doubles[i] ?? []).map((double) => `  ${doubleWords(double)}`),
        ]);
      for (const kept of body.split('\n')) {
        const sent = sentWith(sourceOf(kept), lineNumberOf(kept));
        terminal.out.write(`${sent === undefined ? asSent(kept) : withNumber(asSent(kept), sent)}\n`);
      }
    });

/** Of the shipped rules; read only for a student who had another number. */
let layouts: readonly Layout[] | undefined;

/** A line with the SSID that it was sent with in place of the active one. */
const withNumber = (line: string, ssid: string): string => {
  layouts ??= loadRulebook().schemas.layouts;
  const recordType = plainType(line.split('^', 1)[0] as string);
  const layout = layouts.find((each) => each.recordType === recordType);
  return layout ? withSSID(line, layout, ssid) : line;
};
