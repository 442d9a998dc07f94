/** Rulebooks, when each took effect, and drafts. */
import type { Activation, NewActivation } from '#publishing/activation';
import type { Draft, DraftWithTexts } from '#publishing/draft';
import type { RulebookVersion } from '#publishing/in-effect';
import type { RulebookJson } from '#rulebook/load/declarations';
import type { RulebookTexts } from '#rulebook/load/texts';
import {
  aboutOf,
  allTexts,
  filesOf,
  listed,
  notKept,
  packed,
  requireLater,
  requireMoments,
  requireOwnHash,
  sameActivations,
  textsOf,
} from '../kept-rulebooks.ts';
import type { DraftPart, RulebookPart } from '../parts.ts';
import type { Store } from '../store.ts';
import { type Asked, type Database, json, type Transaction } from './connection.ts';
import { withReferencesKept } from './references.ts';

interface RulebookRow {
  readonly files: Uint8Array;
  readonly has_texts: boolean;
}

interface ActivationRow {
  readonly seq: number;
  readonly hash: string;
  readonly begins: string;
  readonly withdrawn_at: string | null;
  readonly entry: Omit<NewActivation, 'hash' | 'from'>;
  readonly confirmed_at: string | null;
  readonly person: Omit<NonNullable<Activation['confirmed']>, 'at'> | null;
}

export function rulebookPart(database: Database): RulebookPart {
  const rowOf = async (hash: string): Promise<RulebookRow | undefined> =>
    (await database<RulebookRow[]>`SELECT files, has_texts FROM rulebook WHERE hash = ${hash}`)[0];

  const plain: Pick<Store, 'keepRulebook' | 'rulebook'> = {
    async keepRulebook({ hash, files }, at) {
      const [there] = await database<{ has_texts: boolean }[]>`SELECT has_texts FROM rulebook WHERE hash = ${hash}`;
      const texts = allTexts(files);
      if (there && (there.has_texts || !texts)) return;
      const about = aboutOf(files);
      requireOwnHash(hash, texts);
      const kept = packed(texts ?? files.map(({ path, json }) => ({ path, json })));
      await database`INSERT INTO rulebook (hash, kept_at, about, has_texts, files)
        VALUES (${hash}, ${at}, ${json(about)}::text::json, ${texts !== undefined}, ${Buffer.from(kept)})
        ON CONFLICT (hash) DO UPDATE SET has_texts = true, files = excluded.files
        WHERE excluded.has_texts AND NOT rulebook.has_texts`;
    },
    async rulebook(hash) {
      const row = await rowOf(hash);
      if (!row) return undefined;
      return { hash, files: filesOf(hash, row.files, row.has_texts) };
    },
  };

  return {
    ...withReferencesKept(database, plain),
    async rulebookTexts(hash) {
      const row = await rowOf(hash);
      return row?.has_texts ? textsOf(hash, row.files) : undefined;
    },
    async rulebooks() {
      const rows = await database<{ hash: string; keptAt: string }[]>`
        SELECT hash, kept_at AS "keptAt" FROM rulebook ORDER BY kept_at, hash`;
      return rows.map(({ hash, keptAt }) => ({ hash, keptAt }));
    },
    async versions() {
      const byHash = Map.groupBy(await activationsIn(database), (activation) => activation.hash);
      const rows = await database<{ hash: string; keptAt: string; about: RulebookJson }[]>`
        SELECT hash, kept_at AS "keptAt", about FROM rulebook ORDER BY kept_at DESC, hash DESC`;
      return rows.map(
        ({ hash, keptAt, about }): RulebookVersion => ({
          hash,
          about,
          keptAt,
          activations: byHash.get(hash) ?? [],
        }),
      );
    },
    activate: (activation, decidedOn) =>
      database.begin(async (sql) => {
        await lockActivations(sql);
        return (await isAsDecided(sql, decidedOn)) ? await activateIn(sql, activation) : undefined;
      }),
    activations: () => activationsIn(database),
    cancelActivation: (seq, at, decidedOn) =>
      database.begin(async (sql) => {
        await lockActivations(sql);
        if (!(await isAsDecided(sql, decidedOn))) return false;
        const { count } = await sql`UPDATE activation SET withdrawn_at = ${at}
          WHERE seq = ${seq} AND withdrawn_at IS NULL AND begins > ${at}`;
        return count > 0;
      }),
    confirmActivation: async (seq, { at, ...person }) =>
      (
        await database`INSERT INTO confirmation (activation, confirmed_at, person)
          VALUES (${seq}, ${at}, ${json(person)}::text::json) ON CONFLICT DO NOTHING`
      ).count > 0,
  };
}

