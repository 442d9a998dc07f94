/**
 * `/access-log`: who looked at what; `/access-log/students/SSID`: who has seen this student. Filters stand in the address,
 * a student in its path only. What is typed is sent by POST and led on from there.
 */
import { ACTION_WORDS, ACTIONS } from '#audit/access-log/actions';
import { MOST_PURPOSE } from '#audit/access-log/purpose';
import type { AccessLogAnswer, FoundAccess, LogVerification } from '#service/schemas/access-log';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, refusalBox, select, table, tokenField } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, type Params, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { moment, number } from '../words.ts';
import { LOG_PATH } from './addresses.ts';
import { knownOfLog, logPart } from './log-complete.ts';

/** On one page. */
const MOST = 100;

/** What can stand in the address. */
const FILTERS = ['who', 'from', 'through', 'purpose', 'action'] as const;

export const whoSawAddress = (ssid: string): string => `${LOG_PATH}/students/${encodeURIComponent(ssid)}`;

interface Shown {
  readonly person: Person;
  readonly ssid?: string | undefined;
  /** Filters that are not blank. */
  readonly filters: Params;
  /** Whether the search began before this page. */
  readonly goesOn: boolean;
  readonly answer?: AccessLogAnswer | undefined;
  /** Absent for whoever does not see all LEAs. */
  readonly verification?: LogVerification | undefined;
  readonly refusal?: Refusal | undefined;
}

export function view({ person, ssid, filters, goesOn, answer, verification, refusal }: Shown): string {
  return frame({
    title: ssid === undefined ? 'Who looked at what?' : 'Who has seen this student?',
    person,
    ...(ssid !== undefined && { above: [['Access log', LOG_PATH] as const] }),
    main: html`!${answer ? html`<p class="answer">${answerOf(ssid, answer, goesOn)}</p>` : ''}
!${refusal ? refusalBox(refusal) : ''}!${ssid === undefined ? '' : purposeAsked(person)}
!${searchForm(person, ssid, filters)}
!${answer ? foundPart(ssid, filters, answer) : ''}!${ssid === undefined && answer ? logPart(person, verification, LOG_PATH) : ''}`,
  });
}

const some = (count: number, one: string, more: string): string => `${number(count)} ${count === 1 ? one : more}`;

const isAnswered = ({ status = 0 }: FoundAccess): boolean => status < 400;

function answerOf(asked: string | undefined, { entries, searched, numbers }: AccessLogAnswer, goesOn: boolean): string {
  const [ssid = asked, ...former] = numbers ?? [];
  const also = former.length === 0 ? '' : ` (or ${former.join(' or ')}, which it replaces)`;
  const isAll = searched.isAll && !goesOn;
  const where = isAll ? '' : ' in the part of the log that is shown here';
  if (ssid === undefined)
    return entries.length === 0
      ? `No request like this${where}.`
      : `${some(entries.length, 'request', 'requests')}${isAll ? '' : where}, newest first.`;
  const saw = entries.filter((entry) => isAnswered(entry) && entry.held !== 'maybe');
  const perhaps = entries.filter((entry) => isAnswered(entry) && entry.held === 'maybe').length;
  const people = new Set(saw.map(({ who }) => who?.id)).size;
  const may =
    perhaps === 0
      ? ''
      : ` Of ${some(perhaps, 'more request', 'more requests')} nobody can tell any more: what would was deleted.`;
  return saw.length === 0
    ? `Nobody has seen SSID ${ssid}${also}${where}.${may}`
    : `${some(people, 'person or key has', 'people or keys have')} seen SSID ${ssid}${also}${where}, in ${some(saw.length, 'request', 'requests')}.${may}`;
}

