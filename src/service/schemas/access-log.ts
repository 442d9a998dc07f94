/** The access log as it is searched and verified. */
import { Type } from 'typebox';
import { ACTION_WORDS, ACTIONS } from '#audit/access-log/actions';
import { MOST_PURPOSE } from '#audit/access-log/purpose';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import { DayFilter } from './page.ts';

const text = Type.String();
const given = (description: string) => Type.Optional(Type.String({ description }));
const count = (description: string) => Type.Integer({ minimum: 0, description });

const actions = oneOf(ACTIONS, {
  description: ACTIONS.map((action) => `\`${action}\`: ${ACTION_WORDS[action]}`).join('; '),
});

export const AccessLogQuestion = Type.Object(
  {
    ssid: Type.Optional(
      Type.String({
        pattern: '^[0-9]{10}$',
        description: 'Only requests that name this student, or whose answer held or may have held this student',
      }),
    ),
    who: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Only requests of the person or key with this id, or with this in the name',
      }),
    ),
    from: DayFilter('Only requests on or after this day'),
    through: DayFilter('Only requests on or before this day'),
    purpose: Type.Optional(
      Type.String({ minLength: 1, maxLength: MOST_PURPOSE, description: 'Only requests whose purpose has this in it' }),
    ),
    action: Type.Optional(actions),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most log entries in one answer' }),
    ),
    after: Type.Optional(
      Type.String({
        maxLength: 4_096,
        pattern: '^([1-9][0-9]{0,8}_)?[0-9]{1,16}-[0-9]{1,15}([.]([1-9][0-9]{0,8}_)?[0-9]{1,16}-[0-9]{1,15})*$',
        description: 'Where the search goes on; "next" of the answer before has it',
      }),
    ),
  },
  { ...closed, description: 'What is searched for; all of it must hold' },
);
export type AccessLogQuestion = Shape<typeof AccessLogQuestion>;

const chain = given(
  'Which log it is of: the name of a chain. Absent where one service writes one log, in the folder of the store',
);

const FoundAccess = Type.Object(
  {
    chain,
    number: Type.Integer({ description: 'Of the log entry' }),
    time: text,
    event: given('In place of a request: what became of the log itself'),
    who: Type.Optional(
      Type.Object(
        { id: text, name: given('Of the person or key; absent for one that the store does not know'), role: text },
        { ...closed, description: 'Absent for a request without a known key' },
      ),
    ),
    action: Type.Optional(actions),
    does: given('What was asked for, in a few words'),
    status: Type.Optional(Type.Integer({ description: 'Of the answer' })),
    refusal: given('Code of the refusal'),
    purpose: given('What the caller said that it is for'),
    named: Type.Record(text, text, { description: 'What the request names: a student, an extract, a field' }),
    held: Type.Optional(
      oneOf(['named', 'yes', 'maybe'], {
        description:
          'With `ssid`: the request names the student, its answer held the student among others, or may have: what would tell was deleted, or does not name its students',
      }),
    ),
  },
  closed,
);
export type FoundAccess = Shape<typeof FoundAccess>;

export const AccessLogAnswer = Type.Object(
  {
    entries: Type.Array(FoundAccess, { description: 'Newest first' }),
    numbers: Type.Optional(
      Type.Array(text, {
        description: 'With `ssid`: all SSIDs that were looked for, the active one first, then those that it replaces',
      }),
    ),
    searched: Type.Object(
      {
        entries: count('Log entries that were read for this answer'),
        newest: Type.Optional(Type.Integer({ description: 'The number of the first of them; absent with `chains`' })),
        oldest: Type.Optional(Type.Integer({ description: 'The number of the last of them; absent with `chains`' })),
        chains: Type.Optional(
          Type.Array(
            Type.Object(
              { chain, newest: Type.Optional(Type.Integer()), oldest: Type.Optional(Type.Integer()) },
              closed,
            ),
            { description: 'Where services share a store: the chains that were read, each with its own numbers' },
          ),
        ),
        oldestAt: given('When the last of them was made'),
        unreadable: count('Lines that are no log entry: they were changed, or cut off'),
        missing: count('Log entries between the newest and the oldest that are not there'),
        before: count(
          'Where the log was read to its beginning: log entries before it, which lie in another folder or were removed',
        ),
        isAll: Type.Boolean({ description: 'Whether nothing is left to be searched' }),
      },
      { ...closed, description: 'What of the log this answer is about. One answer reads so much; "next" goes on' },
    ),
    next: given('`after` of the request that goes on; absent when nothing is left'),
  },
  closed,
);
export type AccessLogAnswer = Shape<typeof AccessLogAnswer>;

const fault = Type.Object(
  { entry: Type.Integer({ description: 'The number of the log entry that is not valid' }), reason: text },
  { ...closed, description: 'The first that is wrong; what comes behind it proves nothing' },
);

export const LogVerification = Type.Object(
  {
    status: oneOf(['None', 'Processing', 'Complete'], {
      description: 'None: nobody asked since the service began, or it was long ago',
    }),
    progress: Type.Integer({ description: 'In percent' }),
    verifiedAt: Type.Optional(moment('When it was last verified')),
    outcome: Type.Optional(
      oneOf(['intact', 'damaged', 'unknown'], { description: 'unknown: the log could not be read' }),
    ),
    begins: Type.Optional(
      Type.Integer({
        description: 'The number of the first log entry; where it is not 1, the files before it are in another folder',
      }),
    ),
    entries: Type.Optional(count('The number of the last log entry that is intact, as are all before it')),
    fault: Type.Optional(fault),
    chains: Type.Optional(
      Type.Array(
        Type.Object({ chain, begins: Type.Integer(), entries: Type.Integer(), fault: Type.Optional(fault) }, closed),
        {
          description:
            'Where services share a store: what came out of each chain, in place of `begins`, `entries` and `fault`. The last entries of each were held to what the database names',
        },
      ),
    ),
  },
  closed,
);
export type LogVerification = Shape<typeof LogVerification>;
