/** What `cenr ssid extract`, `cenr ssid replacements` and `cenr ssid follow` do. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileOutput, streamOutput } from '#base/output';
import { trackTempFile, untrackTempFile } from '#base/temp-files';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { type About, namedRulebook } from '#extract/forms/about';
import type { FormColumn, Rows } from '#extract/forms/columns';
import { formOfName } from '#extract/forms/form';
import { type ListForm, listColumns, listForm } from '#extract/forms/list';
import { REPLACEMENT_COLUMNS, readReplacements, replacementValues } from '#identity/replacements';
import { replacementsOf } from '#pipeline/replacements';
import { ssidExtract } from '#pipeline/ssid-extract';
import { RetirementRefusedError } from '#store/ssids';
import { today } from '../../clock.ts';
import { withReferencesOf } from '../../inputs.ts';
import { LOAD_MAKES_ONE, withExistingStore, withStoreToRead } from '../../open-store.ts';
import { scopeFrom } from '../../options.ts';
import { rulebookFrom } from '../../rulebook-from.ts';
import { say } from '../../summary.ts';
import { terminal } from '../../terminal.ts';

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

export interface FollowOptions {
  readonly lea: string;
  readonly store: string;
  readonly day?: string;
}

/** Makes the SSID extract, as the options of `cenr ssid extract` say. */
export async function makeSSIDExtract(options: SSIDExtractCommandOptions): Promise<void> {
  const replacements = await withStoreToRead(
    options.store,
    async (store) => store.ssids.replacements(),
    LOAD_MAKES_ONE,
  );
  const rulebook = withReferencesOf(rulebookFrom(options), options.store);
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
  const rulebook = rulebookFrom(options);
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

/** Who retires on the command line, and why. */
const BY = 'command line';

/**
 * Retires what a Replacement SSID file says, as `cenr ssid follow` does.
 * @throws UserError naming the line at fault: nothing is retired then
 */
export async function follow(file: string, options: FollowOptions): Promise<void> {
  if (!existsSync(file)) throw new UserError(`there is no file "${file}"; give the Replacement SSID extract`);
  const name = basename(file);
  const lines = readReplacements(readFileSync(file, 'utf8'), name, options.lea);
  const now = new Date();
  await withExistingStore(
    options.store,
    async ({ ssids }) => {
      const known = new Map(ssids.retirements().map(({ retired, replacement }) => [retired, replacement]));
      const wanted = lines.filter(({ retired, replacement }) => known.get(retired) !== replacement);
      const entry = { at: now.toISOString(), by: BY, day: options.day ?? today(now), why: `said by ${name}` };
      try {
        ssids.retireAll(wanted.map(({ retired, replacement }) => ({ ...entry, retired, replacement })));
      } catch (error) {
        if (!(error instanceof RetirementRefusedError)) throw error;
        throw new UserError(`${wanted[error.index]?.place}: ${error.message}. Nothing was done`);
      }
      say([`retired       ${grouped(wanted.length)}`, `known before  ${grouped(lines.length - wanted.length)}`]);
    },
    LOAD_MAKES_ONE,
  );
}
