/**
 * The command line: one file a command; this one only names them and turns what went wrong into a sentence and an exit
 * code.
 */
import { Command, CommanderError } from 'commander';
import { AccessLogError } from '#audit/access-log/access-log-error';
import { UserError } from '#base/user-error';
import { BlockDamagedError } from '#records/block/sealed';
import { SnapshotGoneError, StoreBusyError } from '#store/store';
import { told } from '#store/trouble';
import { addCommands, type Commands } from './named-commands.ts';
import { terminal } from './terminal.ts';
import { VERSION } from './version.ts';

const WRONG_USAGE = 2;

/** The exit code of a fault of the program. */
export const FAULT = 3;

/** Errors whose message is written for the person at the keyboard. */
const EXPECTED = [UserError, StoreBusyError, AccessLogError, SnapshotGoneError, BlockDamagedError];

/** Every command by its name, in the order of the help. One is loaded when it is asked for. */
export const COMMANDS: Commands = {
  sample: async () => (await import('./commands/sample.ts')).sampleCommand(),
  check: async () => (await import('./commands/check.ts')).checkCommand(),
  extract: async () => (await import('./commands/extract.ts')).extractCommand(),
  explain: async () => (await import('./commands/explain.ts')).explainCommand(),
  reconcile: async () => (await import('./commands/reconcile.ts')).reconcileCommand(),
  calibrate: async () => (await import('./commands/calibrate.ts')).calibrateCommand(),
  'sample-rows': async () => (await import('./commands/sample-rows.ts')).sampleRowsCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  load: async () => (await import('./commands/load.ts')).loadCommand(),
  anomalies: async () => (await import('./commands/anomalies.ts')).anomaliesCommand(),
  ssid: async (words) => (await import('./commands/ssid.ts')).ssidCommand(words),
  rules: async (words) => (await import('./commands/rules.ts')).rulesCommand(words),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  key: async () => (await import('./commands/key.ts')).keyCommand(),
  person: async () => (await import('./commands/person.ts')).personCommand(),
  webhook: async () => (await import('./commands/webhook.ts')).webhookCommand(),
  'signing-key': async () => (await import('./commands/signing-key.ts')).signingKeyCommand(),
  forget: async () => (await import('./commands/forget.ts')).forgetCommand(),
  convert: async () => (await import('./commands/convert.ts')).convertCommand(),
  diff: async () => (await import('./commands/diff.ts')).diffCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  horizon: async () => (await import('./commands/horizon.ts')).horizonCommand(),
  grounds: async () => (await import('./commands/grounds.ts')).groundsCommand(),
  records: async () => (await import('./commands/records.ts')).recordsCommand(),
  'verify-store': async () => (await import('./commands/verify-store.ts')).verifyStoreCommand(),
  store: async (words) => (await import('./commands/store.ts')).storeCommand(words),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
};

/**
 * Runs a command; what it writes goes to the terminal in place.
 * @param words what stands behind `cenr`
 * @param before is called with the name of the command before its work begins
 * @returns the exit code: 0 done, 1 records were rejected (`check`) or none of them could be used, an extract was made with
 * warnings (`extract`), examples failed (`rules test`), rules cannot be said in SQL (`rules sql`), the published page is
 * not held or is another (`rules ledger`), the access log has a fault (`audit`) or a store is damaged (`verify-store`),
 * 2 wrong usage or unreadable input, 3 a fault of the program, 4 an extract was made whose rows break a law of the rules
 * (`extract`)
 */
export async function runCommandLine(
  words: readonly string[],
  before: (command: string) => void = () => {},
): Promise<number> {
  const program = new Command('cenr')
    .description(
      "Computes California's Cumulative Enrollment Extract (CENR) from CALPADS files, by rules that live in files.",
    )
    .version(VERSION)
    .showHelpAfterError('(see cenr --help or cenr COMMAND --help)')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      '\nExample:\n  cenr sample --students 1000 --out sample\n  cenr extract sample --lea 9900001 --academic-year 2023-2024 --out cenr.txt',
    )
    .hook('preAction', (_, command) => before(command.name()));
  await addCommands(program, COMMANDS, words);
  leaveToCaller(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return terminal.exitCode;
  } catch (thrown) {
    const error = told(thrown);
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    if (EXPECTED.some((known) => error instanceof known) || isFileError(error)) {
      terminal.err.write(`cenr: ${(error as Error).message}\n`);
      return WRONG_USAGE;
    }
    terminal.err.write(`cenr: internal error; please report it.\n${(error as Error).stack}\n`);
    return FAULT;
  }
}

/**
 * Every command, its subcommands included, throws where commander would end the process, and writes to the terminal in
 * place.
 */
function leaveToCaller(command: Command): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void terminal.out.write(text),
    writeErr: (text) => void terminal.err.write(text),
  });
  for (const child of command.commands) leaveToCaller(child);
}

/** A folder that is not there, a disk that is full: the system's own sentence says it. */
function isFileError(error: unknown): boolean {
  return (
    typeof (error as NodeJS.ErrnoException).syscall === 'string' &&
    typeof (error as NodeJS.ErrnoException).code === 'string'
  );
}
