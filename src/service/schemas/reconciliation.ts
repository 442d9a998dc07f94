/** Reconciliations as they are asked for and answered. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';
import { withoutWork } from '#publishing/job';
import type { Delivery } from '#store/delivery';
import { ReconciliationJob } from '#store/reconciliation-job';
import { Deliveries, shownDeliveries } from './deliveries.ts';
import { emailWhenDone, extractRequestProperties, runDate } from './extract-request.ts';
import { Next } from './page.ts';
import { Percent, percentOf } from './percent.ts';
import { renamed } from './renamed.ts';

const text = Type.String();
const integer = Type.Integer();

const codes = (of: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 8_000,
      pattern: '^[0-9A-Za-z]{1,16}(,[0-9A-Za-z]{1,16})*$',
      description: `${of}, several with commas between them`,
    }),
  );
const { academicYear, adjusted, asOf, from, through } = extractRequestProperties;

/** What is known of the request that made the file; what is not said is worked out from its rows. */
export const ReconciliationQuery = Type.Object(
  {
    reportingLEA: codes('The LEA whose rows these are (default: as the rows say)'),
    academicYear,
    adjusted,
    asOf,
    from,
    through,
    schools: codes('Schools of attendance of the request (default: all)'),
    grades: codes('Grade levels of the request (default: all)'),
    statuses: codes('Enrollment statuses of the request (default: all)'),
    runDate,
    emailWhenDone,
  },
  { additionalProperties: false },
);
export type ReconciliationQuery = Shape<typeof ReconciliationQuery>;

const Unreadable = Type.Object({ place: text, says: text }, closed);

export const Reconciliation = Type.Object(
  {
    ...renamed(ReconciliationJob, { rulebookHash: 'rulebook' }).properties,
    progress: Percent,
    columns: Type.Optional(Type.Integer({ description: 'How many columns their file has' })),
    header: Type.Optional(Type.Boolean({ description: 'Whether its first line has the names of the columns' })),
    zerosPutBack: Type.Optional(
      Type.Record(text, integer, {
        description: 'By column: values whose leading zeros a spreadsheet took off, and that were put back',
      }),
    ),
    unreadable: Type.Optional(
      Type.Array(Unreadable, { description: 'The first lines that are no row: where they stand, and why' }),
    ),
    notes: Type.Optional(Type.Array(text, { description: 'What else is to be known' })),
    emailWhenDone: Type.Optional(Type.Boolean({ description: 'Whether an e-mail says when it has ended' })),
    deliveries: Deliveries,
    links: Type.Object(
      {
        self: text,
        clusters: Type.Optional(text),
        rows: Type.Optional(text),
        fields: Type.Optional(text),
        list: Type.Optional(text),
        workbook: Type.Optional(text),
        corrections: Type.Optional(text),
        manifest: Type.Optional(text),
      },
      { ...closed, description: 'All but the first exist when the reconciliation is complete' },
    ),
  },
  { $id: 'Reconciliation', ...closed },
);
export type Reconciliation = Shape<typeof Reconciliation>;

export const Reconciliations = Type.Object(
  { reconciliations: Type.Array(Type.Ref('Reconciliation')), next: Next },
  { additionalProperties: false, description: 'Reconciliations, newest first' },
);

const Cluster = Type.Object(
  {
    cluster: Type.Integer({ description: 'Its number' }),
    rows: Type.Integer({ description: 'Rows that differ for this cause' }),
    students: integer,
    rowsMadeSame: Type.Integer({ description: 'Rows that would be the same altogether without this cause' }),
    cause: Type.Union([text, Type.Null()], {
      description:
        'notThere: the state lacks a record of yours; notHere: it has one that is not here; otherValues; or another kind, which concerns all students alike; null where no single cause was found',
    }),
    sentence: text,
    firstAction: Type.String({ description: 'What to do first, and what it would bring' }),
    links: Type.Object({ rows: text }, closed),
  },
  closed,
);
export type ShownCluster = Shape<typeof Cluster>;
export const ClusterList = Type.Object({ clusters: Type.Array(Cluster), next: Next }, closed);

