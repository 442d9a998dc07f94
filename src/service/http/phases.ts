/**
 * How far a request has come, for whoever measures the service, and for traces: told on the channel `cenr:phase` of
 * `node:diagnostics_channel`. Where nobody listens, nothing is done.
 */
import { channel } from 'node:diagnostics_channel';

export const PHASES = 'cenr:phase';

export interface PhaseReached {
  /** Of the request; several at a time may have one, since callers choose it. */
  readonly id: string;
  readonly request: object;
  readonly phase: string;
}

const told = channel(PHASES);

/** @param phase what the request is done with, such as `history read` */
export function reached(request: { readonly id: string }, phase: string): void {
  if (told.hasSubscribers) told.publish({ id: request.id, request, phase } satisfies PhaseReached);
}
