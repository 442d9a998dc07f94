/** The students of `cenr serve --sample`. */
import type { SampleOptions } from './generate.ts';

/**
 * Their seed is not the one that `cenr sample` has by default: files to practice with are of other students, so that
 * they can be uploaded to the demo.
 */
export const DEMO: SampleOptions = { students: 1_000, seed: 2, leas: 2, style: 'plain' };
