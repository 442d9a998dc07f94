/** `/drafts/ID/files/PATH`: a file as text, with what the check says of it and where. */
import { parseJson } from '#base/json';
import { lineHtml } from '#base/page/html';
import { counted } from '#base/text';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { draftText, filePath } from './draft-files.ts';
import { waysToEdit } from './draft-form.ts';
import { askDraft, changeDraft, draftForm, draftFrame, draftRoute, mayEdit } from './draft-frame.ts';
import { findingList } from './findings.ts';
import type { ShownCheck, ShownDraft } from './shown.ts';

type Examples = ShownCheck['examples'];
type Named = { readonly file: string; readonly pointer: string; readonly title: string };

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly path: string;
  readonly text: string;
  /** What the check found, when it was asked. */
  readonly findings?: ShownCheck['findings'] | undefined;
  /** What came of the examples, when the check was asked. */
  readonly examples?: Examples | undefined;
  readonly isKept?: boolean;
  readonly refusal?: Refusal | undefined;
}

/** As many lines as the file has, so that what is said below stays in sight. */
const ROWS = { least: 12, most: 30 };

const MOST_EXAMPLES = 5;

const rowsOf = (text: string): number => Math.min(ROWS.most, Math.max(ROWS.least, text.split('\n').length + 1));

export function view({ person, draft, path, text, findings, examples, isKept = false, refusal }: Shown): string {
  const address = `/drafts/${draft.id}`;
  const here = findings?.filter(({ file }) => file === path);
  const elsewhere = (findings?.length ?? 0) - (here?.length ?? 0);
  return draftFrame({
    person,
    draft,
    title: 'What is this file to say?',
    step: 'edit',
    refusal,
    here: `${address}/files/${filePath(path)}`,
    modules: ['rule-file.js'],
    main: html`<p class="answer"><code>${path}</code></p>
!${waysToEdit(draft, path, 'files')}
!${isKept ? html`<p role="status">Kept. !${findings ? '' : html`<a href="${address}/check">See what breaks</a>.`}</p>` : ''}
!${here ? (here.length > 0 ? findingList(here, text) : html`<p>The check has nothing to say of this file.</p>`) : ''}
!${examples ? failing(address, path, examples) : ''}
!${elsewhere > 0 ? html`<p><a href="${address}/check">What breaks</a> says more of other files.</p>` : ''}
!${
      mayEdit(draft, person)
        ? draftForm(
            person,
            draft,
            `${address}/files/${filePath(path)}`,
            html`<p><label for="text">The file</label></p>
<p class="hint" id="text-hint"><kbd>Ctrl</kbd> and the space bar suggest what may stand at the cursor, where the browser runs scripts.</p>
<div class="editor"><div class="marks" aria-hidden="true"><div data-marks></div></div>
<textarea id="text" name="text" rows="${String(rowsOf(text))}" wrap="off" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="text-hint" aria-autocomplete="list" aria-haspopup="listbox" aria-controls="suggestions" data-suggest="${address}/suggestions/${filePath(path)}">
${text}</textarea>
<ul id="suggestions" role="listbox" aria-label="What may stand here" class="suggestions" hidden data-suggestions></ul></div>
<p class="unseen" role="status" data-told></p>
<div class="live" role="status" data-live></div>
<p><button>Keep the file</button> <button name="check" value="yes">Keep and check it</button></p>
<details><summary>Take the file out</summary><p>What other files ask of it would be missing; the check says so. The version that the draft was made from still has it.</p><p><button name="remove" value="yes">Take it out</button></p></details>`,
          )
        : html`<pre tabindex="0">${text}</pre>`
    }
<p class="hint">The grammar of rules is explained in the documentation, <code>docs/rule-grammar.md</code>.</p>`,
  });
}

/** The examples that fail, beside the edits of this file that make them fail. */
function failing(address: string, path: string, { failed, moreFailed, edits = [] }: Examples): string {
  const all = failed.length + moreFailed;
  if (all === 0) return html`<p>All worked examples hold.</p>`;
  const own = edits.filter(({ file }) => file === path);
  const list = (examples: readonly Named[]): string =>
    html`<ul>!${examples
      .slice(0, MOST_EXAMPLES)
      .map(
        ({ file, pointer, title }) =>
          html`<li><a href="${address}/examples/case?${new URLSearchParams({ file, pointer }).toString()}">${title}</a></li>`,
      )}</ul>`;
  return html`<section class="edit" aria-label="Examples that fail">!${
    own.length === 0
      ? html`<p><strong>${counted(all, 'worked example')} ${all === 1 ? 'fails' : 'fail'}:</strong></p>!${list(failed)}`
      : own.map(
          ({ sentence, line, failed: count, examples }) =>
            html`<p><strong>Your edit on line ${String(line)} makes ${counted(count, 'worked example')} fail:</strong> !${lineHtml(sentence)}</p>!${list(examples)}`,
        )
  }<p><a href="${address}/check">All of them, and “This is the change I make”</a></p></section>`;
}

/** Browsers send line ends of their own; files have those that they had. */
const withLineEnds = (text: string, before: string): string => {
  const plain = text.replaceAll('\r\n', '\n');
  return before.includes('\r\n') ? plain.replaceAll('\n', '\r\n') : plain;
};

/** What stands in the way of reading a file as JSON, as a finding. */
function unread(path: string, text: string): ShownCheck['findings'] {
  return parseJson(text).problems.map(({ pointer, message, position: { line, column } }) => ({
    severity: 'error',
    kind: 'not-json',
    file: path,
    line,
    column,
    pointer,
    message,
  }));
}

async function kept(visit: Visit, path: string, text: string): Promise<string> {
  await changeDraft(visit, 'PUT', `/files/${filePath(path)}`, text);
  const draft = await askDraft(visit);
  const checked = visit.form['check'] !== undefined;
  const broken = unread(path, text);
  const check =
    checked && broken.length === 0
      ? (await visit.ask<ShownCheck>({ method: 'POST', url: `${draftRoute(visit)}/check` })).body
      : undefined;
  const findings = broken.length > 0 ? broken : check?.findings;
  const now = checked ? await askDraft(visit) : draft;
  return view({ person: visit.person, draft: now, path, text, findings, examples: check?.examples, isKept: true });
}

export const draftFile: Page = {
  path: '/drafts/:id/files/*',
  async get(visit) {
    const path = visit.params['*'] as string;
    const [draft, text] = await Promise.all([askDraft(visit), draftText(visit, path)]);
    return view({ person: visit.person, draft, path, text });
  },
  async post(visit) {
    const path = visit.params['*'] as string;
    const before = await draftText(visit, path);
    const text = withLineEnds(String(visit.form['text'] ?? ''), before);
    try {
      if (visit.form['remove'] === undefined) return await kept(visit, path, text);
      await changeDraft(visit, 'DELETE', `/files/${filePath(path)}`);
      return visit.go(`/drafts/${visit.part('id')}/edit`);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view({ person: visit.person, draft: await askDraft(visit), path, text, refusal: error.refusal });
    }
  },
};
