/** When a version of the rulebook takes effect, by whom and why: an item of a list that only grows. */
import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import { ApprovedOn } from './impact-numbers.ts';
import { Person } from './person.ts';

export const Activation = Type.Object(
  {
    seq: Type.Integer({ description: 'Number of the activation, from 1 in the order in which they were made' }),
    hash: Type.String({ description: 'Of all files of the version: its name in requests' }),
    from: moment('When the version takes effect; may be in the future'),
    how: oneOf(['files', 'published', 'restored'], {
      description: 'files: the service was started with them, or they changed in the folder it watches',
    }),
    createdAt: moment('When the activation was made'),
    /** Who published or restored it; absent for files. */
    by: Type.Optional(Person),
    /** Who wrote the draft it was published from. */
    author: Type.Optional(Person),
    approvers: Type.Optional(
      Type.Array(
        Type.Object(
          { ...Person.properties, read: Type.Optional(ApprovedOn) },
          { ...closed, description: 'Who approved it, and on which impact report' },
        ),
      ),
    ),
    /** Absent for files, for what was restored, and for what was published before this was kept. */
    base: Type.Optional(
      Type.String({
        description:
          'SHA-256 of the version it was made from; a scheduled version takes effect only on top of this one',
      }),
    ),
    /** Why, in the words of the author, or of whoever restored it. */
    reason: Type.Optional(Type.String()),
    draft: Type.Optional(Type.String({ description: 'Id of the draft it was published from' })),
    withdrawnAt: Type.Optional(moment('It was canceled before it took effect')),
    /** Only of what was restored. */
    confirmed: Type.Optional(
      Type.Object(
        { ...Person.properties, at: moment('When') },
        { ...closed, description: 'Who confirmed that the version was to be restored' },
      ),
    ),
  },
  closed,
);
/** A rulebook taking effect. */
export type Activation = Shape<typeof Activation>;

/** One about to be made; the store gives it its number. */
export type NewActivation = Omit<Activation, 'seq' | 'withdrawnAt' | 'confirmed'>;
