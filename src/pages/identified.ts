/** What pages are known by on paper. Of extracts and their rows it is in `auditor/of-extract.ts` and `auditor/evidence.ts`. */
import type { ShownUpload } from './coordinator/shown.ts';
import { html } from './html.ts';
import type { ShownDraft, ShownVersion } from './policy/shown.ts';
import type { ShownReconciliation } from './reconcile/shown.ts';
import { day, moment, requestWords, scopeWords } from './words.ts';

type Received = Pick<ShownUpload, 'id' | 'files' | 'receivedAt' | 'sender' | 'rulebook'>;

/** HTML. */
export const uploadIdentified = ({ id, files, receivedAt, sender, rulebook }: Received): string =>
  html`${files.map(({ name }) => name).join(', ')}, received ${moment(receivedAt)}, sent by ${sender}. Upload <code>${id}</code>, checked by rulebook <code>${rulebook}</code>.`;

type Named = Pick<ShownVersion, 'name' | 'version' | 'sha256'>;

/** HTML: of the rules in force, or of a version of them. */
export const rulesIdentified = ({ name, version, sha256 }: Named): string =>
  html`${name} ${version}, rulebook <code>${sha256}</code>.`;

type Drafted = Pick<ShownDraft, 'id' | 'title' | 'author' | 'from' | 'revision' | 'changedAt'>;

/** HTML. */
export const draftIdentified = ({ id, title, author, from, revision, changedAt }: Drafted): string =>
  html`${title}: a draft by ${author.name}, changed ${moment(changedAt)}. Draft <code>${id}</code>, revision ${String(revision)}, from rulebook <code>${from}</code>.`;

/** HTML. */
export const reconciliationIdentified = (shown: ShownReconciliation): string =>
  html`${shown.file}, sent ${moment(shown.requestedAt)}. Compared as: ${requestWords(shown.request)}, ${scopeWords(shown.request)}, made as of ${day(shown.runDate)}. Comparison <code>${shown.id}</code>, rulebook <code>${shown.rulebook}</code>.`;
