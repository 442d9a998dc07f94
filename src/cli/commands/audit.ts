import { once } from 'node:events';
import { Command, Option } from 'commander';
import { rotateAccessLog } from '#audit/access-log/access-log';
import { eventWords } from '#audit/access-log/actions';
import { type Access, type Entry, NAMED } from '#audit/access-log/chain';
import { disclosedBy } from '#audit/access-log/disclosed';
import { holdsAccessLog, type LogFault, verifyAccessLog } from '#audit/access-log/read';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { assemble } from '#rulebook/load/assemble';
import { type Held, numbersOf, type StudentSought, studentSought } from '#service/access-log/student-sought';
import { holdsStore } from '#store/sqlite';
import { dayOfMoment } from '../clock.ts';
import { openStore } from '../open-store.ts';
import { dayOption } from '../options.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

const storeOption = (): Option =>
  new Option(
    '--store <DIR>',
    'the store folder, or a folder with access.log and access.log.head',
  ).makeOptionMandatory();

const archiveOption = (): Option =>
  new Option('--archive <DIR>', 'a folder that files of the log (access.log.1-20000) were moved to');

/** A mistyped folder must not pass for a log without entries. */
async function requireAccessLog(dir: string): Promise<void> {
  if (!(await holdsAccessLog(dir)))
    throw new UserError(`there is no access log in "${dir}"; cenr serve writes one to its store folder`);
}

const faultShown = ({ entry, reason }: LogFault): string => `log entry ${grouped(entry)} is not valid: ${reason}`;

interface Wanted {
  readonly ssid?: string;
  readonly extract?: string;
  readonly key?: string;
  readonly from?: string;
  readonly through?: string;
}

interface Read {
  readonly store: string;
  readonly archive?: string;
  readonly json?: boolean;
}

/** Tells whether an entry is among those asked for, whoever it is about. A log has millions of them. */
function wantedBy({ extract, key, from, through }: Wanted): (entry: Entry) => boolean {
  const dayOf = dayOfMoment();
  return (entry) => {
    const access = entry as Partial<Access>;
    if (extract !== undefined && access.extract !== extract) return false;
    if (key !== undefined && access.keyId !== key) return false;
    if (from === undefined && through === undefined) return true;
    // In a log that is not whole anything may stand in place of a time.
    const moment = new Date(entry.time);
    const day = Number.isNaN(moment.getTime()) ? undefined : dayOf(moment);
    return day !== undefined && (from === undefined || day >= from) && (through === undefined || day <= through);
  };
}

/** What to say of an entry about the student who is sought; `undefined` for one that is not about the student. */
type Saw = (entry: Entry) => Promise<string | undefined>;

const SAYS: Readonly<Record<Held, string | undefined>> = {
  yes: '  held this student',
  maybe: '  may have held this student',
  no: undefined,
};

/** Seeks a student in the store of a log. A log that was moved to another folder has none: any file may have held the student. */
async function withStudent<T>(dir: string, ssid: string | undefined, use: (saw: Saw) => Promise<T>): Promise<T> {
  if (ssid === undefined) return use(async () => '');
  const sawWith =
    (sought: StudentSought, numbers: readonly string[]): Saw =>
    async (entry) => {
      if ('event' in entry) return undefined;
      return entry.ssid !== undefined && numbers.includes(entry.ssid) ? '' : SAYS[await sought(entry)];
    };
  if (!holdsStore(dir))
    return use(
      sawWith(async (access) => (['nothing', 'named'].includes(disclosedBy(access)) ? 'no' : 'maybe'), [ssid]),
    );
  const store = openStore(dir, { readOnly: true });
  try {
    const rulebookOf = async (hash: string) => {
      const source = await store.rulebook(hash);
      return source && assemble(source);
    };
    const numbers = await numbersOf(store, ssid, 'all');
    if (numbers.length > 1) say([`numbers of the student, of which one is active: ${numbers.join(', ')}`]);
    return await use(sawWith(await studentSought(store, dir, numbers, rulebookOf), numbers));
  } finally {
    await store.close();
  }
}

/** Callers choose what stands in an entry; a terminal must not obey it. */
const printable = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);

const word = (text: string): string => (/^[\w.:-]+$/.test(text) ? text : JSON.stringify(text));

/** Whose ids the log has, where it lies in its store: keys and people, those who are gone included. */
async function namesOf(dir: string): Promise<ReadonlyMap<string, string>> {
  if (!holdsStore(dir)) return new Map();
  const store = openStore(dir, { readOnly: true });
  try {
    return new Map([...(await store.keys()), ...(await store.persons())].map(({ id, name }) => [id, name]));
  } finally {
    await store.close();
  }
}

