/** Horizons: what comes for the students of an extract, whose conditions and columns are those of a row. */
import type { HorizonJson } from '../load/declarations.ts';
import type { Horizon } from '../tree/nodes.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located, only } from './declared.ts';
import { outputColumnOf } from './record-parts.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';

/** A horizon is worked out from a file that is there already: it sees the columns of a row, and nothing else. */
const SCOPE: Scope = { names: new Set(['row']) };
const DAY = 'DT';

export function resolveHorizon(resolution: Resolution, horizon: Located<HorizonJson>): Horizon | undefined {
  const { json } = horizon;
  const [[counted, left]] = resolution.numberedApart(() => [
    resolveCondition(resolution, json.counted, SCOPE, at(horizon, '/counted')),
    json.left && resolveCondition(resolution, json.left.where, SCOPE, at(horizon, '/left/where')),
  ]);
  const columns = (key: 'by' | 'decidedBy') =>
    (json[key] ?? []).flatMap((name, i) => outputColumnOf(resolution, name, at(horizon, `/${key}/${i}`)) ?? []);
  const day = outputColumnOf(resolution, json.day, at(horizon, '/day'));
  if (day && day.type !== DAY)
    resolution.found(at(horizon, '/day'), `the column "${day.key}" holds no day; name one that does`);
  if (!day || !counted) return undefined;
  return {
    ...only(horizon),
    ...{ json, day, counted, by: columns('by'), decidedBy: columns('decidedBy') },
    ...(left && { left }),
  };
}
