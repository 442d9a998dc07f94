/**
 * An upload into a database: one transaction, while nobody else writes about students. Students are gathered, copied in
 * hundreds into a table of the transaction, and applied from there in a few statements: what changes of a student is put
 * aside as it was, for the snapshots before.
 */
import { once } from 'node:events';
import { UserError } from '#base/user-error';
import type { KeptRecord } from '#records/block/write';
import type { FormedHistory } from '#records/formed-lines';
import { packLines } from '#records/formed-lines';
import type { KeptHistory } from '#records/record';
import { ssidNumber, ssidText, WITHOUT_SSID } from '#records/ssid';
import {
  type ChangesMade,
  type ChangesMaker,
  type Elsewhere,
  type HistoryPutter,
  type Store,
  StoreBusyError,
} from '../store.ts';
import { type Asked, type Connections, json, type Transaction, whileNobodyWrites } from './connection.ts';
import { FormNumbers, KnownForms } from './forms.ts';
import { type HistoryRow, historiesOf } from './histories.ts';
import { problemWriter } from './problems.ts';
import { RowsToCopy } from './rows.ts';
import { ssidWriter } from './ssids.ts';

/** Bytes that are gathered before they are sent. */
const MUCH = 4 << 20;
/** Where so many students were written, the database looks anew at what its tables hold. */
const MANY_STUDENTS = 10_000;

interface Waiting {
  readonly leas: readonly string[];
  readonly forms: string;
  readonly body: string;
}

/** Gathers what is put. */
class Putter implements HistoryPutter {
  readonly #read: (ssids: readonly number[]) => Promise<readonly FormedHistory[]>;
  readonly #numbers: FormNumbers;
  readonly #send: (() => Promise<void>) | undefined;
  #known = new Map<string, KeptHistory | undefined>();
  #waiting = new Map<number, Waiting>();
  #bytes = 0;

  /**
   * @param read the histories of students as the store holds them
   * @param send makes room, where it can
   */
  constructor(
    read: (ssids: readonly number[]) => Promise<readonly FormedHistory[]>,
    numbers: FormNumbers,
    send?: () => Promise<void>,
  ) {
    this.#read = read;
    this.#numbers = numbers;
    this.#send = send;
  }

