/** Orders of records: those of looks and of the selection. */
import type { OrderJson } from '../load/declarations.ts';
import type { Order, Place } from '../tree/nodes.ts';
import { resolveCondition } from './conditions.ts';
import { at } from './declared.ts';
import { partOfRecord, pathOf } from './record-parts.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';
import { fitsType, oneOf } from './types.ts';

/**
 * The entries of an order.
 * @param record the name under which they know the record that is put in order
 */
export function resolveOrder(
  resolution: Resolution,
  json: readonly OrderJson[],
  scope: Scope,
  place: Place,
  record: 'record' | 'enrollment' = 'enrollment',
): Order[] {
  const last = json.at(-1);
  if (!last || !('loaded' in last))
    resolution.found(place, 'an order ends with "loaded", so that of records alike in everything else one is first');
  const recordType = (record === 'record' ? scope.record : scope.enrollment) as string;
  return json.map((entry, i): Order => {
    const here = at(place, `/${i}`);
    if ('loaded' in entry) return { kind: 'loaded', last: entry.loaded === 'last' };
    if ('preferring' in entry)
      return {
        kind: 'preferring',
        condition: resolveCondition(resolution, entry.preferring, scope, at(here, '/preferring')),
      };
    const kind = 'greatest' in entry ? 'greatest' : 'least';
    const path = 'greatest' in entry ? entry.greatest : entry.least;
    const by = partOfRecord(
      resolution,
      record,
      recordType,
      pathOf(resolution, { fact: record, path }, here),
      at(here, `/${kind}`),
    );
    if (!fitsType(by.type, ['text', 'day']))
      resolution.found(at(here, `/${kind}`), `an order goes by a text or day column, but this is ${oneOf([by.type])}`);
    if (by.kind !== 'column') resolution.found(at(here, `/${kind}`), `an order goes by columns; "${path}" is none`);
    return { kind, by, blankFirst: entry.blank === 'first' };
  });
}
