import { once } from 'node:events';
import { Command, Option } from 'commander';
import { rotateAccessLog } from '#audit/access-log/access-log';
import { eventWords } from '#audit/access-log/actions';
import { type Access, type Entry, NAMED } from '#audit/access-log/chain';
import {
  type ChainVerdict,
  chainFolder,
  chainsOf,
  chainWords,
  OWN_CHAIN,
  verifyChains,
} from '#audit/access-log/chains';
import { disclosedBy } from '#audit/access-log/disclosed';
import { verifyAccessLog } from '#audit/access-log/read';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { assemble } from '#rulebook/load/assemble';
import { type Held, numbersOf, type StudentSought, studentSought } from '#service/access-log/student-sought';
import type { HeldChain } from '#store/access-chains';
import { holdsStore, isDatabase } from '#store/open';
import { StoreTroubleError } from '#store/trouble';
import { anchorsOf, folderOf, isShared, type LogOptions, withLogOptions } from '../access-log-place.ts';
import { dayOfMoment } from '../clock.ts';
import { openStore, withExistingStore } from '../open-store.ts';
import { dayOption } from '../options.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

const archiveOption = (): Option =>
  new Option('--archive <DIR>', 'a folder that files of the log (access.log.1-20000) were moved to');

const faultShown = ({ chain, fault: { entry, reason } }: Faulty): string =>
  `${begun(chain)}log entry ${grouped(entry)} is not valid: ${reason}`;

/** Where services share a log, each of its chains is named. */
const begun = (chain: string): string => (chain === OWN_CHAIN ? '' : `${chainWords(chain)}: `);

type Faulty = ChainVerdict & Required<Pick<ChainVerdict, 'fault'>>;

const isFaulty = (verdict: ChainVerdict): verdict is Faulty => verdict.fault !== undefined;

function verdictShown(verdict: ChainVerdict): string {
  const { chain, end } = verdict;
  const whole = `${begun(chain)}${grouped(end.number)} log ${end.number === 1 ? 'entry is' : 'entries are'} intact`;
  return isFaulty(verdict)
    ? `${faultShown(verdict)}\n${whole} before it\n`
    : `${whole}; the hash of the last one is ${end.hash}\n`;
}

/** What cannot be found where nobody asks the database. */
const NOT_COMPARED = (why: string): string =>
  `not compared with the database, which names the last entries: ${why}. A chain that is missing, or log entries removed at the end, may not be found\n`;

async function verify(options: LogOptions & Archived): Promise<void> {
  const { store, archive } = options;
  const dir = await folderOf(options);
  let unasked = isDatabase(store) ? undefined : 'give its address to --store, and this folder to --files';
  const anchors = await anchorsOf(options).catch((error) => {
    if (!(error instanceof StoreTroubleError)) throw error;
    unasked = error.message;
    return undefined;
  });
  const verdicts = await verifyChains(dir, undefined, { archive, anchors });
  for (const verdict of verdicts) terminal.out.write(verdictShown(verdict));
  if (unasked !== undefined && (isDatabase(store) || isShared(verdicts.map(({ chain }) => chain))))
    terminal.out.write(NOT_COMPARED(unasked));
  if (verdicts.some(isFaulty)) terminal.exitCode = 1;
}

async function rotate(options: LogOptions): Promise<void> {
  const { store } = options;
  const dir = await folderOf(options);
  const chains = await chainsOf(dir);
  if (!isDatabase(store)) {
    if (isShared(chains))
      throw new UserError(
        `services on other machines may write the access log in "${dir}"; give the address of their database to --store, and this folder to --files`,
      );
    return rotateChain(dir, OWN_CHAIN);
  }
  await withExistingStore(store, async ({ accessChains }) => {
    for (const chain of chains) {
      const held = chain === OWN_CHAIN ? undefined : await accessChains?.take(chain);
      if (chain !== OWN_CHAIN && !held)
        throw new UserError(
          `a service writes ${chainWords(chain)} of the access log. It puts it aside by itself when that has CENR_ACCESS_LOG_BYTES bytes; to do it now, stop the service first`,
        );
      await rotateChain(dir, chain, held);
    }
  });
}