  async fetch(ssids: readonly string[]): Promise<void> {
    const numbers = ssids.map(ssidNumber);
    // Who was put in this upload is asked for again only where two of its parts name one student.
    if (this.#send && (this.#bytes > MUCH || numbers.some((number) => this.#waiting.has(number)))) await this.#send();
    this.#known = new Map(ssids.map((ssid) => [ssid, undefined]));
    for (const history of await this.#read(numbers)) this.#known.set(history.ssid, history);
  }

  history(ssid: string): KeptHistory | undefined {
    if (!this.#known.has(ssid)) throw new Error('a student was asked for who was not looked up');
    return this.#known.get(ssid);
  }

  put(ssid: string, records: readonly KeptRecord[], leas: ReadonlySet<string>): void {
    const number = ssidNumber(ssid);
    if (ssidText(number) !== ssid)
      throw new UserError('found an SSID that is not ten digits; a store keeps students whose SSID is ten digits');
    const { forms, body } = packLines(records, this.#numbers.numberOf);
    const isNameless = number === WITHOUT_SSID;
    const own = isNameless || records.length === 0 ? [] : [...leas].sort();
    // What stands last holds, wherever it was before.
    this.#waiting.delete(number);
    this.#waiting.set(number, { leas: own, forms, body });
    this.#bytes += body.length + 64;
  }

  /** Takes what was put, as rows in ascending order of SSID. */
  take(upload: number): RowsToCopy {
    const rows = new RowsToCopy(this.#bytes);
    const numbers = [...this.#waiting.keys()].sort((a, b) => a - b);
    for (const number of numbers) rows.add(number, upload, this.#waiting.get(number) as Waiting);
    this.#waiting = new Map();
    this.#bytes = 0;
    return rows;
  }
}

const reading =
  (sql: Asked, formsIn: Asked, forms: KnownForms) =>
  async (ssids: readonly number[]): Promise<readonly FormedHistory[]> =>
    historiesOf(
      formsIn,
      forms,
      await sql<HistoryRow[]>`SELECT ssid, forms, body FROM history WHERE ssid = ANY (${ssids as number[]}::bigint[])`,
    );

/** Opens the database of an upload that is being loaded by somebody else. */
export function changesMaker(
  { short, close }: Connections,
  { forms, upload }: Pick<Elsewhere, 'forms' | 'upload'>,
): ChangesMaker {
  const known = new KnownForms();
  const numbers = new FormNumbers();
  numbers.learn(forms);
  return {
    async in(_, fill) {
      const putter = new Putter(reading(short, short, known), numbers);
      await fill(putter);
      const rows = putter.take(upload);
      return rows.count === 0 ? [] : [['rows', rows.least, rows.most, rows.count, rows.take()]];
    },
    close,
  };
}

/** Brings rows into the tables of an upload. */
class Applier {
  readonly #sql: Transaction;
  readonly #upload: number;
  /** Whether the store held no student before; then everybody is new whose number is greater than all before. */
  readonly #isFirst: boolean;
  #most = Number.NEGATIVE_INFINITY;
  students = 0;

  constructor(sql: Transaction, upload: number, isFirst: boolean) {
    this.#sql = sql;
    this.#upload = upload;
    this.#isFirst = isFirst;
  }

  async apply(rows: Uint8Array, least: number, most: number, count: number): Promise<void> {
    const isNew = this.#isFirst && least > this.#most;
    this.#most = Math.max(this.#most, most);
    this.students += count;
    await this.#copy(rows);
    if (!isNew) await this.#putAside();
    await this.#write(isNew);
  }

  async #copy(rows: Uint8Array): Promise<void> {
    const sql = this.#sql;
    const into = await sql`COPY incoming (ssid, changed, leas, forms, body) FROM STDIN (FORMAT binary)`.writable();
    const copied = once(into, 'finish');
    into.end(rows);
    await copied;
  }

  /** Of who changes, what was there before. Whoever stays the same is passed over. */
  async #putAside(): Promise<void> {
    const sql = this.#sql;
    const upload = this.#upload;
    await sql`DELETE FROM incoming i USING history h
      WHERE h.ssid = i.ssid AND h.body = i.body AND h.forms = i.forms AND h.leas = i.leas`;
    await Promise.all([
      sql`INSERT INTO former (ssid, until, changed, leas, forms, body)
        SELECT h.ssid, ${upload}, h.changed, h.leas, h.forms, h.body FROM incoming i JOIN history h USING (ssid)
        WHERE h.changed < ${upload} AND h.ssid >= 0`,
      sql`INSERT INTO formerly_enrolled (lea, ssid, until, changed)
        SELECT lea, h.ssid, ${upload}, h.changed FROM incoming i JOIN history h USING (ssid), unnest(h.leas) AS lea
        WHERE h.changed < ${upload} AND h.ssid >= 0`,
      sql`DELETE FROM enrolled e
        USING (SELECT lea, h.ssid FROM incoming i JOIN history h USING (ssid), unnest(h.leas) AS lea WHERE lea <> ALL (i.leas)) AS gone
        WHERE e.lea = gone.lea AND e.ssid = gone.ssid`,
    ]);
  }

  async #write(isNew: boolean): Promise<void> {
    const sql = this.#sql;
    const those = isNew ? sql`` : sql`ON CONFLICT DO NOTHING`;
    await Promise.all([
      sql`INSERT INTO enrolled (lea, ssid) SELECT lea, ssid FROM incoming, unnest(leas) AS lea ${those}`,
      ...(isNew
        ? [sql`INSERT INTO history SELECT ssid, changed, leas, forms, body FROM incoming WHERE body <> ''`]
        : [
            sql`DELETE FROM history h USING incoming i WHERE h.ssid = i.ssid AND i.body = ''`,
            sql`INSERT INTO history AS h SELECT ssid, changed, leas, forms, body FROM incoming WHERE body <> ''
              ON CONFLICT (ssid) DO UPDATE
              SET changed = excluded.changed, leas = excluded.leas, forms = excluded.forms, body = excluded.body`,
          ]),
      sql`TRUNCATE incoming`,
    ]);
  }
}

export function loadPart({ short, long }: Connections): Pick<Store, 'load'> {
  let isLoading = false;
  return {
    async load({ id, sender, files, attempt }, fill) {
      if (isLoading) throw new StoreBusyError();
      isLoading = true;
      let students = 0;
      try {
        return await whileNobodyWrites(long, async (sql) => {
          const { upload, sources, isFirst } = await begin(sql, id, sender, files);
          const numbers = new FormNumbers();
          await numbers.read(sql);
          const applier = new Applier(sql, upload, isFirst);
          const send = async (): Promise<void> => {
            await numbers.write(sql);
            const rows = putter.take(upload);
            if (rows.count > 0) await applier.apply(rows.take(), rows.least, rows.most, rows.count);
          };
          const putter = new Putter(reading(sql, sql, new KnownForms()), numbers, send);
          const problems = problemWriter(sql, upload);
          const ssids = ssidWriter(sql, send);
          const done = await fill({
            source: (fileIndex) => sources[fileIndex] as number,
            fetch: (asked) => putter.fetch(asked),
            history: (ssid) => putter.history(ssid),
            put: (ssid, records, leas) => putter.put(ssid, records, leas),
            ssids,
            elsewhere: async (forms) => {
              const all = forms.map((form) => [form, numbers.numberOf(form)] as const);
              await numbers.write(sql);
              return { upload, often: undefined, forms: all };
            },
            startsOfBlocks: async (starts) => starts,
            change: (changes) => change(applier, changes),
            problem: problems.add,
          });
          await send();
          await ssids.finish();
          await problems.finish();
          await sql`UPDATE upload SET report = ${json(done)}::text::json WHERE seq = ${upload}`;
          if (attempt !== undefined) await requireAttempt(sql, id, attempt);
          students = applier.students;
          return done;
        });
      } finally {
        isLoading = false;
        if (students > MANY_STUDENTS) await short`ANALYZE history, enrolled, former, formerly_enrolled`;
      }
    },
  };
}

/** Nobody else takes the job from now to the end of the transaction. @throws Error when somebody has */
async function requireAttempt(sql: Transaction, id: string, attempt: number): Promise<void> {
  const [job] = await sql`SELECT FROM job WHERE kind = 'upload' AND id = ${id} AND status = 'Processing'
    AND (job ->> 'attempt')::int = ${attempt} FOR SHARE`;
  if (!job) throw new Error(`another process has the upload "${id}" now, or it was given up; nothing of it was stored`);
}

async function begin(
  sql: Transaction,
  id: string,
  sender: string,
  files: readonly { readonly name: string }[],
): Promise<{ readonly upload: number; readonly sources: readonly number[]; readonly isFirst: boolean }> {
  // Numbers without gaps, since nobody else is writing.
  const [made] = await sql<{ upload: number; isFirst: boolean }[]>`
    INSERT INTO upload (seq, id, sender, report)
    SELECT coalesce(max(seq), 0) + 1, ${id}, ${sender}, '{}'::json FROM upload
    RETURNING seq AS upload, NOT EXISTS (SELECT FROM history) AS "isFirst"`;
  const { upload, isFirst } = made as NonNullable<typeof made>;
  const sources = await sql<{ number: number }[]>`
    INSERT INTO source (number, upload, name)
    SELECT (SELECT coalesce(max(number), 0) FROM source) + place, ${upload}, name
    FROM unnest(${files.map(({ name }) => name)}::text[]) WITH ORDINALITY AS f (name, place) ORDER BY place RETURNING number`;
  // A packed text goes from table to table as it is: what it is packed with is decided here.
  await sql`CREATE TEMPORARY TABLE incoming (LIKE history INCLUDING COMPRESSION) ON COMMIT DROP`;
  return { upload, isFirst, sources: sources.map(({ number }) => number) };
}

async function change(applier: Applier, changes: ChangesMade): Promise<void> {
  for (const [, least, most, count, rows] of changes)
    await applier.apply(rows as Uint8Array, least as number, most as number, count as number);
}
