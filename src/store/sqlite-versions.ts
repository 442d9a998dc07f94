/** Rulebooks, when each took effect, and drafts, in `service.db`. */
import type { DatabaseSync } from 'node:sqlite';
import type { Activation, NewActivation } from '#publishing/activation';
import type { DraftWithTexts } from '#publishing/draft';
import type { RulebookVersion } from '#publishing/in-effect';
import type { RulebookJson, SourceFile } from '#rulebook/load/declarations';
import type { RulebookTexts } from '#rulebook/load/texts';
import { type AtOnce, promised } from './at-once.ts';
import { activationOf, draftOf } from './former-keys.ts';
import {
  aboutOf,
  allTexts,
  filesOf as filesKept,
  listed,
  notKept,
  packed,
  requireLater,
  requireMoments,
  requireOwnHash,
  sameActivations,
  textsOf,
} from './kept-rulebooks.ts';
import type { DraftPart, RulebookPart } from './parts.ts';
import { type KeptRulebooks, withReferencesKept } from './sqlite-references.ts';
import type { Store } from './store.ts';
import { allOrNothing, rollBack } from './transactions.ts';

interface RulebookRow {
  readonly files: Uint8Array;
  readonly has_texts: number;
}

interface ActivationRow {
  readonly seq: number;
  readonly hash: string;
  readonly begins: string;
  readonly withdrawn_at: string | null;
  readonly entry: string;
  readonly confirmed_at: string | null;
  /** JSON */
  readonly person: string | null;
}

export const rulebookPart = (db: DatabaseSync): RulebookPart => promised<RulebookPart>(rulebooksIn(db));

/** The same for whoever is at work in a transaction. */
export function rulebooksIn(db: DatabaseSync): AtOnce<RulebookPart> {
  const byHash = db.prepare('SELECT files, has_texts FROM rulebook WHERE hash = ?');
  const isKept = db.prepare('SELECT has_texts FROM rulebook WHERE hash = ?');
  const add = db.prepare(
    'INSERT OR IGNORE INTO rulebook (hash, kept_at, about, has_texts, files) VALUES (?, ?, ?, ?, ?)',
  );
  const addTexts = db.prepare('UPDATE rulebook SET has_texts = 1, files = ? WHERE hash = ?');
  const setAbout = db.prepare('UPDATE rulebook SET about = ? WHERE hash = ? AND about IS NULL');
  const kept = db.prepare('SELECT hash, kept_at AS keptAt FROM rulebook ORDER BY kept_at, hash');
  const versions = db.prepare('SELECT hash, kept_at, about FROM rulebook ORDER BY kept_at DESC, hash DESC');
  const confirm = db.prepare('INSERT OR IGNORE INTO confirmation (force, confirmed_at, person) VALUES (?, ?, ?)');
  const withdraw = db.prepare(
    'UPDATE force SET withdrawn_at = ?2 WHERE seq = ?1 AND withdrawn_at IS NULL AND begins > ?2',
  );

  function filesOf(hash: string): readonly SourceFile[] | undefined {
    const row = byHash.get(hash) as RulebookRow | undefined;
    if (!row) return undefined;
    return filesKept(hash, row.files, row.has_texts === 1);
  }

  function aboutKept(hash: string): RulebookJson {
    const about = aboutOf(filesOf(hash) ?? []);
    setAbout.run(JSON.stringify(about), hash);
    return about;
  }

  const plain: KeptRulebooks = {
    keepRulebook({ hash, files }, at) {
      const there = isKept.get(hash) as { has_texts: number } | undefined;
      const texts = allTexts(files);
      if (there && (there.has_texts || !texts)) return;
      const about = aboutOf(files);
      requireOwnHash(hash, texts);
      if (there) addTexts.run(packed(texts as RulebookTexts), hash);
      else add.run(hash, at, JSON.stringify(about), Number(texts !== undefined), packed(texts ?? files));
    },
    rulebook(hash) {
      const files = filesOf(hash);
      return files && { hash, files };
    },
  };

  return {
    ...withReferencesKept(db, plain),
    rulebookTexts(hash) {
      const row = byHash.get(hash) as RulebookRow | undefined;
      return row?.has_texts ? textsOf(hash, row.files) : undefined;
    },
    rulebooks: () => kept.all().map(({ hash, keptAt }) => ({ hash: String(hash), keptAt: String(keptAt) })),
    versions() {
      const byHash = Map.groupBy(activationsIn(db), (activation) => activation.hash);
      const rows = versions.all() as unknown as { hash: string; kept_at: string; about: string | null }[];
      return rows.map(
        ({ hash, kept_at, about }): RulebookVersion => ({
          hash,
          about: about === null ? aboutKept(hash) : (JSON.parse(about) as RulebookJson),
          keptAt: kept_at,
          activations: byHash.get(hash) ?? [],
        }),
      );
    },
    activate: (activation, decidedOn) =>
      allOrNothing(db, () => (isAsDecided(db, decidedOn) ? activateIn(db, activation) : undefined)),
    activations: () => activationsIn(db),
    cancelActivation: (seq, at, decidedOn) =>
      allOrNothing(db, () => isAsDecided(db, decidedOn) && withdraw.run(seq, at).changes > 0),
    confirmActivation: (seq, { at, ...person }) => confirm.run(seq, at, JSON.stringify(person)).changes > 0,
  };
}

