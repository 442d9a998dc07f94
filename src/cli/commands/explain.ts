import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { readManifest } from '#audit/manifest';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { Explainer, type Subject } from '#explain/explain';
import type { RowExplanation } from '#explain/explanation';
import { explanationText, missingText, type TextOptions } from '#explain/explanation-text';
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import { checkRequest, columnSetFor, type ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import type { RetiredNumbers } from '#intake/retired-numbers';
import type { InputFile } from '#intake/upload';
import { oneStudent } from '#pipeline/one-student';
import { rejectionsThen, studentThen } from '#pipeline/student-then';
import { type OutputColumn, outputColumns } from '#records/layout';
import { readRecords } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { today } from '../clock.ts';
import { namedInputs, requireFilesOrStore, withReferencesOf } from '../inputs.ts';
import { inputsOf } from '../manifest-inputs.ts';
import { LOAD_MAKES_ONE, withStoreToRead } from '../open-store.ts';
import {
  addRequestOptions,
  dayOption,
  encodingOption,
  listOption,
  type ReplacementsOption,
  type RequestOptions,
  recordTypeOption,
  replacementsOption,
  requestFrom,
  rulesOrVersionOption,
  withoutMandatory,
} from '../options.ts';
import { type ReplacementsFile, replacementsFile, retiredOf } from '../replacements-file.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface Options extends Partial<RequestOptions>, ReplacementsOption {
  readonly ssid?: readonly string[];
  readonly rows?: string;
  readonly manifest?: string;
  readonly field?: readonly string[];
  readonly store?: string;
  readonly runDate?: string;
  readonly columns?: string;
  readonly rules?: string;
  readonly encoding: Encoding;
  readonly as?: string;
  readonly json?: boolean;
  readonly selection?: boolean;
  readonly full?: boolean;
}

function ssidOption(text: string, former: readonly string[] = []): readonly string[] {
  if (!/^[0-9]{10}$/.test(text)) throw new InvalidArgumentError('Expected an SSID, which has ten digits.');
  return [...former, text];
}

export const explainCommand = (): Command =>
  // A manifest says which extract: its LEA need not be named.
  withoutMandatory(addRequestOptions(new Command('explain')))
    .description(
      "Explains a student's rows: which rule decided each value, which records it used, and why the value is not another. If the student has no row, explains why.",
    )
    .argument('[FILE...]', 'files or folders, as for cenr extract')
    .option('--ssid <SSID>', 'the student; can be repeated', ssidOption)
    .option(
      '--rows <FILE>',
      'the students of these rows: an extract, some lines of one (cenr sample-rows draws them), or one SSID a line',
    )
    .option(
      '--manifest <FILE>',
      'explain the extract of this manifest, as it was made: the request, the run date, the rules and the records of then',
    )
    .option('--field <N>', 'only this field of the extract, such as 40; can be repeated', listOption)
    .option('--store <DIR>', 'a store that cenr load has filled, instead of files')
    .option('--run-date <DATE>', 'the day the extract was made (default: today)', dayOption)
    .option(
      '--columns <N>',
      'the column set: 50, 48 (without the two dates at the end), or another one of the rulebook',
    )
    .option('--full', 'draw every condition, fact and record: hundreds of lines for a row')
    .option('--selection', 'the same, with the selection conditions of every enrollment')
    .option('--json', 'print JSON, one line for each row')
    .addOption(rulesOrVersionOption())
    .addOption(encodingOption())
    .addOption(recordTypeOption())
    .addOption(replacementsOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr explain sample --ssid 9900000001 --field 40 --lea 9900001 --academic-year 2023-2024\n  cenr explain --store data --manifest cenr.txt.manifest.json --rows sample.txt\n  cenr explain --store data --ssid 9900000001 --lea all --as-of 2023-10-04 --json',
    )
    .action(async (paths: string[], options: Options) => {
      requireFilesOrStore(paths, options.store);
      const asked = await (options.manifest === undefined ? askedNow : askedThen)(paths, options);
      const { rulebook, columns } = asked;
      refuseUnknownFields(options.field, rulebook, columns);
      const wanted = wantedRows(options, outputColumns(rulebook.schemas.output, columns));
      const explaining: Explaining = {
        explainer: new Explainer(rulebook, VERSION),
        text: {
          colors: terminal.out.isTTY === true,
          schemas: rulebook.schemas,
          isFull: [options.full, options.selection, options.field].some((of) => of !== undefined),
          selection: options.selection === true,
        },
        options,
      };
      for (const ssid of new Set(wanted.map((row) => row.ssid))) {
        const read = await asked.read(ssid);
        // Whoever can read the files or the store sees all of it.
        const { request, runDate, about } = asked;
        const subject: Subject = { ...read, request, runDate, columns, visible: 'all', ...about };
        const lines = wanted.flatMap((row) => (row.ssid === ssid && row.line !== undefined ? [row.line] : []));
        await explain(subject, explaining, lines);
      }
    });