function searchForm(person: Person, ssid: string | undefined, filters: Params): string {
  const input = (name: string, label: string, more: string): string =>
    html`<span class="log-field"><label for="log-${name}">${label}</label> <input id="log-${name}" name="${name}" value="${filters[name] ?? ''}" autocomplete="off"!${more}></span> `;
  const form = html`<form method="post" action="${LOG_PATH}" class="search log-search">!${tokenField(person)}
<span class="log-field"><label for="ssid">SSID</label> <input id="ssid" name="ssid" value="${ssid ?? ''}" inputmode="numeric" pattern="[0-9]{10}" size="12" autocomplete="off"></span>
!${input('who', 'Person or key', ' maxlength="128" size="16"')}!${input('from', 'From', ' type="date"')}!${input('through', 'Through', ' type="date"')}!${input('purpose', 'Words of the purpose', html` maxlength="${String(MOST_PURPOSE)}" size="16"`)}
<span class="log-field">!${select(
    'action',
    'What was done',
    filters['action'] ?? '',
    { value: '', words: 'anything' },
    ACTIONS.map((value) => ({ value, words: ACTION_WORDS[value] })),
  )}</span>
<button>Search</button> !${ssid !== undefined || Object.keys(filters).length > 0 ? html`<a href="${LOG_PATH}">Everything</a>` : ''}</form>`;
  if (ssid === undefined) return form;
  const isOpen = Object.keys(filters).length > 0;
  return html`<details!${isOpen ? ' open' : ''}><summary>Search by person, day, purpose, or for another student</summary>!${form}</details>`;
}

const addressOf = (ssid: string | undefined, filters: Params): string => {
  const query = new URLSearchParams(filters).toString();
  return `${ssid === undefined ? LOG_PATH : whoSawAddress(ssid)}${query === '' ? '' : `?${query}`}`;
};

function foundPart(ssid: string | undefined, filters: Params, answer: AccessLogAnswer): string {
  const { entries, next } = answer;
  return html`!${
    entries.length === 0
      ? ''
      : table(
          'Requests, newest first',
          [
            { name: 'When' },
            { name: 'Who' },
            { name: 'What was done' },
            ...(ssid === undefined ? [] : [{ name: 'This student' }]),
            { name: 'About' },
            { name: 'Purpose' },
            { name: 'Answer' },
          ],
          entries.map((entry) => line(entry, answer.numbers?.[0] ?? ssid)),
        )
  }
<section aria-labelledby="searched"><h2 id="searched">What was searched</h2>!${searchedWords(answer)}
!${next === undefined ? '' : html`<p><a class="button" href="${addressOf(ssid, { ...filters, after: next })}">Search further back</a></p>`}
<p class="hint">Looking into the log stands in the log itself. A page asks for several things at once, each an entry of its own.</p>
<p class="hint">Is the log complete? Each entry has the hash of the one before it, so that a change, a gap or a removal shows when the log is verified!${ssid === undefined ? ', as below' : html` on the page <a href="${LOG_PATH}#complete">Access log</a>`}; <code>cenr audit verify</code> does the same without the service.</p></section>`;
}

const HELD: Readonly<Record<NonNullable<FoundAccess['held']>, string>> = {
  named: 'asked for by SSID',
  yes: 'among others in the answer',
  maybe: 'cannot be told any more',
};

function line(entry: FoundAccess, ssid: string | undefined): Cell[] {
  const { time, who, does = '', event, held, purpose = '', status, refusal, number: no, chain } = entry;
  return [
    {
      html: html`<span title="${chain === undefined ? '' : `chain ${chain}, `}log entry ${number(no)}">${moment(time)}</span>`,
    },
    whoCell(entry),
    event ?? (who || status !== undefined ? does : ''),
    ...(ssid === undefined ? [] : [held ? HELD[held] : '']),
    { html: aboutCell(entry, ssid) },
    purpose,
    status === undefined
      ? ''
      : isAnswered(entry)
        ? 'given'
        : status === 404
          ? 'not found'
          : `refused, ${refusal ?? String(status)}`,
  ];
}

const whoCell = ({ who, event }: FoundAccess): Cell =>
  who
    ? { html: html`${who.name ?? 'no longer known'}<br><small>${who.role}, <code>${who.id}</code></small>` }
    : event === undefined
      ? 'no known key'
      : 'the service';

/** Names of what a request names, as people say them. */
const NAMES: Readonly<Record<string, string>> = {
  ssid: 'SSID',
  rulebook: 'version',
  impact: 'impact report',
};

/** What the reader can open. */
const PLACES: Readonly<Record<string, string>> = { extract: '/extracts/', upload: '/uploads/', draft: '/drafts/' };

function aboutCell({ named }: FoundAccess, ssid: string | undefined): string {
  return Object.entries(named)
    .filter(([what, value]) => what !== 'ssid' || value !== ssid)
    .map(([what, value]) => {
      const place = PLACES[what];
      const shown =
        place === undefined
          ? html`<code>${value}</code>`
          : html`<a href="${place}${encodeURIComponent(value)}"><code>${value}</code></a>`;
      return html`<div>${NAMES[what] ?? what} !${shown}</div>`;
    })
    .join('');
}

