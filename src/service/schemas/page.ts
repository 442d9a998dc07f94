/** Lists are given page by page, latest first. */
import { type Static, Type } from 'typebox';

export const PageQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The most items on one page' }),
    ),
    after: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Id of the last item of the page before; "next" of that page has it',
      }),
    ),
  },
  { additionalProperties: false },
);
export type PageQuery = Static<typeof PageQuery>;

export const IdParams = Type.Object({ id: Type.String({ maxLength: 128 }) }, { additionalProperties: false });

export const Next = Type.Optional(Type.String({ description: 'Address of the next page; absent on the last page' }));

/**
 * One page of a list.
 * @param read gives at most `limit` items behind `after`
 * @returns the items and, when there are more, the address of the next page
 */
export function pageOf<T extends { readonly id: string }>(
  path: string,
  { limit = 50, after }: PageQuery,
  read: (page: { limit: number; after?: string }) => readonly T[],
): { items: readonly T[]; next?: string } {
  const found = read({ limit: limit + 1, ...(after !== undefined && { after }) });
  if (found.length <= limit) return { items: found };
  const items = found.slice(0, limit);
  return { items, next: `${path}?limit=${limit}&after=${encodeURIComponent((items.at(-1) as T).id)}` };
}
