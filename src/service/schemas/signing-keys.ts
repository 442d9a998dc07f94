/** Public keys as they are answered: src/audit/signature.ts. */
import { Type } from 'typebox';

export const SigningKeys = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'The first 16 digits of the SHA-256 of the key in DER form' }),
          algorithm: Type.Literal('Ed25519'),
          publicKey: Type.String({ description: 'PEM' }),
          createdAt: Type.String({ format: 'date-time' }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
