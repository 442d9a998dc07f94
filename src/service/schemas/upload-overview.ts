/** Uploads as an administrator sees them: whose they are, who sent them, what is wrong with them, and those not loaded. */
import { Type } from 'typebox';
import { closed, moment, type Shape } from '#base/shape';
import { Next } from './page.ts';
import { UploadStatus } from './upload-status.ts';

const text = Type.String();
const count = (description: string) => Type.Integer({ minimum: 0, description });

const by = Type.Optional(
  Type.Object(
    { id: text, name: Type.Optional(text) },
    { ...closed, description: 'The key or person who sent it; absent for one from the command line' },
  ),
);

const { id, status, progress, sender, requestedAt, failure } = UploadStatus.properties;

export const UploadOverview = Type.Object(
  {
    unfinished: Type.Array(Type.Object({ id, status, progress, sender, requestedAt, failure, by }, closed), {
      description: 'On the first page: uploads that wait, are being loaded, or were not loaded, the newest first',
    }),
    uploads: Type.Array(
      Type.Object(
        {
          id: text,
          sender,
          receivedAt: moment('When its files arrived'),
          files: Type.Array(text, { description: 'Their names' }),
          linesRead: count('Lines'),
          rejected: count('Records that were not stored'),
          problems: Type.Object(
            {
              reject: count('Problems that reject a record'),
              warn: count('Warnings'),
              advice: count('Advice'),
              rejectOrWarn: count('Problems of checks that reject some records and warn of others'),
            },
            { ...closed, description: 'By severity, as the checks have it that are in effect' },
          ),
          by,
        },
        closed,
      ),
      { description: 'Loaded, the newest first' },
    ),
    next: Next,
  },
  closed,
);
export type UploadOverview = Shape<typeof UploadOverview>;
