/**
 * `/drafts/ID/students/SSID/example`: a worked example made from a student whose row the draft changes. Who the student is
 * stays behind; what was replaced is said before anything is kept.
 */
import { spaced, withItemAdded } from '#base/json-edits';
import { html } from '../html.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { draftText, filePath } from './draft-files.ts';
import { askDraft, changeDraft, draftForm, draftFrame, draftRoute, mayEdit } from './draft-frame.ts';
import { askedWords, expectWords, studentsPart } from './example-shown.ts';
import type { ShownDraft, ShownLedger, ShownMadeExample } from './shown.ts';
import { TEXT_LINES } from './sizes.ts';
import { subjectWords } from './whose-rules.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly address: string;
  readonly made: ShownMadeExample;
  readonly sentences: ShownLedger;
  readonly given: Form;
  readonly refusal?: Refusal | undefined;
}

/** Where a row of a report becomes an example. */
export const exampleAddress = (
  draft: string,
  ssid: string,
  asked: {
    readonly academicYear: string;
    readonly of: string;
    readonly reportingLEA?: string | undefined;
    readonly school?: string | undefined;
    readonly grade?: string | undefined;
  },
): string =>
  `/drafts/${draft}/students/${ssid}/example?${new URLSearchParams(Object.entries(asked).filter((each): each is [string, string] => each[1] !== undefined)).toString()}`;

export function view({ person, draft, address, made, sentences, given, refusal }: Shown): string {
  const { of, name, example, replaced, isSame, students, records, file } = made;
  return draftFrame({
    person,
    draft,
    title: 'Should this student become a worked example?',
    step: 'impact',
    refusal,
    main: html`<p class="answer">${subjectWords(of, name)}: the draft gives ${expectWords(example.expect)}. The example expects that.</p>
!${purposeAsked(person)}
<section aria-labelledby="who"><h2 id="who">Who the student is stays behind</h2>
<ul>!${replaced.map((sentence) => html`<li>${sentence}</li>`)}<li>Days and codes of the records stay as they were sent: the rules go by them.</li></ul>
!${isSame ? html`<p>The made-up student comes to the same value as the student.</p>` : html`<p class="warned">The made-up student does not come to the same value as the student: a school, an LEA or the very day of birth decides. The example expects what the draft gives the made-up student.</p>`}</section>
<section aria-labelledby="records"><h2 id="records">The made-up student</h2><p>${askedWords(example)}.</p>!${studentsPart(records, students)}</section>
!${mayEdit(draft, person) ? adding(draft, person, address, sentences, given, file) : html`<p>Only ${draft.author.name} can add it to this draft.</p>`}
<details><summary>The example as text</summary><pre tabindex="0">${JSON.stringify(example, undefined, 2)}</pre></details>`,
  });
}

const adding = (
  draft: ShownDraft,
  person: Person,
  address: string,
  { pages }: ShownLedger,
  given: Form,
  file: string | undefined,
) =>
  html`<section aria-labelledby="add"><h2 id="add">Add it to the draft</h2>!${draftForm(
    person,
    draft,
    address,
    html`<p><label for="title">What it shows, and why it should be so</label><br><textarea id="title" name="title" rows="${String(TEXT_LINES)}" cols="60" required maxlength="200" aria-describedby="title-hint">${String(given['title'] ?? '')}</textarea></p>
<p class="hint" id="title-hint">One sentence, such as “A membership that ends on the first day of the enrollment counts”. Name nobody.</p>
<p><label for="cites">The published sentence that says so</label><br><select id="cites" name="cites"><option value="">none, or not published yet</option>!${pages.map(
      ({ page, elements }) =>
        html`<optgroup label="${page}">!${elements.flatMap(({ sentences }) =>
          sentences.flatMap(({ id, about, needsNone, needsNoExample }) =>
            needsNone === undefined && needsNoExample === undefined
              ? html`<option value="${id}"!${given['cites'] === id ? ' selected' : ''}>${id}: ${about}</option>`
              : [],
          ),
        )}</optgroup>`,
    )}</select></p>
<p><button>Add the example</button></p><p class="hint">It goes into <code>${file ?? 'a new file'}</code>, and can be changed or taken out there.</p>`,
  )}</section>`;

const ROW = ['academicYear', 'of', 'reportingLEA', 'school', 'grade', 'runDate'] as const;

function queryOf({ query }: Visit): string {
  return new URLSearchParams(
    ROW.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]] as [string, string]])),
  ).toString();
}

async function shownTo(visit: Visit, given: Form): Promise<Shown> {
  const asked = queryOf(visit);
  const [draft, made, sentences] = await Promise.all([
    askDraft(visit),
    visit.ask<ShownMadeExample>(`${draftRoute(visit)}/students/${visit.part('ssid')}/example?${asked}`),
    visit.ask<ShownLedger>(`/v1/rulebook/ledger?draft=${visit.part('id')}`),
  ]);
  return {
    person: visit.person,
    draft,
    address: `/drafts/${visit.part('id')}/students/${visit.part('ssid')}/example?${asked}`,
    made: made.body,
    sentences: sentences.body,
    given,
  };
}

/** The file with the example in it, and where. */
async function withExample(
  visit: Visit,
  { made, given }: Shown,
): Promise<{ file: string; text: string; pointer: string }> {
  const { of, name, example, file: known, pointer: list = '/cases' } = made;
  const cites = String(given['cites'] ?? '');
  const item = spaced({
    title: String(given['title'] ?? '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    ...(cites !== '' && { cites: [cites] }),
    ...example,
  });
  if (known === undefined) {
    const text = `{ "$schema": "../../schemas/grammar/examples.schema.json",\n  "of": ${JSON.stringify(of)}, "title": ${JSON.stringify(name === '' ? of : name)},\n  "cases": [\n    ${item}\n  ]\n}\n`;
    return { file: `rules/examples/${of}-from-students.json`, text, pointer: '/cases/0' };
  }
  const before = await draftText(visit, known);
  const text = withItemAdded(before, list, item);
  const cases = list
    .split('/')
    .slice(1)
    .reduce<unknown>((json, key) => (json as Record<string, unknown> | undefined)?.[key], JSON.parse(before));
  if (text === undefined || !Array.isArray(cases)) throw new RefusedError(NO_LIST);
  return { file: known, text, pointer: `${list}/${String(cases.length)}` };
}

const NO_LIST: Refusal = {
  status: 409,
  code: 'CENR_REQUEST_INVALID',
  title: 'The file of examples cannot be changed as it is',
  fix: 'Correct the file as text first: its list of cases cannot be found.',
};

export const exampleFromStudent: readonly Page[] = [
  {
    path: '/drafts/:id/students/:ssid/example',
    get: async (visit) => view(await shownTo(visit, {})),
    async post(visit) {
      const shown = await shownTo(visit, visit.form);
      try {
        const { file, text, pointer } = await withExample(visit, shown);
        await changeDraft(visit, 'PUT', `/files/${filePath(file)}`, text);
        return visit.go(
          `/drafts/${visit.part('id')}/examples/case?${new URLSearchParams({ file, pointer }).toString()}`,
        );
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        visit.reply.code(error.refusal.status);
        return view({ ...shown, refusal: error.refusal });
      }
    },
  },
];
