/** Every refusal: RFC 9457 problem details with a code of the catalogue. */
import { Type } from 'typebox';
import { ERROR_CODES } from '../http/errors.ts';

const Item = Type.Object(
  {
    pointer: Type.Optional(Type.String({ description: 'JSON pointer into the body' })),
    parameter: Type.Optional(Type.String({ description: 'Name of a query parameter' })),
    header: Type.Optional(Type.String({ description: 'Name of a header' })),
    message: Type.String({ description: 'What was found, what was expected and how to fix it' }),
    code: Type.Optional(
      Type.String({ description: 'Code of the check that found the problem in a record, such as SENR0018' }),
    ),
    field: Type.Optional(Type.String({ description: 'Number of the field, such as 1.25' })),
    fieldName: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Address of the explanation of the code, relative to the service' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ enum: [...ERROR_CODES] }),
    fix: Type.String({ description: 'How to fix it' }),
    requestId: Type.Optional(Type.String({ description: 'Identifies the request in the log of the service' })),
    errors: Type.Optional(Type.Array(Item, { description: 'What is wrong, item by item' })),
    moreErrors: Type.Optional(Type.Integer({ description: 'How many more items there are than listed' })),
  },
  { $id: 'Problem', additionalProperties: false, description: 'RFC 9457 problem details' },
);
