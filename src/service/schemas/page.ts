/** Lists are given page by page, latest first. */
import { type Static, Type } from 'typebox';
import { parseDay } from '#records/days';
import { ServiceError } from '../http/errors.ts';
import { shown } from '../http/validate.ts';

export const pageProperties = {
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
};

/** `after` of a list whose pages begin at places, which name nobody. */
export const PlaceInList = Type.Optional(
  Type.String({ pattern: '^[0-9]{1,15}$', description: 'Where the page begins; "next" of the page before has it' }),
);

export const PageQuery = Type.Object(pageProperties, { additionalProperties: false });
export type PageQuery = Static<typeof PageQuery>;

export const IdParams = Type.Object({ id: Type.String({ maxLength: 128 }) }, { additionalProperties: false });

/** @param what the name is a name of */
export const NamedParams = (what: string) =>
  Type.Object(
    {
      ...IdParams.properties,
      name: Type.String({ maxLength: 100, description: `The name of ${what} that the rules declare` }),
    },
    { additionalProperties: false },
  );

export const Next = Type.Optional(Type.String({ description: 'Address of the next page; absent on the last page' }));

/** Day and LEA are filters of more than one list. */
export const DayFilter = (description: string) =>
  Type.Optional(Type.String({ maxLength: 10, description: `${description}, CCYYMMDD or CCYY-MM-DD` }));
export const LEAFilter = (description: string) =>
  Type.Optional(Type.String({ pattern: '^([0-9]{7}|all)$', maxLength: 7, description }));

/**
 * A day of the query as CCYYMMDD.
 * @throws ServiceError CENR_REQUEST_INVALID
 */
export function dayOf(day: string | undefined): string | undefined {
  if (day === undefined) return undefined;
  const parsed = parseDay(day);
  if (parsed !== undefined) return parsed;
  throw invalid('day', `found ${shown(day)}, expected a real date, written CCYYMMDD or CCYY-MM-DD`);
}

/** The refusal of a parameter. */
export const invalid = (parameter: string, message: string): ServiceError =>
  new ServiceError('CENR_REQUEST_INVALID', { errors: [{ parameter, message }] });

/** The refusal of an `after` that this list did not give out: one of others is as unknown as one that nobody was given. */
export const unknownCursor = (): ServiceError =>
  invalid('after', 'expected the id of an item of this list, as "next" of a page has it; begin with the first page');

/** The address of a page: what was asked for, and where it begins. */
export const pageAddress = (path: string, query: object, after: string): string =>
  `${path}?${new URLSearchParams({ ...Object.fromEntries(Object.entries(query).map(([k, v]) => [k, String(v)])), after })}`;

/**
 * One page of a list.
 * @param query with the filters of the list, which the next page has too
 * @param isThere whether an item with this id is within reach of whoever asks
 * @param read gives at most `limit` items behind `after`
 * @returns the items and, when there are more, the address of the next page
 * @throws ServiceError CENR_REQUEST_INVALID for an unknown `after`
 */
export async function pageOf<T extends { readonly id: string }>(
  path: string,
  query: PageQuery,
  isThere: (id: string) => Promise<boolean>,
  read: (page: { limit: number; after?: string }) => Promise<readonly T[]>,
): Promise<{ items: readonly T[]; next?: string }> {
  const { limit = 50, after } = query;
  if (after !== undefined && !(await isThere(after))) throw unknownCursor();
  const found = await read({ limit: limit + 1, ...(after !== undefined && { after }) });
  if (found.length <= limit) return { items: found };
  const items = found.slice(0, limit);
  return { items, next: pageAddress(path, query, (items.at(-1) as T).id) };
}
