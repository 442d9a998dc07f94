/** Pages that are the same of the rules in force, of a version and of a draft: whose they are, and what they link to. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { rulesIdentified } from '../identified.ts';
import { tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Given, Page, Visit } from '../visit.ts';
import { filePath } from './draft-files.ts';
import { askDraft, draftFrame, mayEdit, type Step } from './draft-frame.ts';
import type { ShownCited, ShownDraft } from './shown.ts';
import { versionAddress } from './words.ts';

export interface Whose {
  readonly person: Person;
  readonly draft?: ShownDraft;
  /** SHA-256 of a version; absent for the rules in force, and for a draft. */
  readonly version?: string;
  /** HTML: what they are known by on paper; a draft says it itself. */
  readonly identified?: string;
}

export interface WhosePage {
  readonly title: string;
  readonly main: string;
  readonly modules?: readonly string[];
  readonly again?: number | undefined;
}

const KINDS = [
  ['ledger', 'Ledger'],
  ['examples', 'Examples'],
  ['coverage', 'Coverage'],
  ['mutants', 'Mutants'],
] as const;
export type Kind = (typeof KINDS)[number][0];

/** Where a page of these rules is. */
export function whosePath(
  { draft, version }: Whose,
  kind: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const asked = new URLSearchParams({ ...(version !== undefined && { version }), ...query }).toString();
  return `${draft ? `/drafts/${draft.id}` : '/rules'}/${kind}${asked === '' ? '' : `?${asked}`}`;
}

/** The same of a route. */
export function whoseRoute(
  { draft, version }: Whose,
  kind: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const asked = new URLSearchParams({
    ...(draft && { draft: draft.id }),
    ...(version !== undefined && { version }),
    ...query,
  }).toString();
  return `/v1/rulebook/${kind}${asked === '' ? '' : `?${asked}`}`;
}

const kindLinks = (whose: Whose, here: Kind): string =>
  html`<nav aria-label="What answers for the rules"><ul class="kinds">!${KINDS.map(
    ([kind, words]) =>
      html`<li><a href="${whosePath(whose, kind)}"!${kind === here ? ' aria-current="page"' : ''}>${words}</a></li>`,
  )}</ul></nav>`;

/** A page of the rules of a draft, a version, or in force. */
export function whoseFrame(whose: Whose, kind: Kind, { title, main, modules, again }: WhosePage, step: Step = 'check') {
  const { person, draft } = whose;
  const inside = html`!${kindLinks(whose, kind)}!${main}`;
  const others = { title, main: inside, person, ...(modules && { modules }), again };
  return draft
    ? draftFrame({ ...others, draft, step })
    : frame({ ...others, identified: whose.identified, above: aboveOf(whose) });
}

const aboveOf = ({ version }: Whose): [string, string][] => [
  ['Rules', '/rules'],
  ...(version === undefined ? [] : [[version.slice(0, 8), versionAddress(version)] as [string, string]]),
];

/** A form that does something with these rules. */
export const whoseForm = (whose: Whose, kind: string, content: string): string =>
  html`<form method="post" action="${whosePath(whose, kind)}">!${tokenField(whose.person)}!${content}</form>`;

/** A file of these rules: of a draft it can be opened. */
export const fileLink = ({ draft }: Whose, file: string, words = file): string =>
  draft
    ? html`<a href="/drafts/${draft.id}/files/${filePath(file)}">${words}</a>`
    : words === file
      ? html`<code>${file}</code>`
      : html`${words}`;

/** What a field, the selection or a check is called. */
export const subjectWords = (of: string, name: string): string =>
  of === 'selection' ? 'Selection' : name === '' ? of : `${of} ${name}`;

/**
 * What cites a sentence, as a link.
 * @param hash of these rules
 */
export function citedLink(whose: Whose, hash: string, { kind, name, says, file, pointer }: ShownCited): string {
  const { draft, version } = whose;
  if (kind === 'example') return html`<a href="${whosePath(whose, 'examples/case', { file, pointer })}">${says}</a>`;
  if (kind === 'parameter') {
    const address = draft ? `/drafts/${draft.id}/parameters/${name}` : `/rules/parameters/${name}`;
    return version === undefined ? html`<a href="${address}">${name}</a>` : html`<code>${name}</code>`;
  }
  const words = kind === 'field' || kind === 'layout' ? `${name} ${says}`.trim() : says;
  if (draft) return fileLink(whose, file, words);
  return kind === 'field' ? html`<a href="${versionAddress(hash)}/words?field=${name}">${words}</a>` : html`${words}`;
}

/** Whether the person may have things tried with these rules. */
export const isTheirs = ({ person, draft }: Whose): boolean => draft !== undefined && mayEdit(draft, person);

type Answer = (visit: Visit, whose: Whose) => Promise<Given>;

async function whoseOf(visit: Visit, isDraft: boolean): Promise<Whose> {
  const { person, query } = visit;
  if (isDraft) return { person, draft: await askDraft(visit) };
  const { version } = query;
  if (version !== undefined) return { person, version, identified: html`Rulebook <code>${version}</code>.` };
  const { about, hash } = (await visit.app.rules.current()).rulebook;
  return { person, identified: rulesIdentified({ ...about, sha256: hash }) };
}

/** A page of the rules in force or of a version, and the same of a draft. */
export const whosePages = (path: string, get: Answer, post?: Answer): readonly Page[] =>
  [false, true].map((isDraft) => ({
    path: `${isDraft ? '/drafts/:id' : '/rules'}/${path}`,
    get: async (visit) => get(visit, await whoseOf(visit, isDraft)),
    ...(post && { post: async (visit: Visit) => post(visit, await whoseOf(visit, isDraft)) }),
  }));
