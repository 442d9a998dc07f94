/** The places of a rule file as fields, whatever file it is: what stands there, in words, and what can be done with it. */
import { FIELDS } from '#authoring/forms/apply';
import { type FormNode, nodesIn } from '#authoring/forms/form';
import { spaced } from '#base/json-edits';
import { lineHtml } from '#base/page/html';
import { capital, cut } from '#base/text';
import { html } from '../html.ts';
import type { ShownKnown } from './shown.ts';

export interface FormShown {
  readonly known: ShownKnown;
  /** Where the form is; a place in it is opened by `?at=`. */
  readonly address: string;
  /** What was typed, where it was not kept. */
  readonly given: (name: string) => string | undefined;
  readonly unread: readonly { readonly pointer: string; readonly message: string }[];
  /** Things in lists are named, and opened one by one. */
  readonly isFolded: boolean;
  readonly mayEdit: boolean;
}

/** More places than these are not put on one page. */
const MOST_PLACES = 90;
/** A list of more things than these only names them: what can be done with one is on the page of its own. */
const MOST_WITH_DEEDS = 40;
const LONG_TEXT = 48;
const LIST_ROWS = 4;
const MOST_ROWS = 8;
const MOST_SUMMARY = 2;

export function isLong(root: FormNode): boolean {
  let count = 0;
  for (const _ of nodesIn(root)) if (++count > MOST_PLACES) return true;
  return false;
}

/** What kinds of things are called; what is not here is called as the grammar calls it. */
const KINDS: Readonly<Record<string, string>> = {
  all: 'all of these',
  any: 'at least one of these',
  not: 'not this',
  fact: 'a comparison',
  reference: 'looked up',
  string: 'a text',
  array: 'a list of texts',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  from: 'a look into records',
  calculate: 'a calculation',
};

/** `firstDayOfMonth` as `first day of month`, and `reportingLEA` as `reporting LEA`. */
export const spoken = (name: string): string =>
  name
    .split(/(?<=[a-z])(?=[A-Z])/)
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ');

const kindWords = (kind: string): string => KINDS[kind] ?? spoken(kind);

const idOf = (pointer: string): string => `at${pointer}`;

export const anchorOf = (pointer: string): string => `#${encodeURI(idOf(pointer))}`;

const listId = (name: string): string => `list-${name.replaceAll(' ', '-')}`;

/** A browser shows no more of what it proposes. */
const MOST_PROPOSED = 45;

/** The names that places may have, for the browser to propose. */
export function nameLists({ names, lists }: ShownKnown, form: FormNode): string {
  const used = new Set([...nodesIn(form)].map(({ pointer }) => lists[pointer]));
  return html`!${Object.entries(names)
    .filter(([name]) => used.has(name))
    .map(
      ([name, of]) =>
        html`<datalist id="${listId(name)}">!${of.map(({ name: own, says }) => html`<option value="${own}">${cut(says ?? '', MOST_PROPOSED)}</option>`)}</datalist>`,
    )}`;
}

const isSimple = ({ input }: FormNode): boolean => input !== 'object' && input !== 'list';

/** What people call a place. */
const wordsOf = ({ key, title }: Pick<FormNode, 'key' | 'title'>): string => title ?? capital(spoken(key));

const titleOf = (node: FormNode): string =>
  /^\d+$/.test(node.key) && node.among !== undefined ? `${Number(node.key) + 1}` : wordsOf(node);

/** What is wrong at a place, or in what was typed for it. */
function wrongAt(node: FormNode, { known, unread }: FormShown): string {
  const own = [...known.findings, ...unread].filter((found) => found.pointer === node.pointer);
  const said = new Set(own.map(({ message }) => wrongWords(node, message)));
  return own.length === 0 ? '' : html`<strong class="wrong">!${[...said].map((words) => html`${words} `)}</strong>`;
}

/** What is wrong at a place, for people: what the grammar calls a pattern is what its description says. */
export function wrongWords({ value, description }: FormNode, message: string): string {
  if (value === '') return 'Nothing is written here yet.';
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return 'Nothing is in it yet.';
  if (/must match pattern/.test(message) && description !== undefined)
    return `Found “${String(value)}”. Expected: ${description}`;
  return `${capital(message)}.`;
}

