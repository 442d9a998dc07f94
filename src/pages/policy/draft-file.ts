/** `/drafts/ID/files/PATH`: a file as text, with what the check says of it and where. */
import { parseJson } from '#base/json';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { draftText, filePath } from './draft-files.ts';
import { askDraft, changeDraft, draftForm, draftFrame, draftRoute, mayEdit } from './draft-frame.ts';
import { findingList } from './findings.ts';
import type { ShownCheck, ShownDraft } from './shown.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly path: string;
  readonly text: string;
  /** What the check found, when it was asked. */
  readonly findings?: ShownCheck['findings'] | undefined;
  readonly isKept?: boolean;
  readonly refusal?: Refusal | undefined;
}

const ROWS = 30;

export function view({ person, draft, path, text, findings, isKept = false, refusal }: Shown): string {
  const address = `/drafts/${draft.id}`;
  const here = findings?.filter(({ file }) => file === path);
  const elsewhere = (findings?.length ?? 0) - (here?.length ?? 0);
  return draftFrame({
    person,
    draft,
    title: 'What is this file to say?',
    step: 'edit',
    refusal,
    modules: ['rule-file.js'],
    main: html`<p class="answer"><code>${path}</code></p>
!${isKept ? html`<p role="status">Kept. !${findings ? '' : html`<a href="${address}/check">See what breaks</a>.`}</p>` : ''}
!${here ? (here.length > 0 ? findingList(here, text) : html`<p>The check has nothing to say of this file.</p>`) : ''}
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
<textarea id="text" name="text" rows="${String(ROWS)}" wrap="off" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="text-hint" aria-autocomplete="list" aria-haspopup="listbox" aria-controls="suggestions" data-suggest="${address}/suggestions/${filePath(path)}">
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
  const findings =
    broken.length > 0
      ? broken
      : checked
        ? (await visit.ask<ShownCheck>({ method: 'POST', url: `${draftRoute(visit)}/check` })).body.findings
        : undefined;
  const now = checked ? await askDraft(visit) : draft;
  return view({ person: visit.person, draft: now, path, text, findings, isKept: true });
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
