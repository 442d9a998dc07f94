/** Matches of requests for SSIDs as they are asked for and answered. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';
import { capital } from '#base/text';
import { shown } from '#identity/candidates';
import { type MatchParameters, PARTS } from '#identity/parameters';
import type { Description } from '#identity/person';
import { withoutWork } from '#publishing/job';
import { MatchingJob } from '#store/matching-job';
import type { FoundRequest } from '../ssid/match-work.ts';
import { Next } from './page.ts';
import { Percent, percentOf } from './percent.ts';
import { renamed } from './renamed.ts';

const text = Type.String();

export const Matching = Type.Object(
  {
    ...renamed(MatchingJob, { rulebookHash: 'rulebook' }).properties,
    progress: Percent,
    assigned: Type.Optional(Type.Integer({ description: 'Requests that have a number by now' })),
    links: Type.Object(
      { self: text, candidates: Type.Optional(text), assignments: Type.Optional(text) },
      { ...closed, description: 'All but the first exist when the match is complete' },
    ),
  },
  { $id: 'Match', ...closed },
);
export type Matching = Shape<typeof Matching>;

export const Matches = Type.Object(
  { matches: Type.Array(Type.Ref('Match')), next: Next },
  { ...closed, description: 'Matches, newest first' },
);

export const PersonShown = Type.Object(
  { first: text, middle: text, last: text, birthDate: text, gender: text },
  { ...closed, description: 'Who the newest record says it is' },
);

export const Part = Type.Object(
  {
    part: oneOf(PARTS),
    name: text,
    value: Type.String({
      description: "0 to 1 of your own student; agrees or differs of another LEA's; blank where it was not compared",
    }),
  },
  closed,
);

const CandidateShown = Type.Object(
  {
    rank: Type.Integer(),
    ssid: text,
    score: Type.Number(),
    own: Type.Boolean({ description: 'Whether the student is or was at an LEA that asks' }),
    parts: Type.Array(Part),
    reason: Type.String({ description: 'Why it has its score' }),
    lastLEA: text,
    lastSchool: text,
    lastGrade: text,
    lastExitDate: text,
    lastExitReason: text,
    person: Type.Optional(PersonShown),
  },
  { ...closed, description: "Of another LEA's student: the SSID, the score, which parts agree, and the last LEA" },
);

export const ORIGINS = ['new', 'chosen', 'before', 'waiting'] as const;
export const AssignedShown = Type.Object(
  {
    line: text,
    localStudentID: text,
    ssid: Type.String({ description: 'Blank for one that waits' }),
    origin: oneOf(ORIGINS, {
      description: 'before: this student got it earlier; waiting: nothing was said of it, and it has none',
    }),
  },
  closed,
);
export type AssignedShown = Shape<typeof AssignedShown>;

const RequestShown = Type.Object(
  {
    line: Type.String({ description: 'Line of the request in its file' }),
    localStudentID: text,
    school: text,
    grade: text,
    enrollmentStartDate: text,
    person: PersonShown,
    candidates: Type.Array(CandidateShown, { description: 'Best first; none when nobody scores enough' }),
    assigned: Type.Optional(AssignedShown),
  },
  closed,
);
export type RequestShown = Shape<typeof RequestShown>;
export const CandidateList = Type.Object({ requests: Type.Array(RequestShown), next: Next }, closed);

export const personShown = ({ first, middle, last, birthDate, gender }: Description) => ({
  ...{ first, middle, last, birthDate, gender },
});

export function requestShown(
  { line, described, enrollment, candidates }: FoundRequest,
  p: MatchParameters,
  assigned: AssignedShown | undefined,
): RequestShown {
  return {
    line,
    localStudentID: enrollment.localID,
    school: enrollment.school,
    grade: enrollment.grade,
    enrollmentStartDate: enrollment.start,
    person: personShown(described),
    candidates: candidates.map((candidate, i) => {
      const { ssid, score, parts, reason, lastLEA, lastSchool, lastGrade, lastExit, lastExitReason } = shown(
        candidate,
        p,
      );
      return {
        ...{ rank: i + 1, ssid, score, own: candidate.isOwn, reason },
        parts: PARTS.map((part) => ({ part, name: capital(p.names[part]), value: parts[part] })),
        ...{ lastLEA, lastSchool, lastGrade, lastExitDate: lastExit, lastExitReason },
        ...(candidate.isOwn && candidate.described && { person: personShown(candidate.described) }),
      };
    }),
    ...(assigned && { assigned }),
  };
}

/** @param assigned how many requests have a number */
export function shownMatching(job: MatchingJob, assigned?: number): Matching {
  const { reportingLEAs: _, at: _at, encoding: _encoding, id, status, progress, rulebookHash, ...more } = job;
  const self = `/v1/ssid/matches/${id}`;
  return {
    ...withoutWork(more),
    ...{ id, status, progress: percentOf(progress), rulebook: rulebookHash },
    ...(assigned !== undefined && { assigned }),
    links: {
      self,
      ...(status === 'Complete' && { candidates: `${self}/candidates`, assignments: `${self}/assignments` }),
    },
  };
}
