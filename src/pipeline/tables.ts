/** The records of a store as files that fill the tables of a database: what the SQL of the rules reads. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOutput, type Output } from '#base/output';
import type { Schemas } from '#records/layout';
import { EVERYBODY, type LEAScope } from '#records/scope';
import { TableLines, tableFile } from '#rulebook/sql/tables';
import { openHistories } from '#store/open';

interface TablesOptions {
  readonly storeDir: string;
  readonly schemas: Schemas;
  /** Only students with an enrollment at one of these LEAs, with all their records. */
  readonly scope: LEAScope;
  /** Made when it is not there. */
  readonly folder: string;
  /** Told now and then how much is done, 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/**
 * Writes a file for each record type, with a line of column names and a line for each record.
 * @returns how many students and records were written
 */
export async function writeTables(options: TablesOptions): Promise<{ students: number; records: number }> {
  const { storeDir, schemas, scope, folder, onProgress } = options;
  await mkdir(folder, { recursive: true });
  const lines = new TableLines(schemas);
  const store = await openHistories(storeDir, scope);
  const outputs: Output[] = [];
  let [students, records] = [0, 0];
  try {
    for (const layout of schemas.layouts) outputs.push(await fileOutput(join(folder, tableFile(layout))));
    let texts = outputs.map((_, type) => lines.head(type));
    const total = Math.max(await store.students(), 1);
    for await (const histories of store.histories(EVERYBODY)) {
      for (const history of histories) {
        students++;
        for (const record of history.records(lines.plan)) {
          texts[record.type] += lines.line(record);
          records++;
        }
      }
      for (const [type, output] of outputs.entries()) await output.write(texts[type] as string);
      texts = outputs.map(() => '');
      onProgress?.(students / total);
    }
    for (const [type, output] of outputs.entries()) {
      await output.write(texts[type] as string);
      await output.finish();
    }
    return { students, records };
  } catch (error) {
    for (const output of outputs) await output.abandon();
    throw error;
  } finally {
    store.close();
  }
}
