/** The header Idempotency-Key, for the API document; plugins/idempotency.ts checks it. */
import { Type } from 'typebox';

export const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description: 'A new value for every new request, such as a UUID; the same value when you send a request again',
    }),
  ),
});
