/** `/drafts/ID/check`: what breaks: findings, and examples that fail, each by the edit that makes it fail. */
import { LRUCache } from 'lru-cache';
import { withValue } from '#base/json-edits';
import { lineHtml } from '#base/page/html';
import { amount, capital, counted, plural } from '#base/text';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { number } from '../words.ts';
import { draftText, filePath, keepFiles } from './draft-files.ts';
import { askDraft, checkWords, draftForm, draftFrame, draftRoute, mayEdit } from './draft-frame.ts';
import { findingList } from './findings.ts';
import type { ShownCheck, ShownDraft } from './shown.ts';
import { mayChangeRules } from './words.ts';

type Failed = ShownCheck['examples']['failed'][number];

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly check?: ShownCheck | undefined;
  /** Texts of the files that findings are about, by path. */
  readonly texts?: ReadonlyMap<string, string>;
  readonly refusal?: Refusal | undefined;
}

export function view({ person, draft, check, texts = new Map(), refusal }: Shown): string {
  const address = `/drafts/${draft.id}/check`;
  return draftFrame({
    person,
    draft,
    title: 'What does this draft break?',
    step: 'check',
    refusal,
    main: html`<p class="answer">${check ? answerOf(check) : `${capital(checkWords(draft))}.`}</p>
!${
      mayChangeRules(person)
        ? draftForm(
            person,
            draft,
            address,
            html`<p><button name="do" value="check">${check ? 'Check again' : 'Check the draft'}</button></p><p class="hint">The check reads every file, runs all worked examples, and then makes small mistakes in what you changed, to see whether an example notices. It takes some seconds.</p>`,
          )
        : ''
    }
<p>More of what answers for the rules: <a href="/drafts/${draft.id}/examples">examples</a>, <a href="/drafts/${draft.id}/ledger">published sentences</a>, <a href="/drafts/${draft.id}/coverage">coverage</a>, <a href="/drafts/${draft.id}/mutants">mutants</a>.</p>
!${check ? examplesPart(person, draft, check) : ''}
!${check ? findingsPart(draft, check, texts) : ''}
!${check?.mutants ? mutantsPart(check.mutants) : ''}`,
  });
}

function answerOf({ canBeUsed, counts, examples: { run, failed, moreFailed } }: ShownCheck): string {
  if (!canBeUsed) return `The rules cannot be used: ${counted(counts.error, 'error')}.`;
  const fails = failed.length + moreFailed;
  const examples =
    fails === 0
      ? `All ${amount(run, 'example')} hold`
      : `${number(fails)} of ${amount(run, 'example')} ${fails === 1 ? 'fails' : 'fail'}`;
  const advice = `${counts.advice} ${plural(counts.advice, 'piece')} of advice`;
  return `${examples}. ${counted(counts.error, 'error')}, ${counted(counts.warning, 'warning')}, ${advice}.`;
}

const keyOf = ({ file, pointer }: Pick<Failed, 'file' | 'pointer'>): string => `${file} ${pointer}`;

/** The hidden field by which an example is said to be the change that somebody makes. */
const accepted = ({ file, pointer, expectedNow }: Failed): string =>
  html`<input type="hidden" name="example" value="${JSON.stringify({ file, pointer, expect: expectedNow })}">`;

function examplesPart(person: Person, draft: ShownDraft, { examples }: ShownCheck): string {
  const { failed, edits = [], moreFailed } = examples;
  if (failed.length === 0) return '';
  const mine = mayEdit(draft, person);
  const byKey = new Map(failed.map((one) => [keyOf(one), one]));
  const grouped = edits.map((edit) => ({
    edit,
    own: edit.examples.flatMap((example) => byKey.get(keyOf(example)) ?? []),
  }));
  const told = new Set(grouped.flatMap(({ own }) => own.map(keyOf)));
  const others = failed.filter((one) => !told.has(keyOf(one)));
  const many = (own: readonly Failed[]): string => {
    const can = own.filter(({ expectedNow }) => expectedNow);
    return mine && can.length > 1
      ? draftForm(
          person,
          draft,
          `/drafts/${draft.id}/check`,
          html`!${can.map(accepted)}<p><button name="do" value="accept">All ${String(can.length)} are the change I make</button></p>`,
        )
      : '';
  };
  const list = (own: readonly Failed[]): string =>
    html`<ul class="examples">!${own.map((one) => exampleItem(person, draft, one, mine))}</ul>`;
  return html`<section aria-labelledby="examples"><h2 id="examples">Examples that fail</h2>
<p>An example is a made-up student, and what should come of them. Is it what you want to change? Then say so, and it expects what comes of it now. If not, your change does more than it should: go back to <a href="/drafts/${draft.id}/edit">Edit</a>.</p>
!${grouped.map(
    ({ edit, own }) => html`<section class="edit"><h3>Your edit: !${lineHtml(edit.sentence)}</h3>
<p><a href="/drafts/${draft.id}/files/${filePath(edit.file)}">${edit.file}</a> line ${String(edit.line)}. It makes ${counted(edit.failed, 'example')} fail.</p>
!${many(own)}!${list(own)}</section>`,
  )}
!${others.length > 0 ? html`<section class="edit">!${grouped.length > 0 ? html`<h3>Other examples</h3>` : ''}!${many(others)}!${list(others)}</section>` : ''}
!${moreFailed > 0 ? html`<p class="hint">${number(moreFailed)} more fail.</p>` : ''}</section>`;
}

