/** A draft of the next version of the rulebook, as plain data: its files, its state, who acted on it. */

import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { FormerTexts } from './former-texts.ts';
import { ApprovedOn, ImpactNumbers } from './impact-numbers.ts';
import { Person } from './person.ts';

const hash = (description: string) => Type.String({ description });
const byAt = { ...Person.properties, at: moment('When') };

export const DraftCheck = Type.Object(
  {
    hash: hash('SHA-256 of the files that were checked'),
    at: moment('When'),
    errors: Type.Integer(),
    warnings: Type.Integer(),
    examples: Type.Integer(),
    examplesFailed: Type.Integer(),
  },
  { ...closed, description: 'The last check; removed when a file changes' },
);
/** The check of a draft's files: how many findings of which severity, and how many examples. */
export type DraftCheck = Shape<typeof DraftCheck>;

export const ImpactRead = Type.Object(
  {
    hash: hash('SHA-256 of the files that the report is about'),
    against: hash('SHA-256 of the version that they were compared with'),
    impact: Type.String({ description: 'Id of the report' }),
    numbers: ImpactNumbers,
    by: Person,
    at: moment('When'),
  },
  { ...closed, description: 'An impact report that was read, the latest of each person' },
);
/** An impact report that somebody read. */
export type ImpactRead = Shape<typeof ImpactRead>;

export const Approval = Type.Object(
  {
    ...byAt,
    /** Absent for what was approved before readings were kept. */
    read: Type.Optional(ApprovedOn),
  },
  { ...closed, description: 'Who approved, and on which impact report' },
);
export type Approval = Shape<typeof Approval>;

export const Draft = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    reason: Type.String({ description: 'Why the rules change; kept with the version' }),
    state: oneOf(['draft', 'submitted', 'approved', 'published', 'deleted'], {
      description: 'approved: enough people have approved it',
    }),
    /** Counted from 1. */
    revision: Type.Integer({
      description: 'Changes with every change to the draft or its files; in quotation marks it is the ETag',
    }),
    from: hash('SHA-256 of the version that it was made from'),
    hash: hash('SHA-256 of its current files: the version that they will become'),
    author: Person,
    createdAt: moment('When it was created'),
    changedAt: moment('When it was last changed'),
    submittedAt: Type.Optional(moment('When its author submitted it')),
    reopened: Type.Optional(
      Type.Object(
        {
          ...byAt,
          /** Empty when nothing was said. */
          why: Type.String(),
        },
        { ...closed, description: 'Who last reopened it, and why' },
      ),
    ),
    approvals: Type.Array(Approval, { description: 'Who has approved it' }),
    checked: Type.Optional(DraftCheck),
    impactRead: Type.Array(ImpactRead, {
      description: 'Who has read what the current files change; empty after a file changed',
    }),
    publishedAs: Type.Optional(Type.Integer({ description: 'Number of the activation that published it' })),
  },
  closed,
);
/** A changed copy of a version, on its way to become the next one. */
export type Draft = Shape<typeof Draft>;

export type DraftState = Draft['state'];

/** A draft with its files, in ascending order of path. */
export interface DraftWithTexts extends Draft {
  readonly texts: RulebookTexts;
  /** Changes of its files that can be taken back, the last one last. */
  readonly former?: readonly FormerTexts[];
}

export interface WorkflowSettings {
  /** How many people must approve a draft, the author not counted. */
  readonly approvals: 1 | 2;
}
