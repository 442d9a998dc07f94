/** `/drafts/ID/new-file`: a file that there is not yet, with the least that its grammar asks for: its form does the rest. */
import { blankFile } from '#authoring/forms/new-file';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import type { Form, Page, Refusal } from '../visit.ts';
import { refusalOf } from './asked.ts';
import { draftPaths, filePath, keepFiles } from './draft-files.ts';
import { askDraft, draftForm, draftFrame, mayEdit } from './draft-frame.ts';
import type { ShownDraft } from './shown.ts';

/** Folders in which a file can be begun, by what is in it. */
const FOLDERS = [
  ['rules/facts/', 'facts: questions about a student that rules ask by name'],
  ['rules/checks/', 'a check of incoming records'],
  ['rules/parameters/', 'parameters: values that rules use by name'],
  ['rules/examples/', 'worked examples'],
  ['schemas/codesets/', 'a code set'],
] as const;

const NAME_SIZE = 32;
/** Checks are called by their codes, which are capital letters and digits. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,79}$/;

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly given?: Form;
  readonly refusal?: Refusal;
}

export function view({ person, draft, given = {}, refusal }: Shown): string {
  const option = ([folder, words]: (typeof FOLDERS)[number]): string =>
    html`<option value="${folder}"!${given['folder'] === folder ? ' selected' : ''}>${words}</option>`;
  return draftFrame({
    person,
    draft,
    title: 'What is the new file of?',
    step: 'edit',
    refusal,
    main: mayEdit(draft, person)
      ? draftForm(
          person,
          draft,
          `/drafts/${draft.id}/new-file`,
          html`<p><label for="folder">It holds</label><br><select id="folder" name="folder">!${FOLDERS.map(option)}</select></p>
<p><label for="name">Name of the file</label><br><input id="name" name="name" size="${String(NAME_SIZE)}" value="${String(given['name'] ?? '')}" autocomplete="off" aria-describedby="name-hint"></p>
<p class="hint" id="name-hint">Letters, digits and hyphens, such as foster-youth. A check is named by its code.</p>
<p><button>Begin the file</button></p>`,
        )
      : html`<p>Whoever wrote the draft can begin a file, while it is not submitted.</p>`,
  });
}

const refused = (title: string, fix: string): Refusal => ({ status: 400, code: 'CENR_REQUEST_INVALID', title, fix });

/** Why no file of the name can be begun. */
function wrongWith(name: string, path: string, paths: readonly string[]): Refusal | undefined {
  if (!NAME.test(name))
    return refused(`“${name}” cannot be the name of a file`, 'Use letters, digits and hyphens, such as foster-youth.');
  return paths.includes(path)
    ? refused(`There is a file ${path} already`, 'Open it under Edit, or choose another name.')
    : undefined;
}

export const newFile: Page = {
  path: '/drafts/:id/new-file',
  get: async (visit) => view({ person: visit.person, draft: await askDraft(visit) }),
  async post(visit) {
    const { form } = visit;
    const [folder] = FOLDERS.find(([one]) => one === form['folder']) ?? FOLDERS[0];
    const name = String(form['name'] ?? '')
      .trim()
      .replace(/\.json$/, '');
    const path = `${folder}${name}.json`;
    const refusal =
      wrongWith(name, path, await draftPaths(visit)) ??
      (await refusalOf(keepFiles(visit, [{ path, text: blankFile(path) }])));
    if (!refusal) return visit.go(`/drafts/${visit.part('id')}/form/${filePath(path)}`);
    visit.reply.code(refusal.status);
    return view({ person: visit.person, draft: await askDraft(visit), given: form, refusal });
  },
};