function exampleItem(person: Person, draft: ShownDraft, one: Failed, mine: boolean): string {
  const { file, of, title, message, expectedNow } = one;
  const what = /^\d+$/.test(of) ? `Field ${of}` : of;
  return html`<li><p><strong>${what}: <a href="/drafts/${draft.id}/examples/case?${new URLSearchParams({ file, pointer: one.pointer }).toString()}">${title}</a></strong></p><p>${capital(message)}.</p>
!${
    mine && expectedNow
      ? draftForm(
          person,
          draft,
          `/drafts/${draft.id}/check`,
          html`!${accepted(one)}<p><button name="do" value="accept">This is the change I make</button></p>`,
        )
      : mine
        ? html`<p class="hint">No other expectation would make it hold. Correct it, or the rules: <a href="/drafts/${draft.id}/files/${filePath(file)}">${file}</a></p>`
        : ''
  }</li>`;
}

function findingsPart(
  draft: ShownDraft,
  { findings, moreFindings }: ShownCheck,
  texts: ReadonlyMap<string, string>,
): string {
  if (findings.length === 0) return '';
  const byFile = [...Map.groupBy(findings, ({ file }) => file)];
  const rank = (found: ShownCheck['findings']): number =>
    found.some(({ severity }) => severity === 'error')
      ? 0
      : found.some(({ severity }) => severity === 'warning')
        ? 1
        : 2;
  return html`<section aria-labelledby="findings"><h2 id="findings">What the check says of the files</h2>
<p>Errors must go. Warnings and advice are for you to judge; some were there before.</p>
!${byFile
    .toSorted(([, a], [, b]) => rank(a) - rank(b))
    .map(
      ([file, own]) =>
        html`<details!${rank(own) === 0 ? ' open' : ''}><summary>${file}: ${counted(own.length, 'finding')}</summary><p><a href="/drafts/${draft.id}/files/${filePath(file)}">Edit the file</a></p>!${findingList(own, texts.get(file) ?? '')}</details>`,
    )}
!${moreFindings > 0 ? html`<p class="hint">${number(moreFindings)} more are not listed.</p>` : ''}</section>`;
}

function mutantsPart({ noticed, equivalent, survived, notTried }: NonNullable<ShownCheck['mutants']>): string {
  return html`<section aria-labelledby="mutants"><h2 id="mutants">Would an example notice a mistake in what you changed?</h2>
<p>Of the small mistakes that were made in it, ${number(noticed)} were noticed, ${number(equivalent)} make no difference, ${number(survived.length)} were not noticed, ${number(notTried)} were not tried.</p>
!${survived.length > 0 ? html`<p>Each of these asks for one more example:</p><ul>!${survived.map(({ of, says, file }) => html`<li>${of}: ${says} (<code>${file}</code>)</li>`)}</ul>` : ''}</section>`;
}

interface Accepted {
  readonly file: string;
  readonly pointer: string;
  readonly expect: unknown;
}

/** What a form of the page says of an example. */
function read(text: string): Accepted {
  try {
    return JSON.parse(text) as Accepted;
  } catch {
    throw new RefusedError({
      status: 400,
      code: 'CENR_REQUEST_INVALID',
      title: 'The form does not say which example is meant',
      fix: 'Check the draft again, and use the buttons beside the examples.',
    });
  }
}

/** Lets the examples that the form names expect what comes of them now. */
async function accept(visit: Visit): Promise<void> {
  const given = [visit.form['example'] ?? []].flat().map(read);
  const files = [...Map.groupBy(given, (one) => one.file)].map(async ([path, own]) => ({
    path,
    text: own.reduce(
      (now, { pointer, expect }) => withValue(now, `${pointer}/expect`, expect),
      await draftText(visit, path),
    ),
  }));
  await keepFiles(visit, await Promise.all(files));
}

/** Of so many drafts what the check said is shown again to whoever comes back. */
const MOST_REMEMBERED = 16;
const SAID = new WeakMap<object, LRUCache<string, ShownCheck>>();

/** What was said of drafts, by their files. */
function said({ app: { store } }: Visit): LRUCache<string, ShownCheck> {
  const known = SAID.get(store) ?? new LRUCache<string, ShownCheck>({ max: MOST_REMEMBERED });
  SAID.set(store, known);
  return known;
}

const nameFor = ({ id, rulebook }: ShownDraft): string => `${id} ${rulebook}`;

async function checked(visit: Visit): Promise<Shown> {
  const { body } = await visit.ask<ShownCheck>({ method: 'POST', url: `${draftRoute(visit)}/check` });
  const draft = await askDraft(visit);
  said(visit).set(nameFor(draft), body);
  return shownWith(visit, draft, body);
}

async function shownWith(visit: Visit, draft: ShownDraft, body: ShownCheck): Promise<Shown> {
  const files = [...new Set(body.findings.map(({ file }) => file))];
  // A file may be missing: that is what the finding says.
  const texts = await Promise.all(files.map((file) => draftText(visit, file).catch(() => '')));
  return {
    person: visit.person,
    draft,
    check: body,
    texts: new Map(files.map((file, i) => [file, texts[i] as string])),
  };
}

export const draftCheck: Page = {
  path: '/drafts/:id/check',
  async get(visit) {
    const draft = await askDraft(visit);
    const before = draft.checked && said(visit).get(nameFor(draft));
    return view(before ? await shownWith(visit, draft, before) : { person: visit.person, draft });
  },
  async post(visit) {
    try {
      if (visit.form['do'] === 'accept') await accept(visit);
      return view(await checked(visit));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view({ person: visit.person, draft: await askDraft(visit), refusal: error.refusal });
    }
  },
};
