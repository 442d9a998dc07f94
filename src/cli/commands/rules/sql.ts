import { Command, Option } from 'commander';
import { grouped } from '#base/text';
import { UserError } from '#base/user-error';
import { today } from '#cli/clock';
import { withReferencesOf } from '#cli/inputs';
import { LOAD_MAKES_ONE, requireStore } from '#cli/open-store';
import { addRequestOptions, dayOption, type RequestOptions, requestFrom, rulesOrVersionOption } from '#cli/options';
import { columnsFrom, rulebookFrom } from '#cli/rulebook-from';
import { say, withProgress } from '#cli/summary';
import { terminal } from '#cli/terminal';
import { checkRequest, columnSetFor, requestFacts } from '#extract/request';
import { writeTables } from '#pipeline/tables';
import type { Dialect } from '#rulebook/sql/dialect';
import { DIALECTS } from '#rulebook/sql/dialects/index';
import { extractSQL } from '#rulebook/sql/statement';
import { createTables, loadTables } from '#rulebook/sql/tables';

interface Options extends RequestOptions {
  readonly dialect: string;
  readonly runDate?: string;
  readonly columns?: string;
  readonly outcomes?: boolean;
  readonly tables?: string;
  readonly store?: string;
  readonly rules?: string;
}

const CANNOT_BE_SAID = 1;

export const sqlRulesCommand = (): Command =>
  addRequestOptions(new Command('sql'))
    .description(
      'Writes the selection and the fields as one SQL query that makes the rows of an extract from tables, one for each record type. Exit code 1 if something in the rules cannot be said in SQL.',
    )
    .addOption(new Option('--dialect <D>', 'whose SQL').choices([...DIALECTS.keys()]).makeOptionMandatory())
    .option('--run-date <DATE>', 'the day the extract is made (default: today)', dayOption)
    .option('--columns <N>', 'the column set: 50, 48, or another one of the rulebook')
    .option('--outcomes', 'add a column for each condition of the fields: what it came to, as in a trace')
    .option('--tables <DIR>', 'write the statements before it that make the tables and fill them from files in DIR')
    .option('--store <DIR>', 'with --tables: write those files, with the records of this store')
    .addOption(rulesOrVersionOption())
    .addHelpText(
      'after',
      '\ndocs/sql.md describes the tables.\n\nExample:\n  cenr rules sql --dialect clickhouse --lea 9900001 --academic-year 2023-2024\n  cenr rules sql --dialect postgresql --lea all --as-of 2023-10-04 --store data --tables tables > extract.sql',
    )
    .action(async (options: Options) => {
      const { tables, store } = options;
      if (store !== undefined && tables === undefined && options.rules === undefined)
        throw new UserError('--store writes the records of a store to a folder; name the folder with --tables DIR');
      if (store !== undefined) requireStore(store, LOAD_MAKES_ONE);
      const rulebook = await withReferencesOf(await rulebookFrom(options), store);
      const { schemas } = rulebook;
      const request = requestFrom(options);
      checkRequest(request, rulebook);
      const dialect = DIALECTS.get(options.dialect) as Dialect;
      const { sql, findings } = extractSQL(rulebook.extract, schemas, {
        dialect,
        request: { ...requestFacts(request, rulebook), reportingLEAs: request.reportingLEAs },
        runDate: options.runDate ?? today(),
        columns: columnsFrom(rulebook, options.columns) ?? columnSetFor(request, rulebook),
        outcomes: options.outcomes ?? false,
      });
      if (findings.length > 0) {
        say(findings.map(({ file, pointer, message }) => `${file} ${pointer}: ${message}`));
        terminal.exitCode = CANNOT_BE_SAID;
        return;
      }
      if (tables !== undefined) {
        if (store !== undefined) {
          const scope = request.reportingLEAs;
          const { students, records } = await withProgress((onProgress) =>
            writeTables({ storeDir: store, schemas, scope, folder: tables, onProgress }),
          );
          say([`${grouped(records)} records of ${grouped(students)} students, in the folder ${tables}`]);
        }
        const load = loadTables(schemas, dialect, tables).map((statement) => `${statement};\n`);
        terminal.out.write(`${createTables(schemas, dialect)}${load.join('')}`);
      }
      terminal.out.write(sql);
    });
