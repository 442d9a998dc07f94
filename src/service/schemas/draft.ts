/** Drafts of the next version of the rulebook as they are shown. No student data is in them. */
import { Type } from 'typebox';
import { RuleFinding } from '#authoring/check/finding';
import type { Expectation } from '#authoring/examples/cases';
import { closed, moment, named, oneOf, type Shape } from '#base/shape';
import { Draft, DraftCheck, ImpactRead } from '#publishing/draft';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { CheckOutcome } from '../rules/rules-work.ts';
import { IdParams, Next } from './page.ts';
import { renamed } from './renamed.ts';
import { fileLink, filePath } from './version.ts';

/** Hashes of the files of a draft are shown as those of the rulebook that they are. */
const NAMES = { hash: 'rulebook' } as const;
const { checked: _, impactRead: __, publishedAs, ...draft } = renamed(Draft, NAMES).properties;

const draftProperties = {
  ...draft,
  approvalsNeeded: Type.Integer({ description: 'How many approvals are needed; the author does not count' }),
  checked: Type.Optional(renamed(DraftCheck, NAMES)),
  impactRead: Type.Array(renamed(ImpactRead, NAMES), {
    description: 'Who has read what the current files change; empty after a file changed',
  }),
  publishedAs,
  links: Type.Object({ self: Type.String(), files: Type.String(), impact: Type.String() }, closed),
};

/** A draft in a list. */
export const DraftSummary = Type.Object(draftProperties, { $id: 'DraftSummary', ...closed });
export type DraftSummary = Shape<typeof DraftSummary>;

export const DraftView = Type.Object(
  {
    ...draftProperties,
    changes: Type.Array(
      Type.Object(
        {
          path: Type.String(),
          did: oneOf(['added', 'changed', 'removed']),
          link: Type.Optional(Type.String()),
        },
        closed,
      ),
      { description: 'Files that differ from those of the version it was made from' },
    ),
    lastChange: Type.Optional(
      Type.Object(
        {
          at: moment('When'),
          files: Type.Array(Type.Object({ path: Type.String(), did: oneOf(['added', 'changed', 'removed']) }, closed)),
        },
        { ...closed, description: 'The last change of its files, where it can be taken back' },
      ),
    ),
  },
  { $id: 'Draft', ...closed },
);
export type DraftView = Shape<typeof DraftView>;

export const Drafts = Type.Object(
  { drafts: Type.Array(named(DraftSummary)), next: Next },
  { ...closed, description: 'Drafts in every state, newest first' },
);
export type Drafts = Shape<typeof Drafts>;

export const NewDraft = Type.Object(
  {
    title: Type.String({ description: 'What the draft changes, in up to 200 characters' }),
    reason: Type.Optional(
      Type.String({
        description: 'Why the rules change, in up to 4,000 characters; required when the draft is submitted',
      }),
    ),
    from: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'SHA-256 of the version to begin with (default: the version in effect)',
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
export const NO_BODY = Type.Union([Type.Null(), Type.Object({}, closed)], {
  description: 'nothing, or {}',
});

export const ReopenBody = Type.Union(
  [
    Type.Null(),
    Type.Object(
      { why: Type.Optional(Type.String({ description: 'For the author, in up to 4,000 characters' })) },
      closed,
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
              'When the version takes effect: day, time and offset from UTC, such as 2026-07-01T00:00:00-07:00 (default: now)',
          }),
        ),
      },
      closed,
    ),
  ],
  { description: 'nothing, or {"at": "2026-07-01T00:00:00-07:00"}' },
);

export const RebaseBody = Type.Union(
  [
    Type.Null(),
    Type.Object(
      {
        onto: Type.Optional(
          Type.String({
            pattern: '^[0-9a-f]{64}$',
            description: 'SHA-256 of the version to put the changes on top of (default: the version in effect)',
          }),
        ),
        choices: Type.Optional(
          Type.Record(Type.String(), oneOf(['mine', 'theirs']), {
            description: 'Whose text stays where both changed the same place, by path of the file',
          }),
        ),
      },
      closed,
    ),
  ],
  { description: 'nothing, or {"onto": "…", "choices": {"rules/rulebook.json": "mine"}}' },
);