const who = (id: string, names: ReadonlyMap<string, string>): string => {
  const name = names.get(id);
  return name === undefined ? id : `${id} (${name})`;
};

function shown(entry: Entry, names: ReadonlyMap<string, string>): string {
  const begin = `${entry.number}  ${entry.time}`;
  if ('event' in entry) return `${begin}  ${eventWords(entry)}`;
  const asked = NAMED.flatMap((name) => (entry[name] === undefined ? [] : [`${name}=${word(entry[name])}`]));
  return [
    begin,
    entry.keyId === undefined ? 'no key' : who(entry.keyId, names),
    entry.role,
    `${entry.method} ${entry.route}`,
    ...asked,
    entry.status,
    entry.refusal,
  ]
    .filter(Boolean)
    .join('  ');
}

export const auditCommand = (): Command =>
  new Command('audit')
    .description(
      'Verifies and lists the access log of the REST service: who asked for which student, extract or upload, when and for what purpose.',
    )
    .addHelpText('after', '\nExample:\n  cenr audit verify --store data')
    .addCommand(
      new Command('verify')
        .description('Finds log entries that were changed, removed, added or moved. Exit code 1 if there are any.')
        .addOption(storeOption())
        .addOption(archiveOption())
        .addHelpText('after', '\nExample:\n  cenr audit verify --store data')
        .action(async ({ store, archive }: { store: string; archive?: string }) => {
          await requireAccessLog(store);
          const { end, fault } = await verifyAccessLog(store, undefined, { archive });
          const whole = `${grouped(end.number)} log ${end.number === 1 ? 'entry is' : 'entries are'} intact`;
          if (fault) {
            terminal.out.write(`${faultShown(fault)}\n${whole} before it\n`);
            terminal.exitCode = 1;
          } else terminal.out.write(`${whole}; the hash of the last one is ${end.hash}\n`);
        }),
    )
    .addCommand(
      new Command('list')
        .description('Prints the log entries in order. Exit code 1 if the log is damaged; the last line says where.')
        .addOption(storeOption())
        .addOption(archiveOption())
        .option(
          '--ssid <SSID>',
          'only requests that name this student, or whose answer held or may have held this student: files, traces and pages of extracts, lists of problems, impact reports',
        )
        .option('--extract <ID>', 'only requests for this extract')
        .option('--key <ID>', 'only requests made with the API key of this id')
        .option(
          '--from <DATE>',
          'only requests on or after this day (CCYYMMDD or CCYY-MM-DD, in the time zone of CENR_TIME_ZONE or of California)',
          dayOption,
        )
        .option('--through <DATE>', 'only requests on or before this day', dayOption)
        .option('--json', 'print the log entries as they are stored, one JSON line each')
        .addHelpText('after', '\nExample:\n  cenr audit list --store data --ssid 9900000001 --from 2026-07-01')
        .action(async ({ store, archive, json, ...wanted }: Wanted & Read) => {
          await requireAccessLog(store);
          const isWanted = wantedBy(wanted);
          const names = await namesOf(store);
          const { fault } = await withStudent(store, wanted.ssid, (saw) =>
            verifyAccessLog(
              store,
              async ({ text, entry }) => {
                if (!entry || !isWanted(entry)) return;
                const held = await saw(entry);
                if (held === undefined) return;
                const line = json ? text : printable(shown(entry, names)) + held;
                if (!terminal.out.write(`${line}\n`)) await once(terminal.out, 'drain');
              },
              { archive },
            ),
          );
          if (fault) {
            terminal.err.write(`cenr: the access log is damaged: ${faultShown(fault)}\n`);
            terminal.exitCode = 1;
          }
        }),
    )
    .addCommand(
      new Command('rotate')
        .description(
          'Puts the access log of a stopped service aside, as access.log.FIRST-LAST, and begins a new file that goes on with its chain. A running service does so by itself (CENR_ACCESS_LOG_BYTES).',
        )
        .addOption(storeOption())
        .addHelpText('after', '\nExample:\n  cenr audit rotate --store data')
        .action(async ({ store }: { store: string }) => {
          await requireAccessLog(store);
          await rotateAccessLog(store, () => new Date());
          const { end } = await verifyAccessLog(store, undefined, { beginsAnywhere: true });
          terminal.out.write(`the new access.log goes on with log entry ${grouped(end.number)}\n`);
        }),
    );