async function rotateChain(dir: string, chain: string, held?: HeldChain): Promise<void> {
  const folder = chainFolder(dir, chain);
  try {
    await rotateAccessLog(folder, () => new Date());
  } finally {
    await held?.release();
  }
  const { end } = await verifyAccessLog(folder, undefined, { beginsAnywhere: true });
  terminal.out.write(`${begun(chain)}the new access.log goes on with log entry ${grouped(end.number)}\n`);
}

interface Wanted {
  readonly ssid?: string;
  readonly extract?: string;
  readonly key?: string;
  readonly from?: string;
  readonly through?: string;
}

interface Archived {
  readonly archive?: string;
}

interface Read extends LogOptions, Archived {
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

/**
 * Seeks a student in the store of a log. A log that was moved to another folder has none: any file may have held the student.
 * @param dir where the files of the store are
 */
async function withStudent<T>(
  place: string,
  dir: string,
  ssid: string | undefined,
  use: (saw: Saw) => Promise<T>,
): Promise<T> {
  if (ssid === undefined) return use(async () => '');
  const sawWith =
    (sought: StudentSought, numbers: readonly string[]): Saw =>
    async (entry) => {
      if ('event' in entry) return undefined;
      return entry.ssid !== undefined && numbers.includes(entry.ssid) ? '' : SAYS[await sought(entry)];
    };
  if (!(await holdsStore(place)))
    return use(
      sawWith(async (access) => (['nothing', 'named'].includes(disclosedBy(access)) ? 'no' : 'maybe'), [ssid]),
    );
  const store = await openStore(place, { readOnly: true });
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
async function namesOf(place: string): Promise<ReadonlyMap<string, string>> {
  if (!(await holdsStore(place))) return new Map();
  const store = await openStore(place, { readOnly: true });
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

function shown(entry: Entry, chain: string, names: ReadonlyMap<string, string>): string {
  const begin = `${chain === OWN_CHAIN ? '' : `${chain}/`}${entry.number}  ${entry.time}`;
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

/** A line of the log as it is stored; where services share the log, the chain stands before what is stored. */
const stored = (text: string, chain: string): string =>
  chain === OWN_CHAIN ? text : `{"chain":"${chain}",${text.slice(1)}`;

export const auditCommand = (): Command =>
  new Command('audit')
    .description(
      'Verifies and lists the access log of the REST service: who asked for which student, extract or upload, when and for what purpose.',
    )
    .addHelpText('after', '\nExample:\n  cenr audit verify --store data')
    .addCommand(
      withLogOptions(new Command('verify'))
        .description('Finds log entries that were changed, removed, added or moved. Exit code 1 if there are any.')
        .addOption(archiveOption())
        .addHelpText('after', '\nExample:\n  cenr audit verify --store data')
        .action(verify),
    )
    .addCommand(
      withLogOptions(new Command('list'))
        .description('Prints the log entries in order. Exit code 1 if the log is damaged; the last line says where.')
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
        .action(async ({ store, files, archive, json, ...wanted }: Wanted & Read) => {
          const dir = await folderOf({ store, ...(files !== undefined && { files }) });
          const isWanted = wantedBy(wanted);
          const names = await namesOf(store);
          const anchors = await anchorsOf({ store });
          const verdicts = await withStudent(store, dir, wanted.ssid, (saw) =>
            verifyChains(
              dir,
              async ({ text, entry }, chain) => {
                if (!entry || !isWanted(entry)) return;
                const held = await saw(entry);
                if (held === undefined) return;
                const line = json ? stored(text, chain) : printable(shown(entry, chain, names)) + held;
                if (!terminal.out.write(`${line}\n`)) await once(terminal.out, 'drain');
              },
              { archive, anchors },
            ),
          );
          for (const verdict of verdicts.filter(isFaulty)) {
            terminal.err.write(`cenr: the access log is damaged: ${faultShown(verdict)}\n`);
            terminal.exitCode = 1;
          }
        }),
    )
    .addCommand(
      withLogOptions(new Command('rotate'))
        .description(
          'Puts the access log of a stopped service aside, as access.log.FIRST-LAST, and begins a new file that goes on with its chain. A running service does so by itself (CENR_ACCESS_LOG_BYTES).',
        )
        .addHelpText('after', '\nExample:\n  cenr audit rotate --store data')
        .action(rotate),
    );