export const RestoreBody = Type.Object(
  { reason: Type.String({ description: 'Why the version is restored, in up to 4,000 characters' }) },
  { $id: 'Restore', additionalProperties: false },
);

export const DraftFileParams = Type.Object(
  { ...IdParams.properties, ...filePath(400) },
  { additionalProperties: false },
);

const byPointer = <T extends Parameters<typeof Type.Record>[1]>(of: T, description: string) =>
  Type.Record(Type.String(), of, { description });

export const KnownView = Type.Object(
  {
    findings: Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }, closed), {
      description: 'What keeps the files from being used, in this file',
    }),
    elsewhere: Type.Integer({ description: 'How many more are in other files' }),
    words: byPointer(Type.String(), 'A sentence for a condition, a look, a calculation or a value, by JSON pointer'),
    operators: byPointer(Type.Array(Type.String()), 'The operators that fit the left side of a comparison'),
    lists: byPointer(Type.String(), 'The list that names at a place are from'),
    names: byPointer(
      Type.Array(Type.Object({ name: Type.String(), says: Type.Optional(Type.String()) }, closed)),
      'The names of each of these lists, by its name',
    ),
  },
  { ...closed, description: 'What the rules know of a file' },
);
export type KnownView = Shape<typeof KnownView>;

export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'The ETag of the draft that you read, such as "7"; required' })),
});

const FailedExample = Type.Object(
  {
    file: Type.String(),
    pointer: Type.String(),
    of: Type.String(),
    title: Type.String(),
    message: Type.String({ description: 'What was expected, and what was found' }),
    expectedNow: Type.Optional(
      Type.Unsafe<Expectation>(
        Type.Record(Type.String(), Type.Unknown(), {
          description:
            'With this as its "expect" the example holds: for one that the change overturns. Absent when the example cannot be run, or its row breaks a law',
        }),
      ),
    ),
  },
  closed,
);

/** An edit that makes examples fail. */
const FailingEditView = Type.Object(
  {
    file: Type.String(),
    line: Type.Integer({ description: 'Counted from 1' }),
    column: Type.Integer(),
    pointer: Type.String(),
    sentence: Type.String({ description: 'What was changed' }),
    failed: Type.Integer({ description: 'How many examples it makes fail' }),
    examples: Type.Array(Type.Object({ file: Type.String(), pointer: Type.String(), title: Type.String() }, closed), {
      description: 'These examples; of very many the first',
    }),
  },
  closed,
);

const MutantsView = Type.Object(
  {
    noticed: Type.Integer(),
    equivalent: Type.Integer({
      description: 'Those of which rules/equivalent-mutants.json says why nobody can notice',
    }),
    survived: Type.Array(
      Type.Object({ of: Type.String(), file: Type.String(), pointer: Type.String(), says: Type.String() }, closed),
      { description: 'Those that no example notices: each asks for one more example' },
    ),
    notTried: Type.Integer({ description: 'Those that were left when the time was over' }),
  },
  {
    ...closed,
    description: 'Small mistakes made in what was changed, and whether examples notice; absent while an example fails',
  },
);

const most = (what: string) => Type.Integer({ description: `How many more ${what} there are than listed` });

const checkProperties = {
  rulebook: DraftCheck.properties.hash,
  canBeUsed: Type.Boolean({
    description: 'Whether the files can be loaded; if not, nothing else was checked and no example was run',
  }),
  counts: Type.Object({ error: Type.Integer(), warning: Type.Integer(), advice: Type.Integer() }, closed),
  findings: Type.Array(RuleFinding, { description: 'In order of file, line and column' }),
  moreFindings: most('findings'),
  examples: Type.Object(
    {
      run: Type.Integer(),
      failed: Type.Array(FailedExample),
      moreFailed: most('failed examples'),
      edits: Type.Optional(
        Type.Array(FailingEditView, { description: 'Edits that make several examples fail, most examples first' }),
      ),
    },
    closed,
  ),
  mutants: Type.Optional(MutantsView),
};