const isAsDecided = (db: DatabaseSync, decidedOn: readonly Activation[] | undefined): boolean =>
  decidedOn === undefined || sameActivations(activationsIn(db), decidedOn);

const activationsIn = (db: DatabaseSync): Activation[] =>
  (
    db
      .prepare(
        'SELECT seq, hash, begins, withdrawn_at, entry, confirmed_at, person FROM force LEFT JOIN confirmation ON force = seq ORDER BY seq',
      )
      .all() as unknown as ActivationRow[]
  ).map(({ seq, hash, begins, withdrawn_at, entry, confirmed_at, person }) => ({
    ...activationOf(entry),
    seq,
    hash,
    from: begins,
    ...(withdrawn_at !== null && { withdrawnAt: withdrawn_at }),
    ...(person !== null && { confirmed: { ...JSON.parse(person), at: confirmed_at } }),
  }));

function activateIn(db: DatabaseSync, { hash, from, ...activation }: NewActivation): Activation {
  requireMoments({ from, createdAt: activation.createdAt });
  if (!db.prepare('SELECT 1 FROM rulebook WHERE hash = ?').get(hash)) throw notKept(hash);
  const { lastInsertRowid } = db
    .prepare('INSERT INTO force (hash, begins, entry) VALUES (?, ?, ?)')
    .run(hash, from, JSON.stringify(activation));
  return { ...activation, seq: Number(lastInsertRowid), hash, from };
}

export function draftPart(db: DatabaseSync): DraftPart {
  const add = db.prepare('INSERT INTO draft (id, revision, hash, draft, files) VALUES (?, ?, ?, ?, ?)');
  const byId = db.prepare('SELECT draft, files FROM draft WHERE id = ?');
  const replace = db.prepare(
    'UPDATE draft SET revision = ?3, draft = ?4 WHERE id = ?1 AND revision = ?2 AND hash = ?5',
  );
  const replaceFiles = db.prepare(
    'UPDATE draft SET revision = ?3, draft = ?4, hash = ?5, files = ?6 WHERE id = ?1 AND revision = ?2',
  );
  const page = db.prepare(
    'SELECT draft FROM draft WHERE ?1 IS NULL OR seq < (SELECT seq FROM draft WHERE id = ?1) ORDER BY seq DESC LIMIT ?2',
  );

  function replaceDraft({ texts, ...draft }: DraftWithTexts, expected: number): boolean {
    const { id, revision, hash } = draft;
    requireLater(draft, expected);
    const json = JSON.stringify(draft);
    // Most steps leave the files as they are, and packing them is nearly all the work.
    return (
      replace.run(id, expected, revision, json, hash).changes > 0 ||
      replaceFiles.run(id, expected, revision, json, hash, packed(texts)).changes > 0
    );
  }

  return promised<DraftPart>({
    addDraft: ({ texts, ...draft }) =>
      void add.run(draft.id, draft.revision, draft.hash, JSON.stringify(draft), packed(texts)),
    draft(id) {
      const row = byId.get(id) as { draft: string; files: Uint8Array } | undefined;
      if (!row) return undefined;
      const draft = draftOf(row.draft);
      return { ...draft, texts: textsOf(draft.hash, row.files) };
    },
    drafts: ({ limit, after }) => page.all(after ?? null, limit).map((row) => listed(draftOf(row['draft'] as string))),
    replaceDraft,
    publishDraft(draft, expectedRevision, activation, decidedOn) {
      db.exec('BEGIN IMMEDIATE');
      let published: Awaited<ReturnType<Store['publishDraft']>>;
      try {
        if (isAsDecided(db, decidedOn)) {
          const made = activateIn(db, activation);
          const next: DraftWithTexts = { ...draft, publishedAs: made.seq };
          if (replaceDraft(next, expectedRevision)) published = { draft: next, activation: made };
        }
        db.exec(published ? 'COMMIT' : 'ROLLBACK');
      } catch (error) {
        rollBack(db);
        throw error;
      }
      return published;
    },
  });
}
