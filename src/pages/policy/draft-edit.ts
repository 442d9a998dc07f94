/** `/drafts/ID/edit`: what can be changed: parameters and files by forms, or as text. */
import { capital } from '#base/text';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { draftPaths, filePath, type ParameterFile, parameterFiles } from './draft-files.ts';
import { askDraft, draftFrame, mayEdit } from './draft-frame.ts';
import { daysWords } from './line-of-time.ts';
import type { ShownDraft } from './shown.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly paths: readonly string[];
  readonly parameters: readonly ParameterFile[];
}

const MOST_VALUES = 4;

/** Folders of files, by what they are, in the order in which people look for them. */
const FOLDERS = [
  ['rules/fields/', 'Fields'],
  ['rules/facts/', 'Facts'],
  ['rules/checks/', 'Checks'],
  ['rules/examples/', 'Worked examples'],
  ['rules/parameters/', 'Files of parameters'],
  ['schemas/codesets/', 'Code sets'],
  ['schemas/records/', 'Record layouts'],
  ['', 'Others'],
] as const;

export function view({ person, draft, paths, parameters }: Shown): string {
  const address = `/drafts/${draft.id}`;
  const changed = new Map(draft.changes.map(({ path, did }) => [path, did]));
  const folderOf = (path: string): string => FOLDERS.find(([folder]) => path.startsWith(folder))?.[1] ?? '';
  const byFolder = Map.groupBy(paths, folderOf);
  const cells = ({ name, says, values }: ParameterFile['parameters'][number]) => [
    { html: html`<span class="sentence">${capital(says)}</span>` },
    values.length > MOST_VALUES
      ? `${values.length} values`
      : values
          .map(
            (value) => `${value.key === undefined ? '' : `${value.key}: `}${String(value.value)} ${daysWords(value)}`,
          )
          .join('; '),
    link(name, `${address}/parameters/${encodeURIComponent(name)}`),
  ];
  return draftFrame({
    person,
    draft,
    title: 'What do you want to change?',
    step: 'edit',
    main: html`!${mayEdit(draft, person) ? '' : html`<p>Only ${draft.author.name} can change this draft, while it is on its way. You can read it.</p>`}
<nav aria-label="On this page"><ul class="ways"><li><a href="#parameters">A value, a code, a day</a></li><li><a href="#files">A rule, an example, a check</a></li><li><a href="#more">A field, or a file, that there is not yet</a></li></ul></nav>
<section aria-labelledby="parameters"><h2 id="parameters">A value, a code, a day: parameters</h2>
!${table(
      'Parameters',
      [{ name: 'What it is' }, { name: 'Values' }, { name: 'Its name in the rules' }],
      parameters.flatMap(({ parameters: declared }) => declared.map(cells)),
    )}
!${parameters.filter((file) => file.parameters.length === 0).map(({ path }) => html`<p class="warned">${path} is not JSON at the moment, so that its parameters cannot be listed. <a href="${address}/files/${filePath(path)}">Correct it as text</a>.</p>`)}</section>
<section aria-labelledby="files"><h2 id="files">A rule, an example, a check: files as forms</h2>
!${FOLDERS.flatMap(([, folder]) => {
      const own = byFolder.get(folder) ?? [];
      return own.length === 0
        ? []
        : html`<details><summary>${folder}: ${String(own.length)}</summary><ul>!${own.map(
            (path) => html`<li><a href="${address}/form/${filePath(path)}">${path}</a> ${changed.get(path) ?? ''}</li>`,
          )}</ul></details>`;
    })}</section>
<section aria-labelledby="more"><h2 id="more">What there is not yet</h2><p><a href="${address}/new-field">Add a field</a></p>
!${mayEdit(draft, person) ? html`<p><a href="${address}/new-file">Begin a file of facts, checks, parameters or examples</a></p>` : ''}</section>`,
  });
}

export const draftEdit: Page = {
  path: '/drafts/:id/edit',
  async get(visit) {
    const [draft, paths] = await Promise.all([askDraft(visit), draftPaths(visit)]);
    return view({ person: visit.person, draft, paths, parameters: await parameterFiles(visit, paths) });
  },
};
