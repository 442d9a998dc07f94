/** Drafts of the next version of the rulebook as they are shown. No student data is in them. */
import { type Static, Type } from 'typebox';
import type { Draft, DraftState } from '#publishing/draft';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { CheckOutcome } from '../rules/rules-work.ts';
import { IdParams, Next } from './page.ts';
import { fileLink, filePath, moment, Person } from './version.ts';

const STATES: readonly DraftState[] = ['draft', 'submitted', 'approved', 'published', 'deleted'];
const hash = (description: string) => Type.String({ description });
const byAt = { keyId: Type.String(), name: Type.String(), at: moment('When') };

const draftProperties = {
  id: Type.String(),
  title: Type.String(),
  reason: Type.String({ description: 'Why the rules change; stays with the version' }),
  state: Type.String({ enum: [...STATES], description: 'approved: as many people have approved it as are required' }),
  revision: Type.Integer({
    description: 'Moves with every change of the draft and of its files; in quotation marks it is the ETag',
  }),
  from: hash('SHA-256 of the version that it was made from'),
  rulebook: hash('SHA-256 of its files as they are now: the version that they become'),
  author: Person,
  createdAt: moment('When it was made'),
  changedAt: moment('When it was last changed'),
  submittedAt: Type.Optional(moment('When its author submitted it')),
  reopened: Type.Optional(
    Type.Object(
      { ...byAt, why: Type.String() },
      { additionalProperties: false, description: 'Who last sent it back to be worked on, and why' },
    ),
  ),
  approvals: Type.Array(Type.Object(byAt, { additionalProperties: false }), { description: 'Who has approved it' }),
  approvalsNeeded: Type.Integer({ description: 'How many people must, its author not counted' }),
  checked: Type.Optional(
    Type.Object(
      {
        rulebook: hash('SHA-256 of the files that were checked'),
        at: moment('When'),
        errors: Type.Integer(),
        warnings: Type.Integer(),
        examples: Type.Integer(),
        examplesFailed: Type.Integer(),
      },
      { additionalProperties: false, description: 'The last check; gone when a file changes' },
    ),
  ),
  impactSeen: Type.Optional(
    Type.Object(
      {
        rulebook: hash('SHA-256 of the files that the report is about'),
        against: hash('SHA-256 of the version that they were compared with'),
        impact: Type.String({ description: 'Id of the report' }),
        students: Type.Optional(Type.Integer({ description: 'How many students it is about' })),
        by: Person,
        at: moment('When'),
      },
      { additionalProperties: false, description: 'The impact report that was last read; gone when a file changes' },
    ),
  ),
  publishedAs: Type.Optional(Type.Integer({ description: 'Number of the entry by which it takes or took force' })),
  links: Type.Object(
    { self: Type.String(), files: Type.String(), impact: Type.String() },
    { additionalProperties: false },
  ),
};

/** A draft in a list. */
export const DraftSummary = Type.Object(draftProperties, { $id: 'DraftSummary', additionalProperties: false });

export const DraftView = Type.Object(
  {
    ...draftProperties,
    changes: Type.Array(
      Type.Object(
        {
          path: Type.String(),
          did: Type.String({ enum: ['added', 'changed', 'removed'] }),
          link: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
      { description: 'Files that differ from those of the version it was made from' },
    ),
  },
  { $id: 'Draft', additionalProperties: false },
);

export const Drafts = Type.Object(
  { drafts: Type.Array(Type.Ref('DraftSummary')), next: Next },
  { additionalProperties: false, description: 'Drafts in every state, latest first' },
);

export const NewDraft = Type.Object(
  {
    title: Type.String({ description: 'What it changes, in up to 200 characters' }),
    reason: Type.Optional(
      Type.String({ description: 'Why the rules change, in up to 4,000 characters; needed when it is submitted' }),
    ),
    from: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'SHA-256 of the version to begin with; the one in force when not given',
      }),
    ),
  },
  { $id: 'NewDraft', additionalProperties: false },
);

export const DraftWords = Type.Object(
  { title: Type.Optional(NewDraft.properties.title), reason: NewDraft.properties.reason },
  { $id: 'DraftWords', additionalProperties: false, minProperties: 1 },
);

/** For steps that need nothing said. */
export const NO_BODY = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })], {
  description: 'nothing, or {}',
});

export const ReopenBody = Type.Union(
  [
    Type.Null(),
    Type.Object(
      { why: Type.Optional(Type.String({ description: 'For the author, in up to 4,000 characters' })) },
      { additionalProperties: false },
    ),
  ],
  { description: 'nothing, or {"why": "…"}' },
);

