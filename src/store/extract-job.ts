/** An extract asked for over REST. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { type JobWork, jobProperties } from '#publishing/job';
import type { LEAScope } from '#records/scope';
import { Warning } from '#records/warning';

/** Behind it stand endings such as `.txt`, so it may hold what every system allows in names of files. */
export const FileName = Type.String({
  maxLength: 100,
  pattern: '^(?!.*[0-9]{10})[A-Za-z0-9][A-Za-z0-9 ._()-]*$',
  description:
    'What the file is called: letters A to Z, digits, spaces and . _ - ( ), beginning with a letter or digit, without ten digits in a row, which could be an SSID',
});

const { status, progress, request, runDate, snapshot, failure } = jobProperties;

export const ExtractJob = Type.Object(
  {
    id: Type.String(),
    name: Type.Optional(FileName),
    status,
    progress,
    request,
    runDate,
    columns: Type.String(),
    rulebookHash: Type.String({
      description:
        'SHA-256 of the requested version; otherwise of the rulebook in effect when the extract was requested, and after the service starts it, of the rulebook that makes it',
    }),
    requestedAt: Type.String({ format: 'date-time' }),
    finishedAt: Type.Optional(Type.String({ format: 'date-time' })),
    rows: Type.Optional(Type.Integer()),
    bytes: Type.Optional(Type.Integer()),
    sha256: Type.Optional(Type.String({ description: 'Of the bytes of the file' })),
    warnings: Type.Optional(
      Type.Array(Warning, {
        description:
          'Once the extract is complete: laws of the rules that rows break, and LEAs, schools or days of which there is nothing. Most extracts have none',
      }),
    ),
    notApplied: Type.Optional(
      Type.Array(Type.Object({ rules: Type.Array(Type.String()), message: Type.String() }, closed), {
        description:
          'Once the extract is complete: rules of fields that were not applied, because a reference file that they look into was not loaded, such as the school directory',
      }),
    ),
    snapshot,
    failure,
  },
  closed,
);
/** An extract asked for over REST: a job that survives a restart. */
export interface ExtractJob extends Shape<typeof ExtractJob>, JobWork {
  readonly reportingLEAs: LEAScope;
  /** Whether that version was asked for; otherwise it is the one in effect when the job begins. */
  readonly rulebookAsked?: boolean;
  /** Id of the key whose person gets an e-mail when it ends. */
  readonly mailTo?: string;
}
