/** A draft of the next version of the rulebook, as plain data: its files, its state, who acted on it. */
import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import type { RulebookTexts } from '#rulebook/load/texts';
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
  { ...closed, description: 'The last check; gone when a file changes' },
);
/** The check of a draft's files: how many findings of which severity, and how many examples. */
export type DraftCheck = Shape<typeof DraftCheck>;

export const ImpactSeen = Type.Object(
  {
    hash: hash('SHA-256 of the files that the report is about'),
    against: hash('SHA-256 of the version that they were compared with'),
    impact: Type.String({ description: 'Id of the report' }),
    students: Type.Optional(Type.Integer({ description: 'How many students it is about' })),
    by: Person,
    at: moment('When'),
  },
  { ...closed, description: 'The impact report that was last read; gone when a file changes' },
);
/** An impact report that somebody looked at. */
export type ImpactSeen = Shape<typeof ImpactSeen>;

export const Draft = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    reason: Type.String({ description: 'Why the rules change; stays with the version' }),
    state: oneOf(['draft', 'submitted', 'approved', 'published', 'deleted'], {
      description: 'approved: as many people have approved it as are required',
    }),
    /** Counted from 1. */
    revision: Type.Integer({
      description: 'Moves with every change of the draft and of its files; in quotation marks it is the ETag',
    }),
    from: hash('SHA-256 of the version that it was made from'),
    hash: hash('SHA-256 of its files as they are now: the version that they become'),
    author: Person,
    createdAt: moment('When it was made'),
    changedAt: moment('When it was last changed'),
    submittedAt: Type.Optional(moment('When its author submitted it')),
    reopened: Type.Optional(
      Type.Object(
        {
          ...byAt,
          /** Empty when nothing was said. */
          why: Type.String(),
        },
        { ...closed, description: 'Who last sent it back to be worked on, and why' },
      ),
    ),
    approvals: Type.Array(Type.Object(byAt, closed), { description: 'Who has approved it' }),
    checked: Type.Optional(DraftCheck),
    impactSeen: Type.Optional(ImpactSeen),
    publishedAs: Type.Optional(Type.Integer({ description: 'Number of the entry by which it takes or took force' })),
  },
  closed,
);
/** A changed copy of a version, on its way to become the next one. */
export type Draft = Shape<typeof Draft>;

export type DraftState = Draft['state'];

/** A draft with its files, in ascending order of path. */
export interface DraftWithTexts extends Draft {
  readonly texts: RulebookTexts;
}

export interface WorkflowSettings {
  /** How many people must approve a draft, the author not counted. */
  readonly approvals: 1 | 2;
}

/** What a step changes; keys that are `undefined` are taken out. */
export type DraftChanges = { readonly [K in keyof DraftWithTexts]?: DraftWithTexts[K] | undefined };

/** A draft after a step, with the next revision. */
export function changed(draft: DraftWithTexts, at: string, changes: DraftChanges): DraftWithTexts {
  const next = { ...draft, ...changes, revision: draft.revision + 1, changedAt: at };
  return Object.fromEntries(
    Object.entries(next).filter(([, value]) => value !== undefined),
  ) as unknown as DraftWithTexts;
}
