/** Keys, people, settings and the store, as an administrator sees them. */
import { Type } from 'typebox';
import { closed, moment, oneOf, type Shape } from '#base/shape';
import { ROLES } from '#publishing/role';
import { extractRequestProperties } from './extract-request.ts';

const leas = { ...extractRequestProperties.reportingLEAs, description: '"all", or a list of codes of LEAs' };
const role = oneOf(ROLES, { description: 'What it lets whoever has it do' });
const name = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'Who it is, without line breaks and tabs',
});
const email = Type.String({ maxLength: 254, description: 'Where they get e-mail; one address' });
const expires = Type.String({ maxLength: 10, description: 'The first day on which it does not work, in UTC' });

const keyProperties = {
  id: Type.String(),
  name,
  role,
  leas,
  email: Type.Optional(email),
  createdAt: moment('When it was made'),
  expiresAt: Type.Optional(moment('From when on it does not work')),
  revokedAt: Type.Optional(moment('When it was revoked')),
  lastUsedAt: Type.Optional(moment('When it was last used, to within five minutes; absent if it never was')),
};

export const KeyView = Type.Object(keyProperties, {
  $id: 'APIKey',
  ...closed,
  description: 'An API key, without the key itself',
});
export type KeyView = Shape<typeof KeyView>;

export const Keys = Type.Object({ keys: Type.Array(Type.Ref('APIKey')) }, closed);

export const MadeKey = Type.Object(
  { ...keyProperties, key: Type.String({ description: 'The key. It is shown now and never again' }) },
  closed,
);
export type MadeKey = Shape<typeof MadeKey>;

export const NewKey = Type.Object(
  { name, role, leas, email: Type.Optional(email), expires: Type.Optional(expires) },
  closed,
);

export const KeyChange = Type.Object({ expires }, closed);

const MOST_DAYS = 366;

export const KeyRotation = Type.Object(
  {
    days: Type.Integer({
      minimum: 0,
      maximum: MOST_DAYS,
      description: 'For so many days the old key works beside the new one; 0 ends it at once',
    }),
  },
  closed,
);

const personProperties = {
  id: Type.String(),
  name,
  role,
  leas,
  issuer: Type.String({ description: 'The address of the issuer by which they sign in' }),
  email: Type.Optional(email),
  subject: Type.Optional(Type.String({ description: 'The account as the issuer identifies it' })),
  createdAt: moment('When they were added'),
  removedAt: Type.Optional(moment('When they were removed')),
};

export const PersonView = Type.Object(personProperties, {
  $id: 'Person',
  ...closed,
  description: 'Somebody who signs in to the pages by an issuer',
});
export type PersonView = Shape<typeof PersonView>;

export const Persons = Type.Object({ persons: Type.Array(Type.Ref('Person')) }, closed);

const given = {
  email: Type.Optional(
    Type.String({ maxLength: 254, description: 'The e-mail address of the account, verified by the issuer' }),
  ),
  subject: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The account as the issuer identifies it (claim "sub")' }),
  ),
};

export const NewPerson = Type.Object(
  {
    name,
    role,
    leas,
    ...given,
    issuer: Type.Optional(
      Type.String({ maxLength: 64, description: 'The id of the issuer; may be left out where there is only one' }),
    ),
  },
  closed,
);

export const PersonChange = Type.Object(
  { name: Type.Optional(name), role: Type.Optional(role), leas: Type.Optional(leas), ...given },
  { ...closed, minProperties: 1 },
);

export const Settings = Type.Object(
  {
    settings: Type.Array(
      Type.Object(
        {
          variable: Type.String({ description: 'The environment variable that sets it' }),
          value: Type.String({ description: 'What is in force; of secrets only whether there is one' }),
          isDefault: Type.Boolean({ description: 'Whether nobody has set it to anything else' }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type Settings = Shape<typeof Settings>;

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const StoreView = Type.Object(
  {
    students: count('Students with an enrollment at one of your LEAs'),
    leas: Type.Array(Type.String(), { description: 'Your LEAs that have an enrollment, ascending' }),
    linesRead: count('Lines that were uploaded for your LEAs'),
    linesRejected: count('Of these, rejected'),
    lastUpload: Type.Optional(moment('When the last upload came in')),
    jobs: Type.Array(
      Type.Object(
        {
          kind: Type.String(),
          pending: count('Jobs that wait for their turn'),
          processing: count('Jobs that are being worked on'),
          failed: count('Jobs that failed, at most the last thousand'),
        },
        closed,
      ),
      { description: 'Of your LEAs' },
    ),
    rulebook: Type.String({ description: 'SHA-256 of the rulebook in effect' }),
    refused: Type.Array(Type.String(), { description: 'Rules that should have taken effect and cannot be used' }),
  },
  closed,
);
export type StoreView = Shape<typeof StoreView>;