export const PublishBody = Type.Union(
  [
    Type.Null(),
    Type.Object(
      {
        at: Type.Optional(
          Type.String({
            description:
              'When it is to take force: day, time and offset from UTC, such as 2026-07-01T00:00:00-07:00; at once when not given',
          }),
        ),
      },
      { additionalProperties: false },
    ),
  ],
  { description: 'nothing, or {"at": "2026-07-01T00:00:00-07:00"}' },
);

export const RestoreBody = Type.Object(
  { reason: Type.String({ description: 'Why the version takes force again, in up to 4,000 characters' }) },
  { $id: 'Restore', additionalProperties: false },
);

export const DraftFileParams = Type.Object(
  { ...IdParams.properties, ...filePath(400) },
  { additionalProperties: false },
);

export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag of the draft as it was seen, such as "7"; required' }),
  ),
});

const Finding = Type.Object(
  {
    severity: Type.String({
      enum: ['error', 'warning', 'advice'],
      description: 'With an error the draft is not published',
    }),
    kind: Type.String({ description: 'What kind of mistake; docs/rule-check.md explains each' }),
    file: Type.String(),
    line: Type.Integer({ description: 'Counted from 1' }),
    column: Type.Integer(),
    pointer: Type.String({ description: 'JSON pointer into the file' }),
    message: Type.String(),
    witness: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'A synthetic student history that shows it: records, request, and a sentence',
      }),
    ),
  },
  { additionalProperties: false },
);

const FailedExample = Type.Object(
  {
    file: Type.String(),
    pointer: Type.String(),
    of: Type.String(),
    title: Type.String(),
    message: Type.String({ description: 'What was expected, and what came out' }),
  },
  { additionalProperties: false },
);

const most = (what: string) => Type.Integer({ description: `How many ${what} there are beyond those listed` });

export const CheckView = Type.Object(
  {
    rulebook: hash('SHA-256 of the files that were checked'),
    canBeUsed: Type.Boolean({
      description: 'Whether the files can be loaded; if not, nothing beyond that was looked at, and no example was run',
    }),
    counts: Type.Object(
      { error: Type.Integer(), warning: Type.Integer(), advice: Type.Integer() },
      { additionalProperties: false },
    ),
    findings: Type.Array(Finding, { description: 'In order of file, line and column' }),
    moreFindings: most('findings'),
    examples: Type.Object(
      { run: Type.Integer(), failed: Type.Array(FailedExample), moreFailed: most('failed examples') },
      { additionalProperties: false },
    ),
    draft: Type.Ref('DraftSummary'),
  },
  { additionalProperties: false, description: 'What the check found' },
);

export const draftLink = (id: string): string => `/v1/rulebook/drafts/${id}`;

/** @param approvalsNeeded as the service requires now */
export function shownSummary(
  { hash: rulebook, checked, impactSeen, ...draft }: Draft,
  approvalsNeeded: number,
): Static<typeof DraftSummary> {
  const self = draftLink(draft.id);
  const { hash: checkedHash, ...check } = checked ?? { hash: '' };
  const { hash: seenHash, ...seen } = impactSeen ?? { hash: '' };
  return {
    ...draft,
    rulebook,
    approvals: [...draft.approvals],
    approvalsNeeded,
    ...(checked && { checked: { rulebook: checkedHash, ...(check as Omit<typeof checked, 'hash'>) } }),
    ...(impactSeen && { impactSeen: { rulebook: seenHash, ...(seen as Omit<typeof impactSeen, 'hash'>) } }),
    links: { self, files: `${self}/files`, impact: `${self}/impact` },
  };
}

/** Which files differ. */
export function changedFiles(id: string, from: RulebookTexts, to: RulebookTexts): Static<typeof DraftView>['changes'] {
  const before = new Map(from.map(({ path, text }) => [path, text]));
  const now = new Set(to.map(({ path }) => path));
  const here = to.flatMap(({ path, text }) => {
    const old = before.get(path);
    return old === text
      ? []
      : [{ path, did: old === undefined ? 'added' : 'changed', link: fileLink(draftLink(id), path) }];
  });
  return [...here, ...from.flatMap(({ path }) => (now.has(path) ? [] : [{ path, did: 'removed' }]))];
}

export const shownCheck = (
  { hash: rulebook, examples, findings, ...outcome }: CheckOutcome,
  draft: Static<typeof DraftSummary>,
): Static<typeof CheckView> => ({
  ...outcome,
  rulebook,
  findings: findings.map(({ witness, ...finding }) => ({ ...finding, ...(witness && { witness: { ...witness } }) })),
  examples: {
    ...examples,
    failed: examples.failed.map(({ file, pointer, of, title, message = '' }) => ({
      file,
      pointer,
      of,
      title,
      message,
    })),
  },
  draft,
});
