/** What is told when jobs end, whichever store keeps it. */
import type { Delivery } from './delivery.ts';

/** Whether a delivery waits after so many tries; any does when it is not said. */
export const isTriedSo = ({ state, tries }: Delivery, fromTries: number | undefined): boolean =>
  fromTries === undefined || (state === 'waiting' && tries === fromTries);
