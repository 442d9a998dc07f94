/** What a store keeps beside the histories, table by table, as it is copied from one kind of store to the other. */
import type { Upload } from '#intake/upload';
import { activationOf, draftOf, uploadOf } from '../former-keys.ts';
import { JOB_KINDS } from '../job-kinds.ts';

/**
 * How a column is kept. `list` is a list of texts, `flag` yes or no, `bytes` as they are; `order` is a number that only
 * says what comes after what, and is given anew.
 */
export type ColumnKind = 'text' | 'number' | 'json' | 'list' | 'flag' | 'bytes' | 'order';

export interface CopiedTable {
  /** In a folder: which file it stands in, and under which name. */
  readonly sqlite: { readonly file: 'students' | 'service'; readonly table: string };
  /** In a database; a kind of jobs where all kinds stand in one table. */
  readonly postgres: { readonly table: string; readonly kind?: string };
  /** By name in a database. */
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** Names of columns that are others in a folder. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** What is read from before a key was renamed, by column. */
  readonly formerly?: Readonly<Record<string, (text: string) => unknown>>;
  /** The columns that rows are in the order of. */
  readonly key: readonly string[];
}

/** A value as it is copied: JSON and lists as text, yes and no as 1 and 0. */
export type CopiedValue = string | number | Uint8Array | null;
export type CopiedRow = readonly CopiedValue[];

const students = (
  table: string,
  columns: CopiedTable['columns'],
  key: readonly string[],
  more: Partial<CopiedTable> = {},
): CopiedTable => ({ sqlite: { file: 'students', table }, postgres: { table }, columns, key, ...more });
const service = (
  table: string,
  columns: CopiedTable['columns'],
  key: readonly string[],
  more: Partial<CopiedTable> = {},
): CopiedTable => ({ sqlite: { file: 'service', table }, postgres: { table }, columns, key, ...more });
const jobs = (kind: string): CopiedTable => ({
  sqlite: { file: 'service', table: kind },
  postgres: { table: 'job', kind },
  columns: { seq: 'order', id: 'text', all_leas: 'flag', leas: 'list', status: 'text', job: 'json', key_id: 'text' },
  key: ['seq'],
});

/**
 * In an order in which nothing names what is not there yet. `access_chain` of a database is left out: it says who writes
 * which files of a folder now, which holds for no copy, and a store in a folder has nothing like it. Whoever takes up a
 * chain of copied files notes in the copy how long it is.
 */
export const TABLES: readonly CopiedTable[] = [
  students('upload', { seq: 'number', id: 'text', sender: 'text', report: 'json' }, ['seq'], {
    formerly: { report: (text): Upload => uploadOf(text) },
  }),
  students('source', { number: 'number', upload: 'number', name: 'text' }, ['number']),
  students('forgotten', { through: 'number', at: 'text' }, ['through']),
  students('problems', { upload: 'number', n: 'number', codes: 'list', packed: 'bytes', lines: 'bytes' }, [
    'upload',
    'n',
  ]),
  students('rejected', { ssid: 'text', upload: 'number', n: 'number' }, ['ssid', 'upload', 'n']),
  students('ssid_issued', { ssid: 'number', entry: 'json' }, ['ssid']),
  students('ssid_request', { lea: 'text', local_id: 'text', who: 'text', ssid: 'number' }, ['lea', 'local_id', 'who']),
  students('ssid_retired', { ssid: 'number', replacement: 'number', upload: 'number', entry: 'json' }, ['ssid']),
  students('ssid_sent', { source: 'number', line: 'number', ssid: 'number' }, ['source', 'line']),
  students('ssid_given', { source: 'number', line: 'number', ssid: 'number', local_id: 'text', is_new: 'flag' }, [
    'source',
    'line',
  ]),
  students('ssid_undone', { n: 'order', entry: 'json' }, ['n']),
  students(
    'anomaly',
    { id: 'text', kind: 'text', state: 'text', fingerprint: 'text', found: 'json', entries: 'json' },
    ['id'],
  ),
  students('anomaly_search', { n: 'order', upload: 'number', search: 'json' }, ['n']),
  ...JOB_KINDS.map(jobs),
  service('turn', { number: 'order', kind: 'text', key_id: 'text', leas: 'list' }, ['number']),
  service('outbox', { seq: 'order', id: 'text', job: 'text', delivery: 'json' }, ['seq']),
  service('webhook', { seq: 'order', id: 'text', webhook: 'json' }, ['seq']),
  service('api_key', { id: 'text', hash: 'text', key: 'json' }, ['id']),
  service('key_used', { id: 'text', at: 'text' }, ['id']),
  service('answer', { key_id: 'text', idempotency_key: 'text', answered_at: 'text', answer: 'json' }, [
    'key_id',
    'idempotency_key',
  ]),
  service('person', { id: 'text', person: 'json' }, ['id']),
  service(
    'session',
    {
      ...{ hash: 'text', key_id: 'text', created_at: 'text', used_at: 'text' },
      ...{ purpose: 'text', sealed: 'text', lea: 'text' },
    },
    ['hash'],
  ),
  service('signing_key', { seq: 'order', id: 'text', key: 'json' }, ['seq']),
  service('secret', { name: 'text', secret: 'bytes' }, ['name']),
  service('rulebook', { hash: 'text', kept_at: 'text', about: 'json', has_texts: 'flag', files: 'bytes' }, ['hash']),
  service('activation', { seq: 'number', hash: 'text', begins: 'text', withdrawn_at: 'text', entry: 'json' }, ['seq'], {
    sqlite: { file: 'service', table: 'force' },
    formerly: { entry: activationOf },
  }),
  service('confirmation', { activation: 'number', confirmed_at: 'text', person: 'json' }, ['activation'], {
    renamed: { activation: 'force' },
  }),
  service(
    'draft',
    { seq: 'order', id: 'text', revision: 'number', hash: 'text', draft: 'json', files: 'bytes' },
    ['seq'],
    { formerly: { draft: draftOf } },
  ),
  service('reference', { sha256: 'text', path: 'text', text: 'bytes' }, ['sha256']),
  service('reference_loaded', { seq: 'order', path: 'text', sha256: 'text', entry: 'json' }, ['seq']),
  service('rulebook_with', { hash: 'text', rulebook: 'text', reference: 'list' }, ['hash']),
];

/** The columns that are copied, and what each is. */
export const copiedColumns = ({ columns }: CopiedTable): (readonly [name: string, kind: ColumnKind])[] =>
  Object.entries(columns).filter(([, kind]) => kind !== 'order');

/** A row as both kinds of store have it: JSON in one way, keys of today. */
export const asCopied = (table: CopiedTable, row: CopiedRow): CopiedRow =>
  copiedColumns(table).map(([name, kind], i) => {
    const value = row[i] ?? null;
    if (value === null || (kind !== 'json' && kind !== 'list')) return value;
    const read = table.formerly?.[name] ?? JSON.parse;
    return JSON.stringify(read(value as string));
  });
