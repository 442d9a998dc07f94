/**
 * How far a request has come, for whoever measures the service: told on the channel `cenr:phase` of
 * `node:diagnostics_channel`. Nobody else listens, and then nothing is done.
 */
import { channel } from 'node:diagnostics_channel';

export const PHASES = 'cenr:phase';

const told = channel(PHASES);

/** @param phase what the request is done with, such as `history read` */
export function reached({ id }: { readonly id: string }, phase: string): void {
  if (told.hasSubscribers) told.publish({ id, phase });
}