/** The same where it stands apart from its place: with the names of the places that it is in. */
export function wrongApart(form: FormNode, pointer: string, message: string): string {
  const around = [...nodesIn(form)].filter(
    (node) => node.pointer === pointer || pointer.startsWith(`${node.pointer}/`),
  );
  const node = around.at(-1);
  if (!node || node.pointer !== pointer) return `${capital(message)}.`;
  const names = around.filter(({ key, input }) => key !== '' && input !== 'list').map(titleOf);
  return names.length === 0 ? wrongWords(node, message) : `${names.slice(-2).join(', ')}: ${wrongWords(node, message)}`;
}

/** One whose words are its value needs none beside them. */
const option = (value: string, chosen: string, words = value): string =>
  html`<option!${words === value ? '' : html` value="${value}"`}!${value === chosen ? ' selected' : ''}>${words}</option>`;

function select(name: string, values: readonly string[], chosen: string, words: (value: string) => string): string {
  const all = values.includes(chosen) ? values : [chosen, ...values];
  return html`<select id="${name}" name="${name}">!${all.map((value) => option(value, chosen, words(value)))}</select>`;
}

/** The field of a place that holds no other places. */
function field(node: FormNode, shown: FormShown): string {
  const { pointer, input, value, choices = [], choiceWords = {} } = node;
  const { known, given } = shown;
  const name = `${FIELDS.value}${pointer}`;
  const typed = given(name);
  if (input === 'fixed') return html`<output id="${name}">${String(value)}</output>`;
  if (input === 'flag') return select(name, ['true', 'false'], typed ?? String(value), (one) => one);
  if (input === 'choice')
    return select(
      name,
      known.operators[pointer] ?? choices,
      typed ?? String(value),
      (one) => choiceWords[one] ?? spoken(one),
    );
  if (input === 'lines' || input === 'json') {
    const text = typed ?? (input === 'lines' ? (value as string[]).join('\n') : spaced(value));
    const rows = Math.max(1, Math.min(LIST_ROWS, text.split('\n').length));
    return html`<textarea id="${name}" name="${name}" rows="${String(rows)}" cols="28" spellcheck="false">
${text}</textarea>`;
  }
  const text = typed ?? String(value);
  const list = known.lists[pointer];
  if (list === undefined && text.length > LONG_TEXT)
    return html`<textarea id="${name}" name="${name}" rows="${String(Math.min(MOST_ROWS, Math.ceil(text.length / LONG_TEXT)))}" cols="60">
${text}</textarea>`;
  const size = Math.max(input === 'number' ? 4 : 12, Math.min(LONG_TEXT, text.length + 2));
  return html`<input id="${name}" name="${name}" value="${text}" size="${String(size)}" autocomplete="off"!${list === undefined ? '' : html` list="${listId(list)}"`}!${input === 'number' ? ' inputmode="numeric"' : ''}>`;
}

/** What else may stand at a place. Nothing is offered that would lose what is in it. */
function kindField(node: FormNode, { given }: FormShown): string {
  const { kinds = [], kind, wraps = [], pointer } = node;
  const offered = kind !== undefined && wraps.includes(kind) ? wraps : kinds;
  // A file does not become another kind of file by a choice that is easily made by mistake.
  if (kind === undefined || offered.length < 2 || pointer === '') return '';
  const name = `${FIELDS.kind}${pointer}`;
  const isKind = !isSimple(node);
  return html`<span class="kind"><label for="${name}"!${isKind ? '' : ' class="unseen"'}>${wraps.length > 0 ? 'Holds when' : 'Kind'}<span class="unseen"> of ${titleOf(node)}</span></label> !${select(name, offered, given(name) ?? kind, kindWords)}</span>`;
}

/** What the name at a place means, where that is said in a few words: a column has its published name. */
function meaningOf({ pointer, value }: FormNode, { lists, names }: ShownKnown): string | undefined {
  const says = names[lists[pointer] ?? '']?.find(({ name }) => name === value)?.says;
  return says !== undefined && says.length <= MOST_NAME ? says : undefined;
}

function simple(node: FormNode, shown: FormShown, hint = false): string {
  const name = `${FIELDS.value}${node.pointer}`;
  const { description } = node;
  const meant = meaningOf(node, shown.known);
  return html`<div class="place-field" id="${idOf(node.pointer)}"><label for="${name}">${titleOf(node)}</label> !${field(node, shown)} !${meant === undefined ? '' : html`<small>${meant}</small> `}!${kindField(node, shown)}!${deeds(node, shown)}!${wrongAt(node, shown)}!${hint && description !== undefined ? html`<small>${description}</small>` : ''}</div>`;
}

