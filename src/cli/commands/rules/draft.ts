import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { LIST_FORMATS, listFormatOf } from '#authoring/impact/change-list';
import { reportLines as impactLines } from '#authoring/impact/impact-text';
import { UserError } from '#base/user-error';
import { addRequestOptions, dayOption, numberOption, type RequestOptions, requestFrom } from '#cli/options';
import { progressBar, say } from '#cli/report';
import { type ServiceOptions, serviceClient, withService } from '#cli/service-client';
import { grammarOf } from '#rulebook/load/assemble';
import { readTexts } from '#rulebook/load/load';
import { fileHash } from '#rulebook/load/texts';
import { findingLines } from './findings.ts';

type Client = ReturnType<typeof serviceClient>;

const DRAFTS = '/v1/rulebook/drafts';
const at = (id: string, path = ''): string => `${DRAFTS}/${encodeURIComponent(id)}${path}`;
const fileAt = (id: string, path: string): string =>
  at(id, `/files/${path.split('/').map(encodeURIComponent).join('/')}`);

/** What is shown of a draft; the API document says what else there is. */
interface Shown {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly state: string;
  readonly revision: number;
  readonly from: string;
  readonly rulebook: string;
  readonly author: { readonly name: string };
  readonly changedAt: string;
  readonly approvals: readonly { readonly name: string; readonly at: string }[];
  readonly approvalsNeeded: number;
  readonly checked?: {
    readonly at: string;
    readonly errors: number;
    readonly warnings: number;
    readonly examples: number;
    readonly examplesFailed: number;
  };
  readonly impactSeen?: {
    readonly by: { readonly name: string };
    readonly at: string;
    readonly against: string;
    readonly students?: number;
  };
  readonly reopened?: { readonly name: string; readonly at: string; readonly why: string };
  readonly publishedAs?: number;
  readonly changes?: readonly { readonly path: string; readonly did: string }[];
}

const summaryLine = ({ id, state, revision, author, title }: Shown): string =>
  `${id}  ${state}, revision ${revision}, by ${author.name}: ${title}`;

function draftLines(draft: Shown): string[] {
  const {
    from,
    rulebook,
    reason,
    checked,
    impactSeen,
    approvals,
    approvalsNeeded,
    reopened,
    publishedAs,
    changes = [],
  } = draft;
  return [
    summaryLine(draft),
    `  reason     ${reason || '(none yet)'}`,
    `  files      ${rulebook}`,
    `  made from  ${from}`,
    ...changes.map(({ path, did }) => `    ${did.padEnd(8)} ${path}`),
    `  checked    ${checked ? `${checked.at}: ${checked.errors} errors, ${checked.warnings} warnings; ${checked.examplesFailed} of ${checked.examples} examples failed` : 'not as the files are now'}`,
    `  looked at  ${impactSeen ? `${impactSeen.at} by ${impactSeen.by.name}${impactSeen.students === undefined ? '' : `, ${impactSeen.students} students`}, against ${impactSeen.against}` : 'not as the files are now'}`,
    `  approved   ${approvals.length} of ${approvalsNeeded}${approvals.map(({ name, at: when }) => `; ${name}, ${when}`).join('')}`,
    ...(reopened ? [`  sent back  ${reopened.at} by ${reopened.name}${reopened.why ? `: ${reopened.why}` : ''}`] : []),
    ...(publishedAs === undefined ? [] : [`  published  as entry ${publishedAs}`]),
  ];
}

const print = (lines: readonly string[]): void => void process.stdout.write(lines.map((line) => `${line}\n`).join(''));

const REVISION = (): Option =>
  new Option(
    '--revision <N>',
    'the revision that you saw (cenr rules draft show); refused if the draft was changed since. Without it: as the draft is now',
  ).argParser(numberOption(1));

interface Revision {
  readonly revision?: number;
}

/** The tag of the draft as it was seen, or as it is. */
async function seenOf(ask: Client, id: string, revision: number | undefined): Promise<string> {
  return revision === undefined ? ((await ask(at(id))).headers.get('etag') ?? '') : `"${revision}"`;
}

/** A verb that takes a step on a draft and shows what it is then. */
function stepVerb<O extends object = object>(
  name: string,
  description: string,
  body: (options: O) => object | undefined = () => undefined,
): Command {
  return withService(new Command(name))
    .description(description)
    .argument('<ID>', 'the id of the draft')
    .addOption(REVISION())
    .addHelpText('after', `\nExample:\n  cenr rules draft ${name} draft_0mwqvx55dua2uadsc1k --revision 7`)
    .action(async (id: string, { revision, ...options }: ServiceOptions & Revision & O) => {
      const ask = serviceClient(options as ServiceOptions);
      const sent = body(options as unknown as O);
      const answer = await ask(at(id, `/${name}`), {
        method: 'POST',
        seen: await seenOf(ask, id, revision),
        ...(sent && { body: sent }),
      });
      if (name === 'publish') {
        const { entry, rulebook, from } = answer.json() as { entry: number; rulebook: string; from: string };
        print([`published: ${rulebook} takes force ${from} (entry ${entry})`]);
      } else print([summaryLine(answer.json() as Shown)]);
    });
}

