/** Laws: conditions over the columns of a row, which become the fields and columns that fill them. */
import type { LawJson } from '../load/declarations.ts';
import type { Law } from '../tree/nodes.ts';
import { conditionsOfLaw, nodesIn } from '../tree/walk.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located, only } from './declared.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';

/** A law may name the columns of a row and what was asked for; nothing of the student's other records. */
const SCOPE: Scope = { names: new Set(['row', 'window', 'request', 'runDate']) };

/** A law and the columns that it reads. */
export function resolveLaw(resolution: Resolution, law: Located<LawJson>): Law {
  const [resolved] = resolution.numberedApart(() => {
    const { when, must } = law.json;
    return {
      ...(when && { when: resolveCondition(resolution, when, SCOPE, at(law, '/when')) }),
      must: resolveCondition(resolution, must, SCOPE, at(law, '/must')),
    };
  });
  const { columns } = resolution.declared.schemas.output;
  const reads = new Set(
    nodesIn(conditionsOfLaw(resolved)).flatMap((node) =>
      node.kind === 'field'
        ? [node.number]
        : node.kind === 'column'
          ? columns.filter((column) => (column.copyOf ?? column.day) === node.key).map(({ no }) => no)
          : [],
    ),
  );
  if (reads.size === 0)
    resolution.found(law, `the law "${law.json.name}" names no column of a row; ask for one with "row" and a path`);
  return { ...only(law), json: law.json, ...resolved, reads: [...reads] };
}
