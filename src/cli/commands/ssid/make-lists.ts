/** What `cenr ssid extract`, `cenr ssid replacements` and `cenr ssid waiting` do. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOutput, streamOutput } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { today } from '#cli/clock';
import { withReferencesOf } from '#cli/inputs';
import { LOAD_MAKES_ONE, withStoreToRead } from '#cli/open-store';
import { scopeFrom } from '#cli/options';
import { rulebookFrom } from '#cli/rulebook-from';
import { say } from '#cli/summary';
import { terminal } from '#cli/terminal';
import { type About, namedRulebook } from '#extract/forms/about';
import type { FormColumn, Rows } from '#extract/forms/columns';
import { formOfName } from '#extract/forms/form';
import { type ListForm, listColumns, listForm } from '#extract/forms/list';
import { REPLACEMENT_COLUMNS, replacementValues } from '#identity/replacements';
import { replacementsOf } from '#pipeline/replacements';
import { ssidExtract } from '#pipeline/ssid-extract';
import { waitingRecords } from '#pipeline/waiting-records';

export interface ListOptions {
  readonly lea: readonly string[];
  readonly store: string;
  readonly out: string;
  readonly format?: ListForm;
  readonly rules?: string;
}

export interface SSIDExtractCommandOptions extends ListOptions {
  readonly asOf?: string;
}

/** Makes the SSID extract, as the options of `cenr ssid extract` say. */
export async function makeSSIDExtract(options: SSIDExtractCommandOptions): Promise<void> {
  const replacements = await withStoreToRead(
    options.store,
    async (store) => await store.ssids.replacements(),
    LOAD_MAKES_ONE,
  );
  const rulebook = await withReferencesOf(await rulebookFrom(options), options.store);
  const temporaryDir = mkdtempSync(join(tmpdir(), 'cenr-ssid-'));
  trackTempFile(temporaryDir);
  try {
    const runDate = today();
    const made = await ssidExtract({
      ...{ storeDir: options.store, rulebook, reportingLEAs: scopeFrom(options.lea), replacements, temporaryDir },
      ...{ asOf: options.asOf ?? runDate, runDate },
    });
    const namesFrom = namedRulebook(rulebook);
    await write(options, made.rows, made.columns, {
      ...{ sha256: made.sha256, columns: 'SSID extract', sheet: 'SSID', namesFrom },
      made: { request: made.request, runDate, rulebook: namesFrom },
    });
    say([`rows          ${grouped(made.count)}`]);
  } finally {
    rmSync(temporaryDir, { recursive: true, force: true });
    untrackTempFile(temporaryDir);
  }
}

/** Makes the Replacement SSID extract, as the options of `cenr ssid replacements` say. */
export async function makeReplacements(options: ListOptions): Promise<void> {
  const rulebook = await rulebookFrom(options);
  const lines = await withStoreToRead(
    options.store,
    (store) => replacementsOf(store, rulebook, scopeFrom(options.lea)),
    LOAD_MAKES_ONE,
  );
  const rows = lines.map(replacementValues);
  const text = rows.map((row) => `${row.join('^')}\r\n`).join('');
  await write(
    options,
    (async function* () {
      yield rows;
    })(),
    listColumns(REPLACEMENT_COLUMNS),
    {
      ...{ sha256: createHash('sha256').update(text).digest('hex'), columns: 'Replacement SSID extract' },
      ...{ sheet: 'Replacement SSIDs', namesFrom: namedRulebook(rulebook) },
    },
  );
  say([`rows          ${grouped(rows.length)}`]);
}

/** Writes the records that wait, as the options of `cenr ssid waiting` say. */
export async function writeWaiting(options: ListOptions): Promise<void> {
  const rulebook = await rulebookFrom(options);
  const records = await withStoreToRead(
    options.store,
    (store) => waitingRecords(store, rulebook, scopeFrom(options.lea)),
    LOAD_MAKES_ONE,
  );
  const output = options.out === '-' ? streamOutput(terminal.out) : await fileOutput(options.out);
  try {
    for (const { text } of records) await output.write(`${text}\r\n`);
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  say([`records       ${grouped(records.length)}`]);
}

async function write(options: ListOptions, rows: Rows, columns: readonly FormColumn[], about: About): Promise<void> {
  const form = options.format ?? formOfName(options.out);
  if (form === 'parquet')
    throw new UserError(`--out ${options.out}: this list is made as text, CSV or a workbook; give another name`);
  const output = options.out === '-' ? streamOutput(terminal.out) : await fileOutput(options.out);
  try {
    for await (const piece of listForm(form, rows, columns, about)) await output.write(piece);
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}