const button = (deed: string, words: string, about: string): string =>
  html`<button name="do" value="${deed}">${words}<span class="unseen"> ${about}</span></button>`;

/** What can be done with a place as a whole. */
function deeds(node: FormNode, shown: FormShown): string {
  const { pointer, among, isOptional, wraps = [], inner } = node;
  if (!shown.mayEdit) return '';
  const about = nameOf(node, shown);
  const index = Number(node.key);
  const isItem = among !== undefined;
  const buttons = [
    ...(isItem && index > 0 ? [button(`up ${pointer}`, 'Move up', about)] : []),
    ...(isItem && index < among - 1 ? [button(`down ${pointer}`, 'Move down', about)] : []),
    ...wraps.map((kind) => button(`wrap ${pointer} ${kind}`, `Put into “${kindWords(kind)}”`, about)),
    ...(inner === undefined ? [] : [button(`unwrap ${pointer}`, 'Leave only what is in it', about)]),
    ...(isItem && !isSimple(node) ? [button(`copy ${pointer}`, 'Another like this', about)] : []),
    ...(isOptional ? [button(`remove ${pointer}`, 'Take out', about)] : []),
  ];
  if (buttons.length === 0) return '';
  const deedsWords = [
    ...(isItem ? ['move', ...(isSimple(node) ? [] : ['copy'])] : []),
    ...(wraps.length > 0 ? ['wrap'] : []),
    ...(isOptional ? ['take out'] : []),
  ];
  return buttons.length === 1
    ? html` <span class="deeds quiet">!${buttons}</span>`
    : html`<details class="deeds"><summary>${capital(deedsWords.join(', '))}<span class="unseen"> ${about}</span></summary><p>!${buttons}</p></details>`;
}

/** What a place is called among others: its sentence, or what it says first. */
export function nameOf(node: FormNode, shown: Pick<FormShown, 'known'>): string {
  const name = wholeName(node, shown);
  return name.length > MOST_NAME ? `${name.slice(0, MOST_NAME)}…` : name;
}

/** A name is said with every button: longer ones tire who hears them, and make pages large. */
const MOST_NAME = 60;

function wholeName(node: FormNode, { known }: Pick<FormShown, 'known'>): string {
  const said = known.words[node.pointer];
  const own = node.children
    .filter((child) => child.input === 'text' && child.value !== '')
    .slice(0, MOST_SUMMARY)
    .map(({ value }) => String(value))
    .join(': ');
  if (node.among === undefined) return said ?? titleOf(node);
  return (node.definition === 'condition' ? said : undefined) ?? (own || `${titleOf(node)}`);
}

/** What can be added to a place. */
function additions(node: FormNode, shown: FormShown): string {
  const { pointer, more, takesNames, input, children, itemDefinition } = node;
  if (!shown.mayEdit) return '';
  const what = itemDefinition === undefined ? `“${wordsOf(node)}”` : spoken(itemDefinition);
  if (input === 'list')
    return shown.isFolded && children.length > 0
      ? html`<p class="deeds">!${button(`first ${pointer}`, 'Add at the beginning', `of ${titleOf(node)}`)}!${button(`add ${pointer}`, 'Add at the end', `of ${titleOf(node)}`)}</p>`
      : html`<p class="deeds">!${button(`add ${pointer}`, itemDefinition === undefined ? `Add to ${what}` : `Add a ${what}`, '')}</p>`;
  const name = `${FIELDS.name}${pointer}`;
  const list = shown.known.lists[pointer];
  const names = takesNames
    ? html`<p class="deeds"><label for="${name}">Another name<span class="unseen"> in ${titleOf(node)}</span></label> <input id="${name}" name="${name}" value="${shown.given(name) ?? ''}" size="20" autocomplete="off"!${list === undefined ? '' : html` list="${listId(list)}"`}> !${button(`add ${pointer}`, 'Add it', `to ${titleOf(node)}`)}</p>`
    : '';
  if (more.length === 0) return names;
  return html`!${names}<details class="deeds"><summary>Add: ${more.map(wordsOf).join('; ')}<span class="unseen"> to ${nameOf(node, shown)}</span></summary><ul>!${more.map(
    (one) =>
      html`<li>!${button(`add ${pointer} ${one.key}`, wordsOf(one), `to ${nameOf(node, shown)}`)} <small>${one.description ?? ''}</small></li>`,
  )}</ul></details>`;
}

/** So many places fit beside others. */
const FEW = 10;

