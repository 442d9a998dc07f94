/** What pages about rules say alike: whose turn it is, versions, activations, differences. */
import { lineHtml } from '#base/page/html';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { moment } from '../words.ts';
import type { ShownActivation, ShownDifferences, ShownVersion } from './shown.ts';

/** Auditors read what policy staff do. */
export const mayChangeRules = ({ key }: Person): boolean => key.role === 'policy' || key.role === 'admin';

/** What answers for rules is policy staff's and auditors' business. */
export const mayReadTests = (person: Person): boolean => mayChangeRules(person) || person.key.role === 'auditor';

const DIGITS = 8;

/** The beginning of a hash, by which people name a version. */
export const shortHash = (hash: string): string => hash.slice(0, DIGITS);

export const versionAddress = (hash: string): string => `/rules/versions/${hash}`;

/** A version as people call it. */
export const versionWords = ({ name, version, sha256 }: Pick<ShownVersion, 'name' | 'version' | 'sha256'>): string =>
  `${name} ${version} (${shortHash(sha256)})`;

const HOW = { files: 'with the files of the service', published: 'published', restored: 'restored' } as const;

/** When, how, by whom and why. */
export function activationWords({ from, how, by, author, approvers = [], reason, confirmed }: ShownActivation): string {
  const names = approvers.map(({ name }) => name);
  return [
    `${moment(from)}, ${HOW[how]}${by ? ` by ${by.name}` : ''}`,
    ...(author ? [`written by ${author.name}`] : []),
    ...(names.length > 0 ? [`approved by ${names.join(', ')}`] : []),
    ...(confirmed ? [`confirmed by ${confirmed.name}`] : []),
  ]
    .join(', ')
    .concat(reason ? `: ${reason}` : '');
}

/** What differs, in sentences; files that say nothing else are named. */
export const differencesList = ({ says, files }: ShownDifferences): string =>
  files.length === 0
    ? html`<p>Nothing differs.</p>`
    : html`!${says.length > 0 ? html`<ul>!${says.map((sentence) => html`<li>!${lineHtml(sentence)}</li>`)}</ul>` : html`<p>Nothing that a value of the extract depends on.</p>`}
<details><summary>${String(files.length)} ${files.length === 1 ? 'file differs' : 'files differ'}</summary><ul>!${files.map(
        ({ path, did }) => html`<li><code>${path}</code> ${did}</li>`,
      )}</ul></details>`;