export const CheckView = Type.Object(
  { ...checkProperties, draft: named(DraftSummary) },
  { ...closed, description: 'What the check found' },
);

/** The check of files that are no draft. */
export const FilesCheckView = Type.Object(checkProperties, { ...closed, description: 'What the check found' });

export type FilesCheckView = Shape<typeof FilesCheckView>;

/** All files of a rulebook in one body. */
export const FolderBody = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        {
          path: Type.String({ description: 'Such as rules/rulebook.json' }),
          text: Type.String({ description: 'The file, as it is to be kept' }),
        },
        closed,
      ),
      { description: 'Every file of rules, schemas/records and schemas/codesets' },
    ),
  },
  closed,
);

export const ParameterBody = Type.Object(
  {
    values: Type.Array(
      Type.Object(
        {
          value: Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
          key: Type.Optional(Type.String({ description: 'Of a table' })),
          from: Type.Optional(Type.String({ description: 'The first day, CCYY-MM-DD; none: no limit' })),
          through: Type.Optional(Type.String({ description: 'The last day, CCYY-MM-DD; none: no limit' })),
          for: Type.Optional(
            Type.Array(Type.String(), {
              description: 'Only for these LEAs, counties, schools or grades; none: for all',
            }),
          ),
          source: Type.Optional(Type.String({ description: 'The id of the sentence that it follows' })),
        },
        closed,
      ),
      { description: 'All values of the parameter, those too that stay' },
    ),
    examples: Type.Optional(
      oneOf(['follow'], {
        description: 'Worked examples that expect a text which the parameter no longer gives are changed with it',
      }),
    ),
  },
  closed,
);
export type CheckView = Shape<typeof CheckView>;

export const draftLink = (id: string): string => `/v1/rulebook/drafts/${id}`;

const shownHash = <T extends { readonly hash: string }>({ hash, ...rest }: T) => ({ rulebook: hash, ...rest });

/** @param approvalsNeeded as the service requires now */
export function shownSummary(
  { hash: rulebook, checked, impactRead, ...draft }: Draft,
  approvalsNeeded: number,
): DraftSummary {
  const self = draftLink(draft.id);
  return {
    ...draft,
    rulebook,
    approvalsNeeded,
    ...(checked && { checked: shownHash(checked) }),
    impactRead: impactRead.map(shownHash),
    links: { self, files: `${self}/files`, impact: `${self}/impact` },
  };
}

/** Which files differ. */
export function changedFiles(id: string, from: RulebookTexts, to: RulebookTexts): DraftView['changes'] {
  const before = new Map(from.map(({ path, text }) => [path, text]));
  const now = new Set(to.map(({ path }) => path));
  const here = to.flatMap(({ path, text }) => {
    const old = before.get(path);
    const did = old === undefined ? 'added' : 'changed';
    return old === text ? [] : [{ path, did, link: fileLink(draftLink(id), path) } as const];
  });
  return [...here, ...from.flatMap(({ path }) => (now.has(path) ? [] : [{ path, did: 'removed' } as const]))];
}

export const shownCheck = (outcome: CheckOutcome, draft: DraftSummary): CheckView => ({
  ...shownFilesCheck(outcome),
  draft,
});

/** The same of files that are no draft. */
export function shownFilesCheck({ hash: rulebook, examples, ...outcome }: CheckOutcome): FilesCheckView {
  const { run, failed, moreFailed, edits } = examples;
  return {
    ...outcome,
    rulebook,
    examples: {
      run,
      failed: failed.map(({ file, pointer, of, title, message = '', expectedNow }) => ({
        file,
        pointer,
        of,
        title,
        message,
        ...(expectedNow && { expectedNow }),
      })),
      moreFailed,
      ...(edits && {
        edits: edits.map(({ examples: made, ...edit }) => ({
          ...edit,
          failed: made.length,
          examples: made.slice(0, MOST_OF_AN_EDIT).map(({ file, pointer, title }) => ({ file, pointer, title })),
        })),
      }),
    },
  };
}

/** So many examples of one edit are named. */
const MOST_OF_AN_EDIT = 100;