/** Whether a place fits into a line with others. */
function isSmall(node: FormNode): boolean {
  const all = [...nodesIn(node)];
  return node.wraps === undefined && all.length <= FEW && all.every(({ input }) => input !== 'list');
}

/** What is to be seen of an object: what cannot be anything else is not. */
const seen = (node: FormNode): FormNode[] => node.children.filter(({ input }) => input !== 'fixed');

/** The one thing in a place that has nothing else, and can have nothing else. */
function onlyIn(node: FormNode): FormNode | undefined {
  const [only, ...others] = seen(node);
  const isBare = node.more.length === 0 && !node.takesNames && !node.isOptional && node.kinds === undefined;
  return only && others.length === 0 && isBare && node.among === undefined ? only : undefined;
}

/** A place that holds others. */
function holding(node: FormNode, shown: FormShown, depth: number): string {
  const only = depth === 0 ? undefined : onlyIn(node);
  if (only) return html`<div id="${idOf(node.pointer)}">!${wrongAt(node, shown)}!${place(only, shown, depth)}</div>`;
  const children = seen(node);
  const [inside] = children;
  // What a group holds needs no name: each has its own sentence, and the outermost group says them all.
  const isGroup = node.wraps !== undefined && children.length === 1 && inside !== undefined && !isSimple(inside);
  const said = isGroup && IN_A_GROUP.test(node.pointer) ? undefined : shown.known.words[node.pointer];
  const inLine = children.filter((child) => !isGroup && (isSimple(child) || isSmall(child)));
  const below = children.filter((child) => !isGroup && !inLine.includes(child));
  return html`<div class="place" role="group" aria-label="${nameOf(node, shown)}" id="${idOf(node.pointer)}">
!${node.among !== undefined || depth === 0 || node.key === '' ? '' : html`<p class="key">${titleOf(node)}</p>`}
!${said === undefined ? '' : html`<p class="says">!${lineHtml(capital(said))}</p>`}!${wrongAt(node, shown)}
<div class="place-fields">!${kindField(node, shown)}!${inLine.map((child) => place(child, shown, depth + 1))}</div>
!${isGroup ? groupInside(inside, shown, depth) : ''}!${below.map((child) => place(child, shown, depth + 1))}
<div class="place-fields">!${additions(node, shown)}!${depth === 0 && node.among === undefined ? '' : deeds(node, shown)}</div></div>`;
}

/** A condition in another, whose sentence says it too. */
const IN_A_GROUP = /\/(?:all\/\d+|any\/\d+|not)$/;

/** What a group holds: without a name of its own, the group has said it. */
const groupInside = (node: FormNode, shown: FormShown, depth: number): string =>
  node.input === 'list' ? listed(node, shown, depth) : place({ ...node, key: '' }, shown, depth + 1);

function listed(node: FormNode, shown: FormShown, depth: number): string {
  const isFolded = shown.isFolded && node.children.some((child) => !isSimple(child));
  const items = node.children.map((child) =>
    isFolded
      ? html`<div class="place" id="${idOf(child.pointer)}"><a href="${shown.address}?at=${encodeURIComponent(child.pointer)}">${wholeName(child, shown)}</a>!${wrongWithin(child, shown)}!${node.children.length > MOST_WITH_DEEDS ? '' : deeds(child, shown)}</div>`
      : place(child, shown, depth + 1),
  );
  return html`!${wrongAt(node, shown)}<ol class="nest" id="${idOf(node.pointer)}">!${items.map((item) => html`<li>!${item}</li>`)}</ol>!${additions(node, shown)}`;
}

const wrongWithin = ({ pointer }: FormNode, { known }: FormShown): string =>
  known.findings.some((found) => found.pointer.startsWith(`${pointer}/`) || found.pointer === pointer)
    ? html` <strong class="wrong">Something is wrong in it.</strong>`
    : '';

/** A place with all that is in it. */
export function place(node: FormNode, shown: FormShown, depth = 0): string {
  if (isSimple(node)) return simple(node, shown, depth <= 1 && node.description !== undefined);
  if (node.input === 'list')
    return html`<div class="place" role="group" aria-label="${titleOf(node)}"><p class="key">${titleOf(node)}</p>!${depth <= 1 && node.description !== undefined ? html`<p class="hint">${node.description}</p>` : ''}!${listed(node, shown, depth)}!${deeds(node, shown)}</div>`;
  return holding(node, shown, depth);
}