/** Where in a rulebook a local file belongs: behind the last folder called rules or schemas. */
function rulebookPath(file: string): string {
  const parts = resolve(file).split(sep);
  const root = parts.findLastIndex((part) => part === 'rules' || part === 'schemas');
  const path = parts.slice(root).join('/');
  if (root < 0 || !grammarOf(path))
    throw new UserError(
      `it does not show from "${file}" where in the rulebook the file belongs; say it with --as, such as --as rules/fields/41-….json`,
    );
  return path;
}

/** The texts of a folder of rules; of schemas only where they lie beside it. */
function textsOf(dir: string): ReturnType<typeof readTexts> {
  const hasSchemas = existsSync(join(dirname(resolve(dir)), 'schemas', 'records'));
  return readTexts(dir).filter(({ path }) => hasSchemas || path.startsWith('rules/'));
}

async function get(
  id: string,
  path: string | undefined,
  { dir, ...options }: ServiceOptions & { dir?: string },
): Promise<void> {
  if ((path === undefined) === (dir === undefined))
    throw new UserError('give either a path in the rulebook or --dir DIR');
  const ask = serviceClient(options);
  if (path !== undefined) return void process.stdout.write((await ask(fileAt(id, path))).bytes);
  for (const name of ['rules', 'schemas'])
    if (existsSync(join(dir as string, name)))
      throw new UserError(
        `"${join(dir as string, name)}" is there already; name another folder, so that nothing is lost`,
      );
  const { files } = (await ask(at(id, '/files'))).json() as { files: { path: string }[] };
  for (const file of files) {
    const target = join(dir as string, file.path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, (await ask(fileAt(id, file.path))).bytes);
  }
  say([`${files.length} files are in ${dir}`]);
}

interface PutOptions extends ServiceOptions, Revision {
  readonly file?: string;
  readonly as?: string;
  readonly dir?: string;
}

async function put(id: string, { file, as, dir, revision, ...options }: PutOptions): Promise<void> {
  if ((file === undefined) === (dir === undefined)) throw new UserError('give either --file FILE or --dir DIR');
  if (as !== undefined && file === undefined) throw new UserError('--as goes with --file');
  const ask = serviceClient(options);
  let seen = await seenOf(ask, id, revision);
  let changed = 0;
  const send = async (path: string, text?: string): Promise<void> => {
    const answer = await ask(fileAt(id, path), {
      ...(text === undefined ? { method: 'DELETE' } : { method: 'PUT', body: text }),
      seen,
    });
    const now = answer.headers.get('etag') ?? '';
    if (now !== seen) {
      print([`${text === undefined ? 'removed' : 'sent'}  ${path}`]);
      changed++;
    }
    seen = now;
  };
  if (file !== undefined) await send(as ?? rulebookPath(file), readFileSync(file, 'utf8'));
  else {
    const texts = textsOf(dir as string);
    // Files that the folder does not have are taken out of the draft: of the wrong folder, all.
    if (!texts.some(({ path }) => path === 'rules/rulebook.json'))
      throw new UserError(`"${dir}" is no folder of rules: it holds no rulebook.json`);
    const { files } = (await ask(at(id, '/files'))).json() as { files: { path: string; sha256: string }[] };
    const there = new Map(files.map(({ path, sha256 }) => [path, sha256]));
    for (const { path, text } of texts) if (there.get(path) !== fileHash(text)) await send(path, text);
    const isOfDir = (path: string): boolean =>
      path.startsWith('rules/') || texts.some((text) => text.path.startsWith('schemas/'));
    for (const { path } of files) if (isOfDir(path) && !texts.some((text) => text.path === path)) await send(path);
  }
  say([changed === 0 ? 'the draft has these files already' : `the draft is at revision ${seen.replaceAll('"', '')}`]);
}

const PATIENCE_MS = 300;

interface ImpactOptions extends ServiceOptions, RequestOptions {
  /** The first day of a range, as in `cenr rules impact`. */
  readonly firstDay?: string;
  readonly runDate?: string;
  readonly out?: string;
  readonly changes?: string;
}

