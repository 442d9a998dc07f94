import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { Explainer, type Subject } from '#explain/explain';
import type { RowExplanation } from '#explain/explanation';
import { explanationText, missingText } from '#explain/explanation-text';
import { compileRulebook } from '#extract/extractor';
import { checkRequest } from '#extract/request';
import { type Encoding, inputFiles } from '#intake/lines';
import { oneStudent } from '#pipeline/one-student';
import { outputColumns } from '#records/layout';
import { readRecords, sourceAt } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { today } from '../clock.ts';
import { requireFilesOrStore } from '../inputs.ts';
import { LOAD_MAKES_ONE, withExistingStore } from '../open-store.ts';
import {
  addRequestOptions,
  dayOption,
  encodingOption,
  listOption,
  type RequestOptions,
  requestFrom,
  rulesOrVersionOption,
} from '../options.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface Options extends RequestOptions {
  readonly ssid: string;
  readonly field?: readonly string[];
  readonly store?: string;
  readonly runDate?: string;
  readonly columns?: string;
  readonly rules?: string;
  readonly encoding: Encoding;
  readonly json?: boolean;
  readonly selection?: boolean;
  readonly full?: boolean;
}

function ssidOption(text: string): string {
  if (!/^[0-9]{10}$/.test(text)) throw new InvalidArgumentError('Expected an SSID, which has ten digits.');
  return text;
}

export const explainCommand = (): Command =>
  addRequestOptions(new Command('explain'))
    .description(
      "Explains a student's rows: which rule decided each value, which records it used, and why the value is not another. If the student has no row, explains why.",
    )
    .argument('[FILE...]', 'files or folders, as for cenr extract')
    .requiredOption('--ssid <SSID>', 'the student', ssidOption)
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
    .addHelpText(
      'after',
      '\nExample:\n  cenr explain sample --ssid 9900000001 --field 40 --lea 9900001 --academic-year 2023-2024\n  cenr explain --store data --ssid 9900000001 --lea all --as-of 2023-10-04 --json',
    )
    .action(async (paths: string[], options: Options) => {
      requireFilesOrStore(paths, options.store);
      const rulebook = rulebookFrom(options);
      const columns = columnsFrom(rulebook, options.columns) ?? rulebook.schemas.output.defaultColumnSet;
      const request = requestFrom(options);
      checkRequest(request, rulebook);
      refuseUnknownFields(options.field, rulebook, columns);
      const runDate = options.runDate ?? today();
      const read =
        options.store === undefined
          ? await fromFiles(paths, options, rulebook, runDate)
          : fromStore(options.store, options);
      // Whoever can read the files or the store sees all of it.
      const subject: Subject = { ...read, ssid: options.ssid, request, runDate, columns, visible: 'all' };
      const explainer = new Explainer(rulebook, VERSION);
      const text = {
        colours: terminal.out.isTTY === true,
        schemas: rulebook.schemas,
        isFull: [options.full, options.selection, options.field].some((of) => of !== undefined),
        selection: options.selection === true,
      };
      const rows = explainer.rows(subject);
      if (rows.length === 0) {
        const missing = explainer.missing(subject);
        terminal.out.write(options.json ? `${JSON.stringify(missing)}\n` : missingText(missing, text));
        return;
      }
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
        terminal.out.write(options.json ? `${JSON.stringify(whole)}\n` : explanationText(whole, text));
        if (!whole.secondOpinion.agree) {
          say(['The second opinion disagrees. Please report it: one of the two is wrong.']);
          terminal.exitCode = 1;
        }
      }
    });

function refuseUnknownFields(fields: readonly string[] = [], { schemas }: Rulebook, columns: string): void {
  const numbers = outputColumns(schemas.output, columns).map((c) => c.no);
  const unknown = fields.find((field) => !numbers.includes(field));
  if (unknown !== undefined)
    throw new UserError(`--field ${unknown}: expected a field of the extract, ${numbers[0]} to ${numbers.at(-1)}`);
}

type Read = Pick<Subject, 'body' | 'placeOf'>;

async function fromFiles(
  paths: readonly string[],
  { ssid, encoding }: Options,
  rulebook: Rulebook,
  runDate: string,
): Promise<Read> {
  const files = await inputFiles(paths);
  const compiled = compileRulebook(rulebook, { recording: false });
  const { body, problems, linesRead } = await oneStudent(compiled, files, ssid, runDate, encoding);
  const records = readRecords(body, compiled.plan);
  const byType = compiled.plan.types.map((type, i) => `${type} ${records.filter((r) => r.type === i).length}`);
  const rejected = problems.filter((p) => p.severity === 'reject');
  // What is not among the files cannot be among the reasons: whoever reads these must know what was read.
  say([
    `read ${grouped(linesRead)} lines; records of the student: ${byType.join(', ')}`,
    ...rejected.map((p) => `${p.file}:${p.line}: rejected, ${p.code} ${p.message}`),
  ]);
  return { body, placeOf: (source) => ({ file: basename(files[source]?.name ?? '') }) };
}

function fromStore(dir: string, { ssid }: Options): Read {
  return withExistingStore(
    dir,
    (store) => {
      const places = new Map<number, { upload: string; file: string } | undefined>();
      const body = store.forLEAs('all').body(ssid) ?? '';
      for (const line of body === '' ? [] : body.split('\n')) {
        const source = sourceAt(line, 0);
        if (!places.has(source)) places.set(source, store.source(source));
      }
      return { body, placeOf: (source) => places.get(source) };
    },
    LOAD_MAKES_ONE,
  );
}