const Field = Type.Object(
  {
    field: text,
    name: text,
    theirs: text,
    ours: text,
    cluster: Type.Optional(Type.Integer({ description: 'Absent where no single cause was found' })),
  },
  closed,
);
const Cause = Type.Object(
  {
    cluster: integer,
    verified: Type.Literal(true, {
      description: 'Evaluated a second time, with the records as a store would keep them',
    }),
    sentence: text,
    or: Type.Array(text, { description: 'What explains the same, less plausible' }),
    sent: Type.Optional(
      Type.Object({ file: text, line: integer }, { ...closed, description: 'Where the record was sent' }),
    ),
  },
  closed,
);
export const FOUND = ['both', 'nearest', 'onlyTheirs', 'onlyOurs'] as const;
const Row = Type.Object(
  {
    found: oneOf(FOUND, {
      description:
        'both: on both sides, and something differs; nearest: matched with the nearest row of the student; otherwise only on one side',
    }),
    row: Type.Record(text, text, { description: 'What tells the row apart, by column' }),
    place: Type.Optional(Type.String({ description: 'Where it stands in their file' })),
    matchedAlthough: Type.Optional(
      Type.Array(text, { description: 'Of one matched with the nearest: the columns by which it is another' }),
    ),
    because: Type.Optional(
      Type.String({ description: 'Of one under a retired SSID: which it is, and its replacement' }),
    ),
    fields: Type.Array(Field),
    causes: Type.Array(Cause),
  },
  closed,
);
export type ShownRow = Shape<typeof Row>;
export const RowList = Type.Object({ rows: Type.Array(Row), next: Next }, closed);

const Places = Type.Object(
  {
    by: Type.Array(text, { description: 'The columns by which rows are counted' }),
    counts: Type.Array(
      Type.Object(
        {
          field: Type.Optional(Type.String({ description: 'Absent where rows themselves are counted' })),
          name: Type.Optional(text),
          value: Type.Optional(text),
          values: Type.Array(text, { description: 'Of the columns in `by`; none for the total' }),
          theirs: integer,
          ours: integer,
        },
        closed,
      ),
      { description: 'Of each value whose counts differ: the total, then the places where they differ' },
    ),
  },
  { ...closed, description: 'How many rows have a value at each school, there and here' },
);
export const FieldList = Type.Object(
  { fields: Type.Array(Type.Object({ field: text, name: text, rows: integer }, closed)), places: Places },
  { ...closed, description: 'Fields that differ, and in how many rows; most first; and where counts differ' },
);
export type ShownFields = Shape<typeof FieldList>;

const CorrectionFile = Type.Object(
  {
    name: text,
    draft: oneOf(['if-your-records-are-right', 'if-the-state-is-right'], {
      description: 'To be sent to the state if your records are right, or loaded here if the state is',
    }),
    recordType: text,
    step: oneOf(['deletions', 'changes', 'additions'], { description: 'In this order they are sent' }),
    lines: integer,
    links: Type.Object({ file: text }, closed),
  },
  closed,
);
export const CorrectionList = Type.Object(
  {
    files: Type.Array(CorrectionFile),
    links: Type.Object({ reasons: Type.String({ description: 'The reason of every line, as CSV' }) }, closed),
  },
  { ...closed, description: 'Drafts for a person to check' },
);
export type ShownCorrections = Shape<typeof CorrectionList>;

/** What the file of a complete reconciliation says of it. */
export type KeptSummary = Pick<Reconciliation, 'columns' | 'header' | 'zerosPutBack' | 'unreadable' | 'notes'> &
  ShownFields;

/**
 * @param job as stored
 * @param summary what was found; absent until it is complete
 */
export function shownReconciliation(
  job: ReconciliationJob,
  summary?: KeptSummary,
  deliveries: readonly Delivery[] = [],
): Reconciliation {
  const { reportingLEAs: _, at: _at, encoding: _encoding, mailTo, id, status, progress, rulebookHash, ...more } = job;
  const self = `/v1/reconciliations/${id}`;
  const { columns, header, zerosPutBack, unreadable, notes } = summary ?? {};
  return {
    ...withoutWork(more),
    ...{ id, status, progress: percentOf(progress), rulebook: rulebookHash },
    ...(summary && { columns, header, zerosPutBack, unreadable, notes }),
    ...(mailTo !== undefined && { emailWhenDone: true }),
    ...shownDeliveries(deliveries),
    links: {
      self,
      ...(status === 'Complete' && {
        clusters: `${self}/clusters`,
        rows: `${self}/rows`,
        fields: `${self}/fields`,
        list: `${self}/list`,
        workbook: `${self}/workbook`,
        corrections: `${self}/corrections`,
        manifest: `${self}/manifest`,
      }),
    },
  } as Reconciliation;
}