/** What was read of one of the chains that services write beside each other. */
const chainRead = ({ chain, newest, oldest }: NonNullable<AccessLogAnswer['searched']['chains']>[number]): string => {
  const name = chain === undefined ? 'the log from before' : `chain ${chain}`;
  return newest === undefined || oldest === undefined ? name : `${name} from ${number(newest)} to ${number(oldest)}`;
};

function searchedWords({ searched }: AccessLogAnswer): string {
  const { entries, newest, oldest, oldestAt, chains = [], unreadable, missing, before, isAll } = searched;
  const were = `${some(entries, 'log entry was', 'log entries were')} read`;
  const read =
    oldestAt === undefined
      ? 'No log entry is there to be read.'
      : newest === undefined || oldest === undefined
        ? `${were}, back to ${moment(oldestAt)}: ${chains.map(chainRead).join('; ')}.`
        : `${were}: from ${number(newest)} back to ${number(oldest)}, of ${moment(oldestAt)}.`;
  return html`<p>${read} ${isAll ? 'There is nothing older to search.' : 'Older ones were not read yet.'}</p>
!${unreadable === 0 ? '' : html`<p class="warned">${some(unreadable, 'line is', 'lines are')} no valid log entry, and could not be searched: changed, or cut off. Verify the log to learn more.</p>`}
!${missing === 0 ? '' : html`<p class="warned">${some(missing, 'log entry is', 'log entries are')} missing between these. Verify the log to learn more.</p>`}
!${before === 0 ? '' : html`<p class="warned">${some(before, 'older log entry is', 'older log entries are')} not here: the files were moved to another folder, or removed. Whoever runs the service lists them with <code>cenr audit list --archive</code>.</p>`}`;
}

/** Ten digits in a row may be a student's number, which no query is to hold. */
const LIKE_SSID = /\d{10}/;

const NO_STUDENT_HERE: Refusal = {
  status: 400,
  code: 'CENR_REQUEST_INVALID',
  title: 'A student is searched for by SSID',
  detail: 'Found ten digits in a row in another field.',
  fix: 'Write an SSID into the field SSID.',
};

const NO_SSID: Refusal = {
  status: 400,
  code: 'CENR_REQUEST_INVALID',
  title: 'This is not an SSID',
  detail: 'Expected ten digits.',
  fix: 'Write the SSID as the extract has it.',
};

const filtersOf = (given: Readonly<Record<string, unknown>>): Params =>
  Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = String(given[name] ?? '').trim();
      return value === '' ? [] : [[name, value] as const];
    }),
  );

async function found(visit: Visit): Promise<string> {
  const { person, query, params } = visit;
  const { ssid } = params;
  const filters = filtersOf(query);
  const after = query['after'];
  const shown = { person, ssid, filters, goesOn: after !== undefined };
  const payload = {
    ...filters,
    limit: MOST,
    ...(ssid !== undefined && { ssid }),
    ...(after !== undefined && { after }),
  };
  try {
    const asked = { method: 'POST', url: '/v1/access-log/search', payload } as const;
    const { body: answer } = await visit.ask<AccessLogAnswer>(asked);
    return view({ ...shown, answer, verification: ssid === undefined ? await knownOfLog(visit) : undefined });
  } catch (error) {
    if (!(error instanceof RefusedError) || error.refusal.status !== 400) throw error;
    visit.reply.code(400);
    return view({ ...shown, refusal: error.refusal });
  }
}

export const accessLog: Page = {
  path: LOG_PATH,
  get: found,
  async post(visit) {
    const { person, form, reply } = visit;
    const filters = filtersOf(form);
    const ssid = String(form['ssid'] ?? '').replaceAll(/\s/g, '');
    const refusal =
      ssid !== '' && !/^\d{10}$/.test(ssid)
        ? NO_SSID
        : Object.values(filters).some((value) => LIKE_SSID.test(value))
          ? NO_STUDENT_HERE
          : undefined;
    if (!refusal) return visit.go(addressOf(ssid === '' ? undefined : ssid, filters));
    reply.code(refusal.status);
    return view({ person, ssid: ssid === '' ? undefined : ssid, filters, goesOn: false, refusal });
  },
};

export const whoSaw: Page = { path: `${LOG_PATH}/students/:ssid`, get: found };
