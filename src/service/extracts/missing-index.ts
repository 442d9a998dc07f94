/**
 * Who is missing from a finished extract: worked out once, when it is first asked for, and remembered. Students are those
 * of the LEAs that the extract was requested for, whoever asks.
 */
import type { FastifyInstance } from 'fastify';
import { type MissingStudent, REJECTED } from '#explain/missing-students';
import type { ExtractRequest } from '#extract/request';
import { plainType } from '#records/record';
import { EVERYBODY, type LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { type LEAStore, MOST_REJECTIONS, SnapshotGoneError } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { rejectedStudents } from './rejected-students.ts';
import { remembered } from './remembered.ts';

export interface MissingIndex {
  /** Reasons that keep anybody out, in the order of the selection, and how many. */
  readonly reasons: readonly { readonly reason: string; readonly says: string; readonly students: number }[];
  /** In ascending order of SSID. */
  readonly students: readonly MissingStudent[];
}

const lately = remembered<MissingIndex>(8);

/** @throws ServiceError CENR_INPUTS_GONE for records or rules that are no longer kept */
export const missingIndex = (app: FastifyInstance, job: ExtractJob): Promise<MissingIndex> =>
  lately(app.store, job.id, () => made(app, job));

async function made(app: FastifyInstance, job: ExtractJob): Promise<MissingIndex> {
  const { snapshot, rulebookHash, runDate } = job;
  const request = job.request as ExtractRequest;
  const { explainer, rulebook } = app.explanations.by(rulebookHash);
  const store = app.store.forLEAs(request.reportingLEAs as LEAScope);
  const rejected = rejectedOf(store, rulebook.schemas.output.copiesFrom, snapshot);
  const finder = explainer.missingStudents(request, runDate);
  const students: MissingStudent[] = [];
  try {
    for await (const batch of store.histories(EVERYBODY, { snapshot }))
      for (const kept of batch) {
        const found = finder.of(kept, rejected.delete(kept.ssid));
        if (found) students.push(found);
      }
  } catch (error) {
    if (error instanceof SnapshotGoneError) throw new ServiceError('CENR_INPUTS_GONE', { detail: error.message });
    throw error;
  }
  // Of whom nothing was accepted that says they are of these LEAs.
  for (const ssid of rejected) students.push({ ssid, reason: REJECTED, enrollments: 0 });
  students.sort((a, b) => (a.ssid < b.ssid ? -1 : 1));
  const counts = new Map<string, number>();
  for (const { reason } of students) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...finder.reasons()].map(([reason, says]) => ({ reason, says, students: counts.get(reason) ?? 0 }));
  return { reasons: reasons.filter((each) => each.students > 0), students };
}

/** Students of whom a record of a type was rejected. */
function rejectedOf(store: LEAStore, recordType: string, snapshot: number | undefined): Set<string> {
  const found = new Set<string>();
  for (const ssid of rejectedStudents(store, snapshot)) {
    const rejections = store.rejections(ssid, MOST_REJECTIONS, snapshot);
    if (rejections.some(({ problem }) => plainType(problem.recordType) === recordType)) found.add(ssid);
  }
  return found;
}
