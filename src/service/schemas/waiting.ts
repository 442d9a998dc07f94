/** Records that wait for an SSID, as they are shown. */
import { type Static, Type } from 'typebox';
import { closed } from '#base/shape';
import type { WaitingRecord } from '#pipeline/waiting-records';
import { PersonShown, personShown } from './matching.ts';
import { Next } from './page.ts';

const text = Type.String();

export const WaitingID = Type.String({ pattern: '^[0-9]{1,15}-[0-9]{1,10}$', description: 'Of a record that waits' });

const Waiting = Type.Object(
  {
    id: WaitingID,
    reportingLEA: text,
    school: text,
    grade: text,
    localStudentID: text,
    enrollmentStartDate: Type.String({ description: 'CCYYMMDD' }),
    uploaded: Type.String({ description: 'CCYYMMDD: the day on which it was loaded first' }),
    person: PersonShown,
  },
  closed,
);
export type Waiting = Static<typeof Waiting>;

export const WaitingList = Type.Object(
  {
    total: Type.Integer({ description: 'How many wait, of all LEAs that are asked for' }),
    waiting: Type.Array(Waiting, { description: 'In the order of loading' }),
    next: Next,
  },
  closed,
);
export type WaitingList = Static<typeof WaitingList>;

export const waitingID = ({ source, line }: Pick<WaitingRecord, 'source' | 'line'>): string => `${source}-${line}`;

export const shownWaiting = (record: WaitingRecord): Waiting => {
  const { enrollment: e, described, uploaded } = record;
  return {
    ...{ id: waitingID(record), reportingLEA: e.lea, school: e.school, grade: e.grade, localStudentID: e.localID },
    ...{ enrollmentStartDate: e.start, uploaded, person: personShown(described) },
  };
};