/** Nobody else changes the activations for the rest of a transaction. */
const lockActivations = (sql: Transaction) => sql`LOCK TABLE activation IN SHARE ROW EXCLUSIVE MODE`;

const isAsDecided = async (sql: Asked, decidedOn: readonly Activation[] | undefined): Promise<boolean> =>
  decidedOn === undefined || sameActivations(await activationsIn(sql), decidedOn);

async function activationsIn(sql: Asked): Promise<Activation[]> {
  const rows = await sql<ActivationRow[]>`
    SELECT seq, hash, begins, withdrawn_at, entry, confirmed_at, person
    FROM activation LEFT JOIN confirmation ON activation = seq ORDER BY seq`;
  return rows.map(({ seq, hash, begins, withdrawn_at, entry, confirmed_at, person }) => ({
    ...entry,
    seq,
    hash,
    from: begins,
    ...(withdrawn_at !== null && { withdrawnAt: withdrawn_at }),
    ...(person !== null && { confirmed: { ...person, at: confirmed_at as string } }),
  }));
}

/** In a transaction that locked the activations. */
async function activateIn(sql: Transaction, { hash, from, ...activation }: NewActivation): Promise<Activation> {
  requireMoments({ from, createdAt: activation.createdAt });
  const [kept] = await sql`SELECT 1 FROM rulebook WHERE hash = ${hash}`;
  if (!kept) throw notKept(hash);
  const [made] = await sql<{ seq: number }[]>`
    INSERT INTO activation (seq, hash, begins, entry)
    SELECT coalesce(max(seq), 0) + 1, ${hash}, ${from}, ${json(activation)}::text::json FROM activation RETURNING seq`;
  return { ...activation, seq: made?.seq as number, hash, from };
}

async function replaceIn(sql: Asked, { texts, ...draft }: DraftWithTexts, expected: number): Promise<boolean> {
  const { id, revision, hash } = draft;
  requireLater(draft, expected);
  // Most steps leave the files as they are, and packing them is nearly all the work.
  const done = await sql`UPDATE draft SET revision = ${revision}, draft = ${json(draft)}::text::json
    WHERE id = ${id} AND revision = ${expected} AND hash = ${hash}`;
  if (done.count > 0) return true;
  const changed = await sql`UPDATE draft
    SET revision = ${revision}, draft = ${json(draft)}::text::json, hash = ${hash}, files = ${Buffer.from(packed(texts))}
    WHERE id = ${id} AND revision = ${expected}`;
  return changed.count > 0;
}

/** Undoes what was begun, though nothing went wrong. */
class Undone extends Error {}

export function draftPart(database: Database): DraftPart {
  return {
    async addDraft({ texts, ...draft }) {
      await database`INSERT INTO draft (id, revision, hash, draft, files)
        VALUES (${draft.id}, ${draft.revision}, ${draft.hash}, ${json(draft)}::text::json, ${Buffer.from(packed(texts))})`;
    },
    async draft(id) {
      const [row] = await database<{ draft: Draft; files: Uint8Array }[]>`
        SELECT draft, files FROM draft WHERE id = ${id}`;
      if (!row) return undefined;
      const texts: RulebookTexts = textsOf(row.draft.hash, row.files);
      return { ...row.draft, texts };
    },
    async drafts({ limit, after = null }) {
      const rows = await database<{ draft: Draft }[]>`
        SELECT draft FROM draft WHERE ${after}::text IS NULL OR seq < (SELECT seq FROM draft WHERE id = ${after})
        ORDER BY seq DESC LIMIT ${limit}`;
      return rows.map(({ draft }) => listed(draft));
    },
    replaceDraft: async (draft, expected) => await replaceIn(database, draft, expected),
    async publishDraft(draft, expectedRevision, activation, decidedOn) {
      try {
        return await database.begin(async (sql) => {
          await lockActivations(sql);
          if (!(await isAsDecided(sql, decidedOn))) throw new Undone();
          const made = await activateIn(sql, activation);
          const next: DraftWithTexts = { ...draft, publishedAs: made.seq };
          if (!(await replaceIn(sql, next, expectedRevision))) throw new Undone();
          return { draft: next, activation: made };
        });
      } catch (error) {
        if (error instanceof Undone) return undefined;
        throw error;
      }
    },
  };
}