async function impact(id: string, options: ImpactOptions): Promise<void> {
  const { out, changes, runDate, firstDay } = options;
  const format = changes === undefined ? undefined : listFormatOf(changes);
  if (changes !== undefined && !format)
    throw new UserError(`--changes ${changes}: the name ends in one of ${LIST_FORMATS.map((f) => `.${f}`).join(', ')}`);
  const ask = serviceClient(options);
  const request = requestFrom({ ...options, ...(firstDay !== undefined && { from: firstDay }) });
  const accepted = await ask(at(id, '/impact'), {
    method: 'POST',
    body: { request, ...(runDate !== undefined && { runDate }) },
  });
  const self = accepted.headers.get('location') as string;
  const progress = progressBar();
  let job = accepted.json();
  while (job.status === 'Pending' || job.status === 'Processing') {
    await wait(PATIENCE_MS);
    job = (await ask(self)).json();
    progress(job.progress);
  }
  progress.stop();
  if (job.status !== 'Complete')
    throw new UserError(`the impact report is ${job.status}${job.failure ? `: ${job.failure}` : ''}`);
  if (out === undefined) print(impactLines(job.report));
  else
    writeFileSync(
      out,
      out.endsWith('.md')
        ? (await ask(self, { accept: 'text/markdown' })).bytes
        : `${JSON.stringify(job.report, null, 2)}\n`,
    );
  if (changes !== undefined) writeFileSync(changes, (await ask(`${self}/changes?format=${format}`)).bytes);
}

async function check(
  id: string,
  { json = false, ...options }: ServiceOptions & { readonly json?: boolean },
): Promise<void> {
  const found = (await serviceClient(options)(at(id, '/check'), { method: 'POST' })).json();
  const { findings, moreFindings, counts, examples } = found;
  const failed = examples.failed as { file: string; pointer: string; of: string; title: string; message: string }[];
  print(
    json
      ? [JSON.stringify(found, null, 2)]
      : [
          ...findings.flatMap(findingLines),
          ...(moreFindings > 0 ? [`and ${moreFindings} more findings`] : []),
          ...failed.flatMap(({ file, pointer, of, title, message }) => [
            `${file} ${pointer}`,
            `  ${of}: ${title}`,
            `  ${message}`,
          ]),
          `${counts.error} errors, ${counts.warning} warnings, ${counts.advice} pieces of advice; ${failed.length + examples.moreFailed} of ${examples.run} examples failed`,
        ],
  );
  if (counts.error > 0) process.exitCode = 2;
  else if (failed.length > 0) process.exitCode = 1;
}

