import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { Command, InvalidArgumentError, Option } from 'commander';
import { measuredFile } from '#audit/comparing-output';
import { type RowSamplePlan, RowSampler } from '#audit/row-sample';
import { MOST_DRAWN, STRATA } from '#audit/sample';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { linesOf } from '#extract/file-rows';
import { LINE_END } from '#extract/row';
import { usualColumnSet } from '#records/layout';
import { manifestBeside } from '../manifest-beside.ts';
import { numberOption, rulesOrVersionOption } from '../options.ts';
import { rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

interface Options {
  readonly rows: number;
  readonly seed: string;
  readonly by?: RowSamplePlan['by'];
  readonly field?: string;
  readonly trace?: string;
  readonly json?: boolean;
  readonly rules?: string;
  readonly store?: string;
}

function sizeOption(text: string): number {
  const size = numberOption(1)(text);
  if (size <= MOST_DRAWN) return size;
  throw new InvalidArgumentError(`Expected ${MOST_DRAWN} or fewer.`);
}

export const sampleRowsCommand = (): Command =>
  new Command('sample-rows')
    .description(
      'Draws rows of an extract, by a seed, so that anybody can draw the same: the rows go to standard output, what was drawn from and how to standard error.',
    )
    .argument('<EXTRACT>', 'the text file of the extract')
    .requiredOption('--rows <N>', `how many rows, ${MOST_DRAWN} at most`, sizeOption)
    .requiredOption('--seed <TEXT>', 'any text; with the same one, the same rows are drawn')
    .addOption(
      new Option(
        '--by <WHAT>',
        'draw from each school, from each grade, from each value of a field, or from each rule that decided it',
      ).choices([...STRATA]),
    )
    .option('--field <N>', 'the field whose value or rule it is, such as 40')
    .option('--trace <FILE>', 'the trace of the extract (cenr extract --trace); needed to draw by rule')
    .option('--json', 'print one JSON document: the method, and the rows with their numbers')
    .option('--store <DIR>', 'the store whose published rules the extract was made with')
    .addOption(rulesOrVersionOption())
    .addHelpText(
      'after',
      '\nExample:\n  cenr sample-rows cenr.txt --rows 25 --seed 2024-07-15 --by school > sample.txt\n  cenr sample-rows cenr.txt --rows 25 --seed 2024-07-15 --by value --field 40 --json',
    )
    .action(sampleRows);

/** @throws UserError when there is no such extract, it is not that of its manifest, or cannot be drawn from so */
async function sampleRows(extract: string, { trace, json, ...options }: Options): Promise<void> {
  if (!existsSync(extract)) throw new UserError(`there is no file "${extract}"; cenr extract makes an extract`);
  const { rows: size, seed, by, field } = options;
  if (by === 'rule' && trace === undefined)
    throw new UserError('to draw by rule, give the trace of the extract with --trace FILE');
  const rulebook = await rulebookFrom(options);
  const manifest = manifestBeside(extract);
  const { sha256 } = await measuredFile(extract);
  if (manifest && manifest.file.sha256 !== sha256)
    throw new UserError(
      `"${extract}" is not the text of its manifest: found SHA-256 ${sha256}, expected ${manifest.file.sha256}; give the text file as cenr made it`,
    );
  const sampler = new RowSampler(rulebook, manifest?.columns ?? usualColumnSet(rulebook.schemas.output), {
    seed,
    size,
    by,
    field,
  });
  const traces = trace === undefined ? undefined : tracesOf(trace);
  for await (const line of rowsOf(extract)) {
    const traced = await traces?.next();
    if (traced?.done) throw new UserError(`"${trace}" has fewer lines than "${extract}" has rows`);
    sampler.add(line, () => traced?.value ?? '');
  }
  const { method, drawn } = sampler.finish();
  if (json) {
    const rows = drawn.map(({ hash, stratum, item: { number, row } }) => ({ number, hash, stratum, row }));
    terminal.out.write(`${JSON.stringify({ extract: { sha256 }, ...method, rows }, null, 2)}\n`);
    return;
  }
  terminal.out.write(drawn.map(({ item }) => item.row + LINE_END).join(''));
  say([
    `drawn ${grouped(drawn.length)} of ${grouped(method.population.size)} ${method.population.of}, seed ${seed}, SHA-256 of the extract ${sha256}`,
    ...(by === undefined
      ? []
      : method.strata.map(
          ({ value, population, drawn: of }) =>
            `  ${by}${field === undefined ? '' : ` of ${field}`} ${value === '' ? 'blank' : value}: ${grouped(of)} of ${grouped(population)}`,
        )),
    method.method,
  ]);
}

/** The lines of the extract, without their ends. */
async function* rowsOf(extract: string): AsyncGenerator<string> {
  for await (const lines of linesOf(createReadStream(extract, { highWaterMark: 1 << 20 }))) yield* lines;
}

/** The lines of a trace, packed or not. */
function tracesOf(path: string): AsyncIterator<string> {
  const bytes = createReadStream(path, { highWaterMark: 1 << 20 });
  const input = path.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  return createInterface({ input })[Symbol.asyncIterator]();
}
