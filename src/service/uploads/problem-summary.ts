/** What the problems of an upload come to: worked out when it is first asked for, and remembered. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import type { Upload } from '#intake/upload';
import type { LEAStore } from '#store/store';

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const ProblemSummary = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          problems: count('Problems in it'),
          rejectedRecords: count('Records of it that were rejected'),
          wouldPost: Type.Boolean({
            description: 'Whether CALPADS would post it: it posts a file only if nothing in it is rejected',
          }),
        },
        closed,
      ),
      { description: 'In the order in which they were sent' },
    ),
    fields: Type.Array(
      Type.Object({ field: Type.String(), name: Type.String(), problems: count('Problems') }, closed),
      { description: 'Fields with problems, in ascending order of their numbers; blank for problems of whole lines' },
    ),
    schools: Type.Array(Type.Object({ school: Type.String(), problems: count('Problems') }, closed), {
      description: 'Schools of records with problems, ascending; a record without one counts nowhere',
    }),
  },
  closed,
);
export type ProblemSummary = Shape<typeof ProblemSummary>;

const REMEMBERED = new WeakMap<FastifyInstance, Map<string, Promise<ProblemSummary>>>();
const MOST_REMEMBERED = 50;

/** @param leas with the upload in scope */
export function problemSummary(app: FastifyInstance, leas: LEAStore, upload: Upload): Promise<ProblemSummary> {
  const known = REMEMBERED.get(app) ?? new Map<string, Promise<ProblemSummary>>();
  REMEMBERED.set(app, known);
  const found = known.get(upload.id) ?? made(leas, upload);
  known.set(upload.id, found);
  found.catch(() => known.delete(upload.id));
  for (const oldest of known.keys()) if (known.size > MOST_REMEMBERED) known.delete(oldest);
  return found;
}

async function made(leas: LEAStore, { id, files }: Upload): Promise<ProblemSummary> {
  const inFile = new Map(files.map(({ name }) => [name, { problems: 0, rejected: new Set<number>() }]));
  const inField = new Map<string, { name: string; problems: number }>();
  const inSchool = new Map<string, number>();
  for await (const some of leas.problems(id))
    for (const [, { file, line, field, fieldName, severity, school }] of some) {
      if (school !== undefined) inSchool.set(school, (inSchool.get(school) ?? 0) + 1);
      const of = inFile.get(file);
      if (of) {
        of.problems++;
        if (severity === 'reject') of.rejected.add(line);
      }
      const counted = inField.get(field) ?? { name: fieldName, problems: 0 };
      counted.problems++;
      inField.set(field, counted);
    }
  return {
    files: [...inFile].map(([name, { problems, rejected }]) => ({
      name,
      problems,
      rejectedRecords: rejected.size,
      wouldPost: rejected.size === 0,
    })),
    fields: [...inField]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([field, of]) => ({ field, ...of })),
    schools: [...inSchool].sort(([a], [b]) => (a < b ? -1 : 1)).map(([school, problems]) => ({ school, problems })),
  };
}
