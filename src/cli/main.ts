/**
 * The command line. One file a command; this one only names them and turns what went wrong into a sentence and an exit
 * code.
 */
import { Command, CommanderError } from 'commander';
import { AccessLogError } from '#audit/access-log/access-log-error';
import { removeUnfinished } from '#base/temp-files';
import { UserError } from '#base/user-error';
import { SnapshotGoneError, StoreBusyError } from '#store/store';
import { addCommands, type Commands } from './named-commands.ts';
import { VERSION } from './version.ts';

/**
 * Exit codes: 0 done, 1 records were rejected (`check`), examples failed (`rules test`), the published page is not held
 * or is another (`rules ledger`) or the access log has a fault (`audit`), 2 wrong usage or unreadable input, 3 a fault
 * of the program.
 */
const WRONG_USAGE = 2;
const FAULT = 3;

/** Errors whose message is written for the person at the keyboard. */
const EXPECTED = [UserError, StoreBusyError, AccessLogError, SnapshotGoneError];

/** Every command by its name, in the order of the help. One is loaded when it is asked for. */
const COMMANDS: Commands = {
  sample: async () => (await import('./commands/sample.ts')).sampleCommand(),
  check: async () => (await import('./commands/check.ts')).checkCommand(),
  extract: async () => (await import('./commands/extract.ts')).extractCommand(),
  explain: async () => (await import('./commands/explain.ts')).explainCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  load: async () => (await import('./commands/load.ts')).loadCommand(),
  rules: async (words) => (await import('./commands/rules.ts')).rulesCommand(words),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  key: async () => (await import('./commands/key.ts')).keyCommand(),
  forget: async () => (await import('./commands/forget.ts')).forgetCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
};

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
  );

await addCommands(program, COMMANDS, process.argv.slice(2));

/**
 * Every command, its subcommands included, throws where commander would end the process: one place decides about exit
 * codes.
 */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
throwInsteadOfExit(program);

// A reader that has seen enough (`| head`) closes the pipe; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : FAULT);
});

// The service ends itself in good order; every other command ends at once, and leaves nothing half done behind.
program.hook('preAction', (_, command) => {
  if (command.name() === 'serve') return;
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => {
      removeUnfinished();
      process.exit(128 + number);
    });
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  else if (EXPECTED.some((known) => error instanceof known) || isFileError(error)) {
    process.stderr.write(`cenr: ${(error as Error).message}\n`);
    process.exitCode = WRONG_USAGE;
  } else {
    process.stderr.write(`cenr: internal error; please report it.\n${(error as Error).stack}\n`);
    process.exitCode = FAULT;
  }
}

/** A folder that is not there, a disk that is full: the system's own sentence says it. */
function isFileError(error: unknown): boolean {
  return (
    typeof (error as NodeJS.ErrnoException).syscall === 'string' &&
    typeof (error as NodeJS.ErrnoException).code === 'string'
  );
}