interface Explaining {
  readonly explainer: Explainer;
  readonly text: TextOptions;
  readonly options: Options;
}

/** Prints why a student's rows are what they are, or why there are none. */
async function explain(
  subject: Subject,
  { explainer, text, options }: Explaining,
  lines: readonly NonNullable<WantedRow['line']>[],
): Promise<void> {
  const print = (data: object, words: () => string): void =>
    void terminal.out.write(options.json ? `${JSON.stringify(data)}\n` : words());
  const rows = explainer.rows(subject);
  if (rows.length === 0) {
    const missing = { ...explainer.missing(subject), secondOpinion: await explainer.selectionOpinion(subject) };
    print(missing, () => missingText(missing, text));
    heard(missing.secondOpinion);
  }
  const found = new Set<string>();
  for (const key of rows) {
    const explanation = explainer.row(subject, key, {
      ...(options.field && { fields: options.field }),
      // In short, nothing is said of other values, which take by far the longest to find.
      ...(!options.json && !text.isFull && { whyNot: false, changes: false }),
    });
    const whole = {
      ...(explanation as RowExplanation),
      secondOpinion: await explainer.secondOpinion(subject, key, options.field),
    };
    print(whole, () => explanationText(whole, text));
    heard(whole.secondOpinion);
    if (!options.field) found.add(whole.fields.map(({ value }) => value).join('^'));
  }
  if (options.field) return;
  for (const { text: line, number } of lines)
    if (!found.has(line)) {
      say([`line ${number} of "${options.rows}" is not a row that this extract has of student ${subject.ssid}`]);
      terminal.exitCode = 1;
    }
}

/** What is explained: a request, the day, the rules, and where the records of a student are. */
interface Asked {
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly columns: string;
  readonly rulebook: Rulebook;
  /** As of when, for the head of the explanation. */
  readonly about: Pick<Subject, 'asOfUpload'>;
  readonly read: (ssid: string) => Promise<Read>;
}

/** The request of the options, for the files or the store as they are. */
async function askedNow(paths: readonly string[], options: Options): Promise<Asked> {
  if (options.lea === undefined)
    throw new UserError('say which extract: --lea LEA and the days of the request, or --manifest FILE');
  const { store, encoding, as } = options;
  const replacements = await replacementsFile(options.replacements, store);
  const { rulebook, files } =
    store === undefined
      ? await namedInputs(paths, as, encoding, await rulebookFrom(options))
      : { rulebook: await withReferencesOf(await rulebookFrom(options), store), files: [] };
  const request = requestFrom({ ...options, lea: options.lea });
  checkRequest(request, rulebook);
  const runDate = options.runDate ?? today();
  return {
    request,
    runDate,
    columns: columnsFrom(rulebook, options.columns) ?? columnSetFor(request, rulebook),
    rulebook,
    about: store === undefined ? {} : { asOfUpload: await newestUpload(store) },
    read:
      store === undefined
        ? readerOf({ files, encoding, rulebook, runDate, replacements })
        : async (ssid) => fromStore(store, ssid),
  };
}

/** Options that a manifest answers: those of a request, and these. */
const OF_A_REQUEST = [
  ...addRequestOptions(new Command()).options.map((option) => option.attributeName()),
  'runDate',
  'columns',
] as (keyof Options)[];

/** The extract of a manifest, with its inputs unchanged. */
async function askedThen(paths: readonly string[], options: Options): Promise<Asked> {
  const given = OF_A_REQUEST.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new UserError(
      `--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is for an extract without a manifest; the manifest has the request, the run date and the columns`,
    );
  const manifest = readManifest(readFileSync(options.manifest as string));
  const inputs = await inputsOf(manifest, { paths, ...options });
  const { request, runDate, columns } = manifest;
  const { rulebook } = inputs;
  const asOf = manifest.inputs.from === 'store' ? manifest.inputs.uploads.at(-1) : undefined;
  return {
    request,
    runDate,
    columns,
    rulebook,
    about: { ...(asOf && 'id' in asOf && { asOfUpload: asOf.id }) },
    read:
      inputs.from === 'store'
        ? async (ssid) => fromStore(inputs.storeDir, ssid, inputs.snapshot)
        : readerOf({ ...inputs, runDate }),
  };
}

/** A row that is asked about: its student, and the line of the extract where there is one. */
interface WantedRow {
  readonly ssid: string;
  /** The line, and its number in the file. */
  readonly line?: { readonly text: string; readonly number: number };
}

