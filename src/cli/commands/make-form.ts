/** What `cenr convert` does, and `cenr extract --format`. */
import { createReadStream, existsSync } from 'node:fs';
import { measuredFile } from '#audit/comparing-output';
import { fileOutput, type Output, streamOutput } from '#base/output';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { FORM_NAMES, type Form, formOfName } from '#extract/forms/form';
import { type FormPlan, formPlan, madeForm } from '#extract/forms/made-form';
import { usualColumnSet } from '#records/layout';
import { manifestBeside } from '../manifest-beside.ts';
import { columnsFrom, rulebookFrom } from '../rulebook-from.ts';
import { say } from '../summary.ts';
import { terminal } from '../terminal.ts';

export interface ConvertOptions {
  readonly out: string;
  readonly format?: Form;
  readonly labels?: boolean;
  readonly rules?: string;
  readonly store?: string;
  readonly columns?: string;
}

/**
 * Makes another form of an extract, as the options of `cenr convert` say.
 * @throws UserError when there is no such extract, it is not the one of its manifest, or the form cannot be made of it
 */
export async function convertExtract(extract: string, options: ConvertOptions): Promise<void> {
  const { out, labels = false } = options;
  if (!existsSync(extract)) throw new UserError(`there is no file "${extract}"; cenr extract makes an extract`);
  if (out === extract) throw new UserError(`--out names the extract itself, "${extract}"; give another file`);
  const form = options.format ?? formOfName(out);
  if (form === 'text')
    throw new UserError(
      `--out ${out} does not say which form to make; give --format, or a name that ends in .csv, .xlsx or .parquet`,
    );
  const rulebook = await rulebookFrom(options);
  const manifest = manifestBeside(extract);
  const columns =
    columnsFrom(rulebook, options.columns) ?? manifest?.columns ?? usualColumnSet(rulebook.schemas.output);
  const { sha256 } = await measuredFile(extract);
  if (manifest && manifest.file.sha256 !== sha256)
    throw new UserError(
      `"${extract}" is not the text of its manifest: found SHA-256 ${sha256}, expected ${manifest.file.sha256}; give the text file as cenr made it, or remove the manifest`,
    );
  const plan = formPlan(form, rulebook, columns, labels, { sha256, ...(manifest && { made: manifest }) });
  await writeForm(plan, extract, await formOutput(out));
}

export const formOutput = async (out: string): Promise<Output> =>
  out === '-' ? streamOutput(terminal.out) : fileOutput(out);

/**
 * Writes a form of an extract, and says what it came to.
 * @param output left without anything when the form cannot be made
 */
export async function writeForm(plan: FormPlan, extract: string, output: Output): Promise<void> {
  try {
    for await (const piece of madeForm(plan, createReadStream(extract, { highWaterMark: 1 << 20 })))
      await output.write(piece);
    const { bytes, sha256 } = await output.finish();
    say([`${FORM_NAMES[plan.form].padEnd(13)} ${grouped(bytes)} bytes, SHA-256 ${sha256}`]);
  } catch (error) {
    await output.abandon();
    throw error;
  }
}
