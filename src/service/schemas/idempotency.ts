/** The header Idempotency-Key, for the API document; plugins/idempotency.ts checks it. */
import { Type } from 'typebox';

export const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description: 'A new one for every new request, such as a UUID; the same one when a request is sent again',
    }),
  ),
});
