/** `/ssids/waiting`: enrollments that wait for an SSID; those that are chosen are matched. */
import type { WaitingList } from '#service/schemas/waiting';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { refusalBox, table, tokenField } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { day, number } from '../words.ts';
import { PLACE, personWords } from './shown.ts';

const WAITING = '/ssids/waiting';
export const WAITING_TITLE = 'Which records wait for an SSID?';
const RECORD = 'record';

export const view = (person: Person, { total, waiting, next }: WaitingList, refusal = ''): string =>
  frame({
    title: WAITING_TITLE,
    person,
    above: [PLACE],
    main: html`!${refusal}<p class="answer">${
      total === 0
        ? 'No record waits: every enrollment that was loaded has an SSID.'
        : `${number(total)} ${total === 1 ? 'enrollment was' : 'enrollments were'} loaded without an SSID, and ${total === 1 ? 'is' : 'are'} in no extract.`
    }</p>
!${
      waiting.length === 0
        ? ''
        : html`<p>Choose whom you look for. Each is compared with everybody in the store, and you choose the number next; the file is not sent again.</p>
!${purposeAsked(person)}
<form method="post" action="${WAITING}">!${tokenField(person)}
!${table(
            'In the order in which they were loaded',
            [
              ...[{ name: 'Choose' }, { name: 'Student' }, { name: 'Local Student ID' }, { name: 'Reporting LEA' }],
              ...[{ name: 'School of Attendance' }, { name: 'Grade' }, { name: 'Enrollment Start Date' }],
              { name: 'Loaded' },
            ],
            waiting.map(
              ({ id, person: who, localStudentID, reportingLEA, school, grade, enrollmentStartDate, uploaded }) => [
                {
                  html: html`<input type="checkbox" name="${RECORD}" value="${id}" aria-label="${personWords(who)}">`,
                },
                ...[
                  personWords(who),
                  localStudentID,
                  reportingLEA,
                  school,
                  grade,
                  day(enrollmentStartDate),
                  day(uploaded),
                ],
              ],
            ),
          )}
<p><button>Look who they are</button> <button name="all" value="yes">Look who all ${number(total)} are</button></p></form>
!${next === undefined ? '' : html`<p><a href="${pageAt(next).replace('/ssid/', '/ssids/')}">More of them</a></p>`}`
    }`,
  });

const NOTHING = refusalBox({
  status: 400,
  code: 'CENR_REQUEST_INVALID',
  title: 'Nobody was chosen',
  fix: 'Choose at least one student, or look who all of them are.',
});

const listed = (visit: Visit): Promise<WaitingList> => visit.list<WaitingList>('/v1/ssid/waiting', MOST_LISTED);

export const waiting: Page = {
  path: WAITING,
  get: async (visit) => view(visit.person, await listed(visit)),
  async post(visit) {
    const { all, [RECORD]: chosen = [] } = visit.form;
    const records = [chosen].flat();
    const refuse = async (status: number, refusal: string): Promise<string> => {
      visit.reply.code(status);
      return view(visit.person, await listed(visit), refusal);
    };
    if (all === undefined && records.length === 0) return refuse(NOTHING_STATUS, NOTHING);
    try {
      const payload = all === undefined ? { records } : {};
      const { headers } = await visit.ask({ method: 'POST', url: '/v1/ssid/waiting/matches', payload });
      return visit.go(pageAt(String(headers.location)).replace('/ssid/', '/ssids/'));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return refuse(error.refusal.status, refusalBox(error.refusal));
    }
  },
};

const NOTHING_STATUS = 400;