/** @throws UserError when no student is named, or two ways at once, or a line is no row and no SSID */
function wantedRows({ ssid, rows }: Options, columns: readonly OutputColumn[]): readonly WantedRow[] {
  if ((ssid === undefined) === (rows === undefined))
    throw new UserError('name the students with --ssid or with --rows FILE');
  if (rows === undefined) return (ssid as readonly string[]).map((one) => ({ ssid: one }));
  const place = columns.findIndex(({ key }) => key === 'ssid');
  const wanted = readFileSync(rows, 'utf8')
    .split(/\r?\n/)
    .flatMap((line, i): WantedRow[] => {
      if (line === '') return [];
      const fields = line.split('^');
      const [found = ''] = fields.length === 1 ? fields : [fields[place]];
      if (!/^[0-9]{10}$/.test(found))
        throw new UserError(`line ${i + 1} of "${rows}" is no row of an extract and no SSID; expected one of the two`);
      return [fields.length === 1 ? { ssid: found } : { ssid: found, line: { text: line, number: i + 1 } }];
    });
  if (wanted.length === 0) throw new UserError(`"${rows}" has no rows`);
  return wanted;
}

function heard({ agree }: { readonly agree: boolean }): void {
  if (agree) return;
  say(['The second opinion disagrees. Please report it: one of the two is wrong.']);
  terminal.exitCode = 1;
}

function refuseUnknownFields(fields: readonly string[] = [], { schemas }: Rulebook, columns: string): void {
  const numbers = outputColumns(schemas.output, columns).map((c) => c.no);
  const unknown = fields.find((field) => !numbers.includes(field));
  if (unknown !== undefined)
    throw new UserError(`--field ${unknown}: expected a field of the extract, ${numbers[0]} to ${numbers.at(-1)}`);
}

type Read = Pick<Subject, 'ssid' | 'body' | 'sent' | 'placeOf' | 'sentWith' | 'rejections' | 'formerly'>;

interface FilesAsked extends Pick<Asked, 'rulebook' | 'runDate'>, Pick<Options, 'encoding'> {
  readonly replacements: ReplacementsFile | undefined;
  readonly files: readonly InputFile[];
}

/** Reads students of files, one after the other; the rulebook is compiled once for all of them. */
function readerOf({ files, encoding, rulebook, runDate, replacements }: FilesAsked): Asked['read'] {
  const compiled = compileRulebook(rulebook, { recording: false });
  const retired = retiredOf(replacements, rulebook);
  return async (ssid) => fromFiles(ssid, { compiled, files, encoding, runDate, retired });
}

/** One student of files; who reads the explanation must know what was read. */
async function fromFiles(
  asked: string,
  {
    compiled,
    files,
    encoding,
    runDate,
    retired,
  }: Omit<FilesAsked, 'rulebook' | 'replacements'> & {
    readonly compiled: CompiledRulebook;
    readonly retired: RetiredNumbers | undefined;
  },
): Promise<Read> {
  const found = await oneStudent(compiled, files, asked, runDate, { encoding, retired });
  const { ssid, body, sent, sentWith, problems, linesRead } = found;
  const records = readRecords(body, compiled.plan);
  const byType = compiled.plan.types.map((type, i) => `${type} ${records.filter((r) => r.type === i).length}`);
  const rejected = problems.filter((p) => p.severity === 'reject');
  // What is not among the files cannot be among the reasons.
  say([
    `read ${grouped(linesRead)} lines; records of the student: ${byType.join(', ')}`,
    ...rejected.map((p) => `${p.file}:${p.line}: rejected, ${p.code} ${p.message}`),
  ]);
  const rejections = rejected.map((problem) => ({ problem }));
  return {
    ssid,
    body,
    sent,
    sentWith,
    rejections,
    placeOf: (source) => ({ file: basename(files[source]?.name ?? '') }),
  };
}

/** One student of a store, as it is or as it was after an upload. */
const fromStore = (dir: string, asked: string, snapshot?: number): Promise<Read> =>
  withStoreToRead(
    dir,
    async (store) => {
      const which = { scope: 'all', snapshot } as const;
      const { body = '', ...then } = await studentThen(store, asked, which);
      return { ...then, body, rejections: await rejectionsThen(store, then, which) };
    },
    LOAD_MAKES_ONE,
  );

/** The id of the newest upload of a store: what is explained is as of it. */
const newestUpload = async (dir: string): Promise<string | undefined> =>
  await withStoreToRead(
    dir,
    async (store) => (await store.forLEAs('all').uploads({ limit: 1 }))[0]?.id,
    LOAD_MAKES_ONE,
  );
