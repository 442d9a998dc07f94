/** The proof of a row as it is answered: src/audit/proof.ts. */
import { Type } from 'typebox';

const hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const Proof = Type.Object(
  {
    row: Type.String({ description: 'The row, without its line end' }),
    trace: Type.String({ description: 'Its line of the trace' }),
    salt: Type.Optional({
      ...hash,
      description: 'The salt of its leaf; absent for extracts made before leaves had one',
    }),
    index: Type.Integer({ description: 'Index of the row in the extract, from 0' }),
    rows: Type.Integer({ description: 'How many rows the extract has' }),
    path: Type.Array(hash, { description: 'The hashes from the row to the root, the nearest first' }),
    root: hash,
    manifestSha256: Type.Optional(hash),
  },
  { additionalProperties: false },
);