export const draftRulesVerb = (): Command =>
  new Command('draft')
    .description(
      'Changes the rules of a running service: drafts are made, checked, looked at, approved by somebody else and published there.',
    )
    .addHelpText(
      'after',
      `
The API key comes from CENR_KEY or a file (--key), the address from CENR_SERVICE or --service. Roles policy and admin may change, auditor may read.

Example:
  cenr rules draft create --title "Retire a program" --reason "No new records after June 30"
  cenr rules draft put draft_0mwqvx55dua2uadsc1k --dir my-rules
  cenr rules draft check draft_0mwqvx55dua2uadsc1k`,
    )
    .addCommand(
      withService(new Command('create'))
        .description('Begins a draft with the files of the version in force; prints its id.')
        .requiredOption('--title <TITLE>', 'what it changes')
        .option('--reason <REASON>', 'why; needed when it is submitted')
        .option('--from <HASH>', 'the version to begin with, by its whole hash, instead of the one in force')
        .addHelpText(
          'after',
          '\nExample:\n  cenr rules draft create --title "Retire a program" --reason "No new records after June 30"',
        )
        .action(
          async ({
            title,
            reason,
            from,
            ...options
          }: ServiceOptions & { title: string; reason?: string; from?: string }) => {
            const body = { title, ...(reason !== undefined && { reason }), ...(from !== undefined && { from }) };
            print([(await serviceClient(options)(DRAFTS, { method: 'POST', body })).json().id]);
          },
        ),
    )
    .addCommand(
      withService(new Command('list'))
        .description('Lists the drafts, latest first.')
        .addHelpText('after', '\nExample:\n  cenr rules draft list')
        .action(async (options: ServiceOptions) => {
          const ask = serviceClient(options);
          for (let path: string | undefined = DRAFTS; path !== undefined; ) {
            const page: { drafts: readonly Shown[]; next?: string } = (await ask(path)).json();
            print(page.drafts.map(summaryLine));
            path = page.next;
          }
        }),
    )
    .addCommand(
      withService(new Command('show'))
        .description('Shows where a draft is on its way, and which files it changes.')
        .argument('<ID>', 'the id of the draft')
        .option('--json', 'as the service has it')
        .addHelpText('after', '\nExample:\n  cenr rules draft show draft_0mwqvx55dua2uadsc1k')
        .action(async (id: string, { json, ...options }: ServiceOptions & { json?: boolean }) => {
          const draft = (await serviceClient(options)(at(id))).json();
          print(json ? [JSON.stringify(draft, null, 2)] : draftLines(draft));
        }),
    )
    .addCommand(
      withService(new Command('get'))
        .description('Prints a file of a draft, byte for byte, or writes all of them into a folder.')
        .argument('<ID>', 'the id of the draft')
        .argument('[PATH]', 'the path in the rulebook, such as rules/rulebook.json')
        .option('--dir <DIR>', 'write all files below DIR: DIR/rules and DIR/schemas, which must not exist')
        .addHelpText(
          'after',
          '\nExample:\n  cenr rules draft get draft_0mwqvx55dua2uadsc1k rules/rulebook.json > rulebook.json\n  cenr rules draft get draft_0mwqvx55dua2uadsc1k --dir my-change',
        )
        .action(get),
    )
    .addCommand(
      withService(new Command('put'))
        .description(
          'Sends a file, or all files of a folder that differ; with a folder, those that it does not have are removed.',
        )
        .argument('<ID>', 'the id of the draft')
        .option(
          '--file <FILE>',
          'a file; its place in the rulebook is what follows the last folder "rules" or "schemas" of its path',
        )
        .option('--as <PATH>', 'with --file: its place in the rulebook, such as rules/fields/51-foster-youth.json')
        .option('--dir <DIR>', 'the folder with the rules; schemas count where they lie beside it')
        .addOption(REVISION())
        .addHelpText(
          'after',
          '\nExample:\n  cenr rules draft put draft_0mwqvx55dua2uadsc1k --file rules/selection.json\n  cenr rules draft put draft_0mwqvx55dua2uadsc1k --dir my-rules',
        )
        .action(put),
    )
    .addCommand(
      withService(new Command('remove'))
        .description('Removes a file of a draft.')
        .argument('<ID>', 'the id of the draft')
        .argument('<PATH>', 'the path in the rulebook')
        .addOption(REVISION())
        .addHelpText(
          'after',
          '\nExample:\n  cenr rules draft remove draft_0mwqvx55dua2uadsc1k rules/fields/51-foster-youth.json',
        )
        .action(async (id: string, path: string, { revision, ...options }: ServiceOptions & Revision) => {
          const ask = serviceClient(options);
          print([
            summaryLine(
              (await ask(fileAt(id, path), { method: 'DELETE', seen: await seenOf(ask, id, revision) })).json(),
            ),
          ]);
        }),
    )
    .addCommand(
      withService(new Command('check'))
        .description('Checks a draft and runs its examples; exit code 2 when there are errors, 1 when examples fail.')
        .argument('<ID>', 'the id of the draft')
        .option('--json', 'as the service has it')
        .addHelpText('after', '\nExample:\n  cenr rules draft check draft_0mwqvx55dua2uadsc1k')
        .action(check),
    )
    .addCommand(
      addRequestOptions(withService(new Command('impact')), '--first-day')
        .description(
          'Shows what a draft changes in an extract of the stored records; waits until that is known. Counts as having looked.',
        )
        .argument('<ID>', 'the id of the draft')
        .option('--run-date <DATE>', 'the day the extract is made (today)', dayOption)
        .option('--out <FILE>', 'write the report to FILE: Markdown when it ends in .md, else JSON')
        .option('--changes <FILE>', 'write every change to FILE: .ndjson, .csv or .xlsx')
        .addHelpText(
          'after',
          '\nExample:\n  cenr rules draft impact draft_0mwqvx55dua2uadsc1k --lea 9900001 --academic-year 2024-2025',
        )
        .action(impact),
    )
    .addCommand(stepVerb('submit', 'Hands a draft to whoever approves it.'))
    .addCommand(stepVerb('approve', 'Approves a draft; not one’s own.'))
    .addCommand(
      stepVerb<{ why?: string }>('reopen', 'Sends a draft back to be worked on.', ({ why }) => ({
        ...(why !== undefined && { why }),
      })).option('--why <WHY>', 'for the author'),
    )
    .addCommand(
      stepVerb<{ at?: string }>('publish', 'Lets a draft take force, at once or at a moment.', ({ at: moment }) => ({
        ...(moment !== undefined && { at: moment }),
      })).option(
        '--at <MOMENT>',
        'when it takes force: day, time and offset from UTC, such as 2026-07-01T00:00:00-07:00',
      ),
    )
    .addCommand(
      withService(new Command('delete'))
        .description('Takes a draft out of use; it stays readable.')
        .argument('<ID>', 'the id of the draft')
        .addOption(REVISION())
        .addHelpText('after', '\nExample:\n  cenr rules draft delete draft_0mwqvx55dua2uadsc1k')
        .action(async (id: string, { revision, ...options }: ServiceOptions & Revision) => {
          const ask = serviceClient(options);
          print([summaryLine((await ask(at(id), { method: 'DELETE', seen: await seenOf(ask, id, revision) })).json())]);
        }),
    );
