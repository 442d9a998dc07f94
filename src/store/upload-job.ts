/** An upload that was received and is still to be loaded. */
import { Type } from 'typebox';
import { closed, moment, type Shape } from '#base/shape';
import type { Encoding } from '#intake/lines';
import { type JobWork, jobProperties } from '#publishing/job';
import type { LEAScope } from '#records/scope';

const { status, progress, failure } = jobProperties;

export const UploadJob = Type.Object(
  {
    id: Type.String({ description: 'Id of the upload' }),
    status,
    progress,
    sender: Type.String({ description: 'The LEA whose records these are, several with commas between them, or "all"' }),
    requestedAt: moment('When all its files had arrived'),
    finishedAt: Type.Optional(moment('When it ended')),
    failure,
  },
  closed,
);
/** A job that survives a restart, unless somebody waited for its answer. */
export interface UploadJob extends Shape<typeof UploadJob>, JobWork {
  readonly reportingLEAs: LEAScope;
  readonly snapshot?: number;
  /** Its files, in the order in which they were sent: names in reports, and below the folder of the upload. */
  readonly files: readonly { readonly name: string; readonly at: string }[];
  readonly encoding: Encoding;
  readonly recordType?: string;
  /** Who asked that enrollments without an SSID get one; they wait when absent. */
  readonly blanksAssignedBy?: string;
}
